#include "runtime/edge/timer_wheel.hpp"

#include <algorithm>

namespace carillon::edge {

timer_wheel::tick timer_wheel::tick_at(tick_time when) const {
  if (when <= start_)
    return 0;
  return static_cast<tick>((when - start_) / step);
}

timer_wheel::tick timer_wheel::due_tick(tick_time when) const {
  // Rounded up: the tick begins at or after `when`, so nothing fires early.
  return std::max(tick_at(when + step - tick_time::duration(1)), done_ + 1);
}

timer_wheel::tick timer_wheel::add(key who, tick_time when) {
  const tick due = due_tick(when);
  slots_[due % slots_.size()].push_back({who, due});
  return due;
}

std::optional<tick_time> timer_wheel::next() const {
  for (tick ahead = 1; ahead <= slots_.size(); ++ahead) {
    if (!slots_[(done_ + ahead) % slots_.size()].empty())
      return start_ + (done_ + ahead) * step;
  }
  return std::nullopt;
}

}  // namespace carillon::edge
