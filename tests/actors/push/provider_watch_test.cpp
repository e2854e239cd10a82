// An outage of a provider is said once when it begins, and once when it is over.
#include "actors/push/provider_watch.hpp"

#include <optional>

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

using push::provider;
using push::push_fate;

push::push_outcome how(push_fate fate) {
  push::push_outcome out;
  out.fate = fate;
  out.reason = "why";
  return out;
}
constexpr tick_time start{};

// Of a provider that is one service.
struct watch_of_one {
  provider_watch all;
  std::optional<provider_watch::change> heard(provider via, const push::push_outcome& what, tick_time now) {
    const auto changes = all.heard({via, {}, 1}, what, now);
    REQUIRE(changes.size() <= 1);
    return changes.empty() ? std::nullopt : std::optional(changes[0]);
  }
  bool is_out(provider which) const { return all.is_out(which); }
};

// Of Web Push.
struct watch_of_many {
  provider_watch all;
  std::string heard(const char* origin, std::uint64_t user, push_fate fate, tick_time now = start) {
    std::string out;
    for (const auto& each : all.heard({provider::web_push, origin, user}, how(fate), now)) {
      CHECK(each.of_provider == !each.words.starts_with("https:"));
      out += (out.empty() ? "" : "; ") + each.words;
    }
    return out;
  }
  bool is_out() const { return all.is_out(provider::web_push); }
};

TEST_CASE("provider watch: the third failure in a row is an outage, the first answer its end") {
  watch_of_one watch;
  CHECK_FALSE(watch.heard(provider::apns, how(push_fate::try_again), start));
  CHECK_FALSE(watch.heard(provider::apns, how(push_fate::no_answer), start + std::chrono::seconds(1)));
  CHECK_FALSE(watch.is_out(provider::apns));
  const auto begins = watch.heard(provider::apns, how(push_fate::credentials_refused), start + std::chrono::seconds(2));
  REQUIRE(begins);
  CHECK(begins->outage);
  CHECK(begins->words == "apns takes no pushes, they wait: it refuses the keys or ids of [push] in the settings (why)");
  CHECK(begins->lasted == std::chrono::seconds(2));
  CHECK_FALSE(watch.heard(provider::apns, how(push_fate::try_again), start + std::chrono::seconds(3)));
  const auto over = watch.heard(provider::apns, how(push_fate::delivered), start + std::chrono::seconds(60));
  REQUIRE(over);
  CHECK_FALSE(over->outage);
  CHECK(over->words == "apns takes pushes again, after 60 s");
  CHECK(over->lasted == std::chrono::seconds(60));
  CHECK_FALSE(watch.is_out(provider::apns));
}

TEST_CASE("provider watch: an outage is told in the provider's words, not in names of ours") {
  watch_of_one watch;
  auto refused = how(push_fate::try_again);
  refused.status = 503;
  auto silent = how(push_fate::no_answer);
  silent.reason.clear();
  std::string words;
  for (int i = 0; i < 3; ++i)
    if (const auto change = watch.heard(provider::fcm, refused, start))
      words = change->words;
  CHECK(words == "fcm takes no pushes, they wait: 503 why");
  for (int i = 0; i < 3; ++i)
    if (const auto change = watch.heard(provider::webhook, silent, start))
      words = change->words;
  CHECK(words == "webhook takes no pushes, they wait: no answer");
}

TEST_CASE("provider watch: what it says of a device is an answer, and each provider is for itself") {
  watch_of_one watch;
  for (int i = 0; i < 2; ++i)
    CHECK_FALSE(watch.heard(provider::fcm, how(push_fate::try_again), start));
  CHECK_FALSE(watch.heard(provider::fcm, how(push_fate::token_is_dead), start));
  for (int i = 0; i < 2; ++i)
    CHECK_FALSE(watch.heard(provider::fcm, how(push_fate::try_again), start));
  CHECK_FALSE(watch.heard(provider::webhook, how(push_fate::try_again), start));
  CHECK_FALSE(watch.is_out(provider::fcm));
}

TEST_CASE("provider watch: the endpoints of one user, however often they fail, are no outage of Web Push") {
  watch_of_many watch;
  for (int i = 0; i < 9; ++i) {
    CHECK(watch.heard("https://dead.example", 1, push_fate::no_answer).empty());
    CHECK(watch.heard("https://gone.example", 1, push_fate::try_again).empty());
  }
  CHECK_FALSE(watch.is_out());
  CHECK(watch.heard("https://other.example", 2, push_fate::no_answer).empty());  // and another one's, elsewhere
  CHECK_FALSE(watch.is_out());
}

TEST_CASE("provider watch: a service that takes nothing of several users is out, Web Push only when nobody takes anything") {
  watch_of_many watch;
  CHECK(watch.heard("https://a", 1, push_fate::no_answer).empty());
  CHECK(watch.heard("https://b", 3, push_fate::delivered).empty());
  CHECK(watch.heard("https://a", 2, push_fate::no_answer).empty());
  CHECK(watch.heard("https://b", 3, push_fate::delivered).empty());
  CHECK(watch.heard("https://a", 2, push_fate::no_answer) == "https://a (web_push) takes no pushes, they wait: why");
  CHECK_FALSE(watch.is_out());
  CHECK(watch.heard("https://b", 3, push_fate::no_answer).empty());
  CHECK(watch.heard("https://b", 3, push_fate::no_answer) == "web_push takes no pushes, they wait: why");
  CHECK(watch.is_out());
  CHECK(watch.heard("https://b", 3, push_fate::delivered) == "web_push takes pushes again, after 0 s");
  CHECK_FALSE(watch.is_out());
  CHECK(watch.heard("https://a", 1, push_fate::delivered, start + std::chrono::seconds(9)) ==
        "https://a (web_push) takes pushes again, after 9 s");
}

TEST_CASE("provider watch: where all use one service, its outage is that of Web Push") {
  watch_of_many watch;
  for (const std::uint64_t user : {1, 2})
    CHECK(watch.heard("https://a", user, push_fate::no_answer).empty());
  CHECK(watch.heard("https://a", 1, push_fate::no_answer) ==
        "https://a (web_push) takes no pushes, they wait: why; web_push takes no pushes, they wait: why");
  CHECK(watch.is_out());
  CHECK(watch.heard("https://a", 1, push_fate::delivered) ==
        "https://a (web_push) takes pushes again, after 0 s; web_push takes pushes again, after 0 s");
}

TEST_CASE("provider watch: of more services than are remembered the one that failed longest ago is forgotten") {
  watch_of_many watch;
  for (const std::uint64_t user : {1, 2, 1})
    watch.heard("https://first", user, push_fate::no_answer);
  for (std::size_t i = 0; i < provider_watch::origins_max; ++i)
    watch.heard(("https://" + std::to_string(i)).c_str(), 1, push_fate::no_answer, start + std::chrono::seconds(1));
  CHECK(watch.heard("https://first", 1, push_fate::delivered) == "web_push takes pushes again, after 0 s");
}

}  // namespace
}  // namespace carillon::test
