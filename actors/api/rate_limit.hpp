// Rate limits of the Web API: a token bucket for each subject (a user, or an address for methods
// without sign-in) and tier, refilled evenly, as large as one minute's allowance. Kept as GCRA
// (ITU-T I.371): one instant per bucket instead of a level and a date, exact in integers.
// Time is an argument. Not thread-safe; api_shared locks it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <unordered_map>

#include "config/settings.hpp"
#include "runtime/base/clock.hpp"

namespace carillon::api {

// Slack's tiers; `post` is for chat.postMessage and .meMessage, `none` has no limit ever.
enum class tier : std::uint8_t { none, tier1, tier2, tier3, tier4, post };
inline constexpr std::size_t tier_count = 6;

class rate_limit {
public:
  explicit rate_limit(const settings::limits_settings& limits);

  bool limits(tier which) const { return interval_[index(which)].count() != 0; }

  // 0: go on; otherwise the whole seconds, rounded up, until the next call is allowed.
  std::uint32_t take(std::uint64_t subject, tier which, tick_time now);

  std::size_t size() const { return buckets_.size(); }

private:
  static constexpr std::chrono::nanoseconds window = std::chrono::minutes(1);
  static std::size_t index(tier which) { return static_cast<std::size_t>(which); }
  void forget_full_buckets(tick_time now);

  struct key {
    std::uint64_t subject;
    tier which;
    bool operator==(const key&) const = default;
  };
  struct key_hash {
    std::size_t operator()(const key& k) const {
      return static_cast<std::size_t>((k.subject ^ static_cast<std::uint64_t>(k.which) << 60) *
                                      0x9e3779b97f4a7c15ULL);
    }
  };

  std::array<std::chrono::nanoseconds, tier_count> interval_{};  // between calls; 0: no limit
  std::unordered_map<key, tick_time, key_hash> buckets_;  // when the bucket will be full again
  std::size_t sweep_at_ = 4096;
};

}  // namespace carillon::api
