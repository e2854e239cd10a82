// A full bucket at once, then evenly; each caller and method for itself; never more memory than allowed.
#include "actors/rate_limits.hpp"

#include <doctest/doctest.h>

namespace carillon {
namespace {

using namespace std::chrono_literals;

const tick_time start = tick_time{} + 1h;
constexpr rate_subject ada{rate_scope::user, 1};

settings::limits_settings three_a_minute() {
  settings::limits_settings limits;
  limits.tier1_per_minute = 3;
  limits.post_per_minute = 60;
  return limits;
}

// The wait that a call is told, 0 when it may go on.
std::uint32_t take(rate_limits& rates, tick_time now, rate_subject who = ada, std::uint16_t method = 7) {
  return rates.take(who, tier::tier1, method, now).retry_after;
}

}  // namespace

TEST_CASE("rate: the last allowed call and the first refused one, which learns how long to wait") {
  rate_limits rates(three_a_minute());
  for (int i = 0; i < 3; ++i)
    CHECK(take(rates, start) == 0);
  CHECK(take(rates, start) == 20);
  CHECK(take(rates, start + 19s + 999ms) == 1);
  CHECK(take(rates, start + 20s) == 0);
  CHECK(take(rates, start + 20s) == 20);
}

TEST_CASE("rate: each answer says how many are left and when all will be there again") {
  rate_limits rates(three_a_minute());
  const auto said = [&](tick_time now) {
    const rate_state state = rates.take(ada, tier::tier1, 7, now);
    CHECK(state.limit == 3);
    CHECK(state.scope == rate_scope::user);
    return std::pair(state.remaining, state.reset);
  };
  CHECK(said(start) == std::pair(2u, 20u));
  CHECK(said(start) == std::pair(1u, 40u));
  CHECK(said(start + 10s) == std::pair(0u, 50u));
  CHECK(said(start + 10s) == std::pair(0u, 50u));  // refused
  CHECK(said(start + 30s) == std::pair(0u, 50u));
  CHECK(said(start + 10min) == std::pair(2u, 20u));
}

TEST_CASE("rate: any allowance is whole at first and spent to the last call") {
  for (std::uint32_t calls : {1u, 7u, 60u, 999'999u, 1'000'000u}) {
    CAPTURE(calls);
    const rate_rule rule = rate_rule::per_minute(calls, 60s);
    CHECK(rule.size() == calls);
    tick_time full_at{};
    for (std::uint32_t i = 1; i <= calls; ++i) {
      const rate_state state = rule.take(full_at, start);
      if (state.retry_after != 0 || state.remaining != calls - i)
        FAIL("call ", i, " of ", calls);
    }
    CHECK(rule.take(full_at, start).retry_after > 0);
    CHECK(rule.take(full_at, start + 60s + 1s / calls).remaining == calls - 1);
  }
}

TEST_CASE("rate: a refused call does not count") {
  rate_limits rates(three_a_minute());
  for (int i = 0; i < 100; ++i)
    take(rates, start);
  CHECK(take(rates, start + 20s) == 0);
  CHECK(rates.refused(rate_scope::user, tier::tier1) == 97);
  CHECK(rates.refused(rate_scope::app, tier::tier1) == 0);
}

TEST_CASE("rate: an idle minute fills the bucket and no more") {
  rate_limits rates(three_a_minute());
  CHECK(take(rates, start) == 0);
  for (int i = 0; i < 3; ++i)
    CHECK(take(rates, start + 10min) == 0);
  CHECK(take(rates, start + 10min) != 0);
}

TEST_CASE("rate: callers, scopes and methods do not share, posts of all kinds do, and 0 means no limit") {
  rate_limits rates(three_a_minute());
  for (int i = 0; i < 4; ++i)
    take(rates, start);
  CHECK(take(rates, start) != 0);
  CHECK(take(rates, start, {rate_scope::user, 2}) == 0);
  CHECK(take(rates, start, {rate_scope::address, 1}) == 0);
  CHECK(take(rates, start, ada, 8) == 0);
  CHECK(rates.take(ada, tier::post, 1, start).remaining == 59);
  CHECK(rates.take(ada, tier::post, 2, start).remaining == 58);
  CHECK_FALSE(rates.limits(tier::tier2));
  CHECK_FALSE(rates.limits(tier::none));
}

TEST_CASE("rate: a channel allows ten seconds' worth at once and never less than one") {
  settings::limits_settings limits;
  CHECK_FALSE(channel_post_rule(limits).limits());
  limits.channel_post_per_minute = 60;
  CHECK(channel_post_rule(limits).size() == 10);
  limits.channel_post_per_minute = 2;
  const rate_rule rule = channel_post_rule(limits);
  CHECK(rule.size() == 1);
  tick_time full_at{};
  CHECK(rule.take(full_at, start).retry_after == 0);
  CHECK(rule.take(full_at, start).retry_after == 30);
  CHECK(rule.take(full_at, start + 30s).retry_after == 0);
  CHECK(rule.empty().retry_after == 30);
}

TEST_CASE("rate: buckets that are full again are forgotten") {
  rate_limits rates(three_a_minute());
  for (std::uint64_t caller = 0; caller < 4'000; ++caller)
    take(rates, start, {rate_scope::address, caller});
  CHECK(rates.size() == 4'000);
  for (std::uint64_t caller = 4'000; caller < 12'000; ++caller)
    take(rates, start + 1min, {rate_scope::address, caller});
  CHECK(rates.size() == 8'000);
}

TEST_CASE("rate: a flood of new callers takes no more memory than allowed, and frees nobody who asked much") {
  constexpr std::size_t most = 4'096;
  rate_limits rates(three_a_minute(), most);
  for (int i = 0; i < 3; ++i)
    take(rates, start);
  for (std::uint64_t caller = 0; caller < 100'000; ++caller) {
    take(rates, start + 1s, {rate_scope::address, caller});
    if (rates.size() > most)
      FAIL(rates.size(), " buckets");
  }
  CHECK(rates.size() > most / 2);
  CHECK(take(rates, start + 1s) == 19);
}

}  // namespace carillon
