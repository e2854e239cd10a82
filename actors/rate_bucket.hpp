// A token bucket kept as GCRA (ITU-T I.371): one instant, when it will be full again, instead of a
// level and a date; exact in integers. Who keeps buckets hands in that instant and the time; the rule is
// shared by all of them. Pure, values; any thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "config/settings.hpp"
#include "runtime/base/clock.hpp"

namespace carillon {

// Whose bucket it is: of one person, of one bot and so of the app behind it, of an address (methods
// without a user), or of a channel.
enum class rate_scope : std::uint8_t { user, app, address, channel };
inline constexpr std::size_t rate_scopes = 4;

// What a client is told of a bucket. Seconds are whole and rounded up.
struct rate_state {
  std::uint32_t limit = 0;        // calls that a full bucket allows at once; 0: nothing is counted
  std::uint32_t remaining = 0;    // calls that it allows now
  std::uint32_t reset = 0;        // seconds until it is full, if nothing more comes
  std::uint32_t retry_after = 0;  // seconds until the next call is allowed; 0: this one was
  rate_scope scope = rate_scope::user;
};

class rate_rule {
public:
  rate_rule() = default;  // no limit
  // Refilled evenly; a full one allows what comes in during `burst` at once, and never less than one.
  static rate_rule per_minute(std::uint32_t calls, std::chrono::seconds burst) {
    rate_rule out;
    if (calls == 0)
      return out;
    out.interval_ = std::chrono::nanoseconds(std::chrono::minutes(1)) / calls;
    const auto at_once = std::uint64_t{calls} * static_cast<std::uint64_t>(burst.count()) / 60;
    out.size_ = static_cast<std::uint32_t>(std::max<std::uint64_t>(1, at_once));
    return out;
  }

  bool limits() const { return size_ != 0; }
  std::uint32_t size() const { return size_; }

  // Takes one call from the bucket that is full again at `full_at`; a refused call changes nothing.
  // REQUIRES: limits().
  rate_state take(tick_time& full_at, tick_time now) const {
    rate_state out;
    out.limit = size_;
    const tick_time then = std::max(full_at, now) + interval_;
    const std::chrono::nanoseconds missing = then - now - interval_ * size_;
    if (missing.count() > 0)
      out.retry_after = whole_seconds(missing);
    else
      full_at = then;
    // Above zero: either this call was taken, or earlier ones left no room for it.
    const std::chrono::nanoseconds to_full = full_at - now;
    const auto used = (to_full.count() + interval_.count() - 1) / interval_.count();
    out.remaining = size_ - static_cast<std::uint32_t>(std::min<std::int64_t>(used, size_));
    out.reset = whole_seconds(to_full);
    return out;
  }

  // What can be said of a bucket of which no more is known than that it refused.
  rate_state empty() const {
    return {.limit = size_, .remaining = 0, .reset = whole_seconds(interval_ * size_),
            .retry_after = whole_seconds(interval_)};
  }

private:
  static std::uint32_t whole_seconds(std::chrono::nanoseconds time) {
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(time).count());
  }

  std::chrono::nanoseconds interval_{};  // between calls in the long run
  std::uint32_t size_ = 0;               // calls in a full bucket
};

// Posts in one channel, whoever writes them (limits.channel_post_per_minute): ten seconds' worth at
// once, so that people who answer each other do not notice it and a loop that writes does.
inline rate_rule channel_post_rule(const settings::limits_settings& limits) {
  return rate_rule::per_minute(limits.channel_post_per_minute, std::chrono::seconds(10));
}

}  // namespace carillon
