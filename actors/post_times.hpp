// What posts take on this host, from when they are handed on until they are acknowledged.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace carillon {

struct post_times {
  std::optional<std::chrono::nanoseconds> now;  // on average, of some of the last half second
  std::optional<std::chrono::nanoseconds> low;  // the least of such averages of the last 10 to 20 s
  std::uint64_t means = 0;                      // how many averages there were
};

}  // namespace carillon
