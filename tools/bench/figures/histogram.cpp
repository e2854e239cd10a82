#include "tools/bench/figures/histogram.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>

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

void histogram::add(const histogram& other) {
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket)
    counts_[bucket] += other.counts_[bucket];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

// "MAX" and then ",BUCKET:COUNT" for each bucket that holds something.
std::string histogram::text() const {
  std::string out = std::to_string(max_.count());
  for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket)
    if (counts_[bucket] > 0)
      out.append(",").append(std::to_string(bucket)).append(":").append(
          std::to_string(counts_[bucket]));
  return out;
}

std::optional<histogram> histogram::parse(std::string_view text) {
  auto number = [&](std::uint64_t& value) {
    auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return failure == std::errc{};
  };
  auto skip = [&](char mark) {
    bool there = !text.empty() && text.front() == mark;
    text.remove_prefix(there ? 1 : 0);
    return there;
  };
  histogram out;
  std::uint64_t max = 0, bucket = 0, count = 0;
  if (!number(max) || max > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return std::nullopt;
  out.max_ = std::chrono::nanoseconds(max);
  while (!text.empty()) {
    if (!skip(',') || !number(bucket) || !skip(':') || !number(count) || bucket >= bucket_count)
      return std::nullopt;
    out.counts_[bucket] += count;
    out.count_ += count;
  }
  return out;
}

} // namespace carillon::bench
