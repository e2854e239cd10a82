#include "actors/api/rate_limit.hpp"

#include <algorithm>

namespace carillon::api {

rate_limit::rate_limit(const settings::limits_settings& limits) {
  auto set = [this](tier which, std::uint32_t per_minute) {
    if (per_minute != 0)
      interval_[index(which)] = window / per_minute;
  };
  set(tier::tier1, limits.tier1_per_minute);
  set(tier::tier2, limits.tier2_per_minute);
  set(tier::tier3, limits.tier3_per_minute);
  set(tier::tier4, limits.tier4_per_minute);
  set(tier::post, limits.post_per_minute);
}

std::uint32_t rate_limit::take(std::uint64_t subject, tier which, tick_time now) {
  if (!limits(which))
    return 0;
  auto [bucket, fresh] = buckets_.try_emplace(key{subject, which}, now);
  tick_time full_at = std::max(bucket->second, now) + interval_[index(which)];
  if (std::chrono::nanoseconds missing = full_at - now - window; missing.count() > 0)
    return static_cast<std::uint32_t>(std::chrono::ceil<std::chrono::seconds>(missing).count());
  bucket->second = full_at;
  if (fresh && buckets_.size() > sweep_at_)
    forget_full_buckets(now);
  return 0;
}

// A full bucket is the same as none. Sweeping at twice what was left makes it free on average.
void rate_limit::forget_full_buckets(tick_time now) {
  std::erase_if(buckets_, [now](const auto& bucket) { return bucket.second <= now; });
  sweep_at_ = std::max<std::size_t>(4096, 2 * buckets_.size());
}

}  // namespace carillon::api
