// An outage of a provider is said once when it begins, and once when it is over.
#include "actors/push/provider_watch.hpp"

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

TEST_CASE("provider watch: the third failure in a row is an outage, the first answer its end") {
  provider_watch watch;
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
  provider_watch watch;
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
  provider_watch watch;
  for (int i = 0; i < 2; ++i)
    CHECK_FALSE(watch.heard(provider::fcm, how(push_fate::try_again), start));
  CHECK_FALSE(watch.heard(provider::fcm, how(push_fate::token_is_dead), start));
  for (int i = 0; i < 2; ++i)
    CHECK_FALSE(watch.heard(provider::fcm, how(push_fate::try_again), start));
  CHECK_FALSE(watch.heard(provider::webhook, how(push_fate::try_again), start));
  CHECK_FALSE(watch.is_out(provider::fcm));
}

}  // namespace
}  // namespace carillon::test
