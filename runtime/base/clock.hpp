// Time as a value. Pure cores take `timestamp` (wall clock, microseconds since 1970, the unit of
// Slack's ts) or `tick_time` (monotonic) as an argument and hold no clock; only shells and main()
// call the two functions below.
#pragma once

#include <chrono>
#include <cstdint>

namespace carillon {

// Microseconds since the Unix epoch. Printed as Slack's "seconds.micros" (ids.hpp: format_ts).
using timestamp = std::uint64_t;

inline timestamp wall_now() {
  using namespace std::chrono;
  return static_cast<timestamp>(
      duration_cast<microseconds>(system_clock::now().time_since_epoch()).count());
}

using tick_time = std::chrono::steady_clock::time_point;

inline tick_time steady_now() {
  return std::chrono::steady_clock::now();
}

}  // namespace carillon
