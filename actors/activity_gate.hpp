// Whether what a user does over the Web API is worth a word to the user's slot: at most one in
// `interval`. Users share cells; who has the cell of one who was told of just now goes unnoticed for as
// long, one in 16,384. Thread-safe; a question costs one relaxed atomic.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"

namespace carillon {

class activity_gate {
public:
  explicit activity_gate(std::chrono::milliseconds interval) : interval_(interval) {}

  bool due(const entity_id& user, tick_time now) {
    auto& cell = cells_[std::hash<entity_id>()(user) % cells_.size()];
    tick_time::rep last = cell.load(std::memory_order_relaxed);
    const tick_time::rep at = now.time_since_epoch().count();
    return (last == 0 || now - tick_time(tick_time::duration(last)) >= interval_) &&
           cell.compare_exchange_strong(last, at, std::memory_order_relaxed);
  }

private:
  const std::chrono::milliseconds interval_;
  std::array<std::atomic<tick_time::rep>, 1u << 14> cells_{};
};

}  // namespace carillon
