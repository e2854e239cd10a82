// How fast this host gives its tables to others that catch up, all slots together: a token bucket as one
// instant (rate_bucket.hpp says how), so that a move never takes the disk and the link from posts. Who would
// have to wait for longer than it listens is sent away and has taken nothing: many who are all served too
// late, and ask again, would otherwise get nothing for ever.
// Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "runtime/base/clock.hpp"

namespace carillon {

class transfer_pace {
public:
  // 0: no limit.
  explicit transfer_pace(std::uint64_t bytes_per_second = 0) : rate_(bytes_per_second) {}

  // So long the next `bytes` wait before they are read; nullopt: longer than `patience`, they are to be
  // asked for again later. What was taken is never given back.
  std::optional<std::chrono::nanoseconds> take(std::uint64_t bytes, tick_time now,
                                               std::chrono::nanoseconds patience) {
    if (rate_ == 0)
      return std::chrono::nanoseconds(0);
    const auto at = now.time_since_epoch().count();
    const auto cost = static_cast<tick_time::rep>(bytes * 1'000'000'000 / rate_);
    auto free_at = free_at_.load();
    do {
      if (free_at - at > patience.count())
        return std::nullopt;
    } while (!free_at_.compare_exchange_weak(free_at, std::max(free_at, at) + cost));
    return std::chrono::nanoseconds(std::max<tick_time::rep>(0, free_at - at));
  }

private:
  const std::uint64_t rate_;
  std::atomic<tick_time::rep> free_at_{0};
};

}  // namespace carillon
