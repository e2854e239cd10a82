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
  CHECK(begins->words == "apns takes no pushes, they wait: credentials_refused why");
  CHECK_FALSE(watch.heard(provider::apns, how(push_fate::try_again), start + std::chrono::seconds(3)));
  const auto over = watch.heard(provider::apns, how(push_fate::delivered), start + std::chrono::seconds(60));
  REQUIRE(over);
  CHECK_FALSE(over->outage);
  CHECK(over->words == "apns takes pushes again, after 60 s");
  CHECK_FALSE(watch.is_out(provider::apns));
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
