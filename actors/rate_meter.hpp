// How often something happened, per second over the last five whole seconds. 40 bytes, one division
// per event, no timer: what nobody looks at costs nothing more. Pure: time is an argument.
#pragma once

#include <array>
#include <cstdint>

#include "runtime/base/clock.hpp"

namespace carillon {

class rate_meter {
public:
  static constexpr std::int64_t window = 5;  // seconds

  void add(tick_time now, std::uint32_t n = 1) {
    turn_to(second_of(now));
    counts_[place(second_)] += n;
  }

  double per_second(tick_time now) const {
    const std::int64_t last = second_of(now) - 1;
    std::uint64_t sum = 0;
    for (std::int64_t second = last - window + 1; second <= last; ++second)
      if (second <= second_ && second > second_ - places)
        sum += counts_[place(second)];
    return static_cast<double>(sum) / static_cast<double>(window);
  }

private:
  static constexpr std::int64_t places = window + 1;  // the current second, which is not whole yet

  static std::int64_t second_of(tick_time now) {
    return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  }
  static std::size_t place(std::int64_t second) {
    return static_cast<std::size_t>(((second % places) + places) % places);
  }
  void turn_to(std::int64_t second) {
    if (second <= second_)
      return;
    if (second - second_ >= places)
      counts_ = {};
    else
      for (std::int64_t passed = second_ + 1; passed <= second; ++passed)
        counts_[place(passed)] = 0;
    second_ = second;
  }

  std::int64_t second_ = -places;  // of the newest count
  std::array<std::uint32_t, static_cast<std::size_t>(places)> counts_{};
};

}  // namespace carillon
