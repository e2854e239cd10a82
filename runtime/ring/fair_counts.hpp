// How many of `total` places each host gets: its share by weight, never more than `cap`, rounded down
// or up so that the sum is exact. Pure; a part of placement.
#pragma once

#include <cstdint>
#include <vector>

namespace carillon {

struct share {
  std::uint32_t weight = 0;  // above 0
  std::uint32_t has = 0;     // places now: who has the place that rounding up gives keeps it
  std::uint64_t score = 0;   // settles what is left, higher first
};

struct fair_count {
  std::uint32_t count = 0;  // low or high; all of them make up the total
  std::uint32_t low = 0;    // the target rounded down
  std::uint32_t high = 0;   // the target rounded up
};

// By position in `shares`. REQUIRES: total <= cap * shares.size().
std::vector<fair_count> fair_counts(const std::vector<share>& shares, std::uint64_t total,
                                    std::uint32_t cap);

}  // namespace carillon
