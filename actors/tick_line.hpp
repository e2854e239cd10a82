// Small things to be done: so many at once between two ticks of a clock, the others later and in order, so
// that a burst of them takes little from everybody else. Pure; who shares one across threads guards it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

namespace carillon {

class tick_line {
public:
  using thing = std::function<void()>;

  // `ticks`: of what waits, that part is done in each tick where it is more than `per_tick`, so that under
  // an even stream, however fast, each waits for so many ticks at most; 0: as long as it takes.
  explicit tick_line(std::size_t per_tick, std::size_t ticks = 0) : per_tick_(per_tick), ticks_(ticks) {}

  // true: it is the caller's to do, now. Otherwise it is kept for a tick.
  bool may_go(thing& one) {
    if (waiting_.empty() && done_ < per_tick_) {
      ++done_;
      return true;
    }
    waiting_.push_back(std::move(one));
    return false;
  }

  // A tick came: these are to be done; half of `per_tick` if it came late. false: nothing was, and no other tick
  // is wanted.
  bool tick(std::vector<thing>& due, bool late = false) {
    const std::size_t share = ticks_ == 0 ? 0 : (waiting_.size() + ticks_ - 1) / ticks_;
    const std::size_t pace = late ? (per_tick_ + 1) / 2 : per_tick_;
    done_ = std::min(waiting_.size(), std::max(pace, share));
    for (std::size_t i = 0; i < done_; ++i) {
      due.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return done_ > 0;
  }

  // All that waits.
  std::deque<thing> take_all() { return std::exchange(waiting_, {}); }

private:
  const std::size_t per_tick_, ticks_;
  std::deque<thing> waiting_;
  std::size_t done_ = 0;  // since the last tick
};

}  // namespace carillon
