#include "tools/bench/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace carillon::bench {

// Values below 2 * parts have a bucket each; above, the highest part_bits + 1 bits name the bucket.
std::size_t histogram::bucket_of(std::uint64_t value) {
  auto width = static_cast<unsigned>(std::bit_width(value));
  if (width <= part_bits + 1)
    return static_cast<std::size_t>(value);
  unsigned shift = width - part_bits - 1;
  return shift * parts + static_cast<std::size_t>(value >> shift);
}

std::uint64_t histogram::end_of(std::size_t bucket) {
  if (bucket < 2 * parts)
    return bucket;
  unsigned shift = static_cast<unsigned>(bucket / parts) - 1;
  std::uint64_t top = bucket - shift * parts;
  return ((top + 1) << shift) - 1;
}

void histogram::record(std::chrono::nanoseconds duration) {
  duration = std::max(duration, std::chrono::nanoseconds(0));
  ++counts_[bucket_of(static_cast<std::uint64_t>(duration.count()))];
  ++count_;
  max_ = std::max(max_, duration);
}

std::chrono::nanoseconds histogram::at(double share) const {
  auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
  wanted = std::clamp<std::uint64_t>(wanted, 1, std::max<std::uint64_t>(count_, 1));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted)
      return std::min(std::chrono::nanoseconds(end_of(bucket)), max_);
  }
  return max_;
}

} // namespace carillon::bench
