// A minute's allowance at once, then evenly; each subject and tier for itself.
#include "actors/api/rate_limit.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

using namespace std::chrono_literals;

const tick_time start = tick_time{} + 1h;

settings::limits_settings three_a_minute() {
  settings::limits_settings limits;
  limits.tier1_per_minute = 3;
  limits.post_per_minute = 60;
  return limits;
}

TEST_CASE("rate: the last allowed call and the first refused one, which learns how long to wait") {
  rate_limit rate(three_a_minute());
  for (int i = 0; i < 3; ++i)
    CHECK(rate.take(1, tier::tier1, start) == 0);
  CHECK(rate.take(1, tier::tier1, start) == 20);
  CHECK(rate.take(1, tier::tier1, start + 19s + 999ms) == 1);
  CHECK(rate.take(1, tier::tier1, start + 20s) == 0);
  CHECK(rate.take(1, tier::tier1, start + 20s) == 20);
}

TEST_CASE("rate: a refused call does not count") {
  rate_limit rate(three_a_minute());
  for (int i = 0; i < 100; ++i)
    rate.take(1, tier::tier1, start);
  CHECK(rate.take(1, tier::tier1, start + 20s) == 0);
}

TEST_CASE("rate: an idle minute fills the bucket and no more") {
  rate_limit rate(three_a_minute());
  CHECK(rate.take(1, tier::tier1, start) == 0);
  for (int i = 0; i < 3; ++i)
    CHECK(rate.take(1, tier::tier1, start + 10min) == 0);
  CHECK(rate.take(1, tier::tier1, start + 10min) != 0);
}

TEST_CASE("rate: subjects and tiers do not share, and 0 means no limit") {
  rate_limit rate(three_a_minute());
  for (int i = 0; i < 3; ++i)
    rate.take(1, tier::tier1, start);
  CHECK(rate.take(2, tier::tier1, start) == 0);
  CHECK(rate.take(1, tier::post, start) == 0);
  CHECK_FALSE(rate.limits(tier::tier2));
  CHECK_FALSE(rate.limits(tier::none));
  for (int i = 0; i < 1000; ++i)
    CHECK(rate.take(1, tier::tier2, start) == 0);
}

TEST_CASE("rate: buckets that are full again are forgotten") {
  rate_limit rate(three_a_minute());
  for (std::uint64_t subject = 0; subject < 4096; ++subject)
    rate.take(subject, tier::tier1, start);
  CHECK(rate.size() == 4096);
  rate.take(9999, tier::tier1, start + 1min);
  CHECK(rate.size() == 1);
}

}  // namespace
}  // namespace carillon::api
