// What the queues of all connections may hold together, and what that leaves to one of them: all of
// its own limit while half of the whole is free, then less and less, so that the longest queues stop
// growing first; nothing once the whole is full. Each I/O thread counts for itself and tells in steps,
// so the sum is off by a step per thread. Any thread.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "runtime/edge/pressure.hpp"

namespace carillon::edge {

class outbound_budget {
public:
  static constexpr std::size_t step = 65'536;
  static constexpr std::size_t small_queue = 65'536;  // what is left to each until the whole is full

  explicit outbound_budget(std::size_t most) : most_(most) {}

  void add(std::int64_t bytes) { total_.fetch_add(bytes, std::memory_order_relaxed); }
  std::size_t total() const {
    return static_cast<std::size_t>(
        std::max<std::int64_t>(0, total_.load(std::memory_order_relaxed)));
  }
  // Of a connection whose own limit is this; as memory allows (pressure.hpp).
  std::size_t limit(std::size_t own) const {
    const pressure& now = process_pressure();
    return limit_at(total(), now.of_outbound(most_), now.of_outbound(own));
  }

  static std::size_t limit_at(std::size_t total, std::size_t most, std::size_t own) {
    if (total <= most / 2)
      return own;
    if (total >= most)
      return 0;
    const double free = static_cast<double>(most - total) / static_cast<double>(most - most / 2);
    const auto share = static_cast<std::size_t>(static_cast<double>(own) * free);
    return std::min(own, std::max(small_queue, share));
  }

private:
  const std::size_t most_;
  std::atomic<std::int64_t> total_{0};
};

}  // namespace carillon::edge
