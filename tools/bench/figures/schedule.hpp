// An open loop: when each thing is to happen, whatever became of those before. Latency counts from
// these times and not from when we got round to it, so a stall is seen by all that it kept waiting
// (Tene's "coordinated omission"). Pure.
#pragma once

#include <chrono>
#include <cstdint>

#include "runtime/base/clock.hpp"

namespace carillon::bench {

class schedule {
public:
  // REQUIRES: per_second > 0.
  schedule(tick_time start, double per_second) : start_(start), per_second_(per_second) {}

  // The time of the `number`th, from 0: never drifts, since it is not a sum of rounded steps.
  tick_time intended(std::uint64_t number) const {
    return start_ + std::chrono::nanoseconds(static_cast<std::int64_t>(
                        static_cast<double>(number) * (1e9 / per_second_)));
  }
  tick_time next() const { return intended(given_); }
  bool is_due(tick_time now) const { return next() <= now; }
  // The time of the next one, which is given out by this.
  tick_time take() { return intended(given_++); }
  std::uint64_t given() const { return given_; }

private:
  tick_time start_;
  double per_second_;
  std::uint64_t given_ = 0;
};

} // namespace carillon::bench
