// All timeouts of one I/O thread: keys filed by the tick at which they are due. Filing and firing
// cost a few instructions, whatever the number of connections. Nothing is ever taken out: a session
// whose deadline moved later finds out when its old entry fires and files itself again, and an
// entry whose session is gone fires into the void. Pure: time comes in as an argument. Used by one
// thread; needs no lock.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/clock.hpp"

namespace carillon::edge {

class timer_wheel {
public:
  using key = std::uint64_t;
  using tick = std::uint64_t;  // ticks since `start`; 0 is never due

  // Timeouts fire up to one step late, never early.
  static constexpr std::chrono::milliseconds step{20};

  explicit timer_wheel(tick_time start) : start_(start) {}

  // Files `who` to fire at the first advance() at or after `when`; returns the tick it is filed
  // under. A time already past fires with the next tick.
  tick add(key who, tick_time when);
  // What add() would return.
  tick due_tick(tick_time when) const;

  // Calls fire(key, tick) for every entry that is due. `fire` may add().
  template <class Fire>
  void advance(tick_time now, Fire&& fire) {
    const tick target = tick_at(now);
    while (done_ < target) {
      ++done_;
      auto& slot = slots_[done_ % slots_.size()];
      if (slot.empty())
        continue;
      taken_.swap(slot);
      for (const entry& e : taken_) {
        if (e.due <= done_)
          fire(e.who, e.due);
        else
          slot.push_back(e);  // a later turn of the wheel
      }
      taken_.clear();
    }
  }

  // When advance() should be called next; nothing: no entry at all. Never later than the first
  // entry, possibly earlier.
  std::optional<tick_time> next() const;

private:
  struct entry {
    key who;
    tick due;
  };

  tick tick_at(tick_time when) const;  // the last tick that has begun at `when`

  tick_time start_;
  tick done_ = 0;  // Invariant: every entry is due after done_, outside advance().
  std::array<std::vector<entry>, 512> slots_;
  std::vector<entry> taken_;
};

}  // namespace carillon::edge
