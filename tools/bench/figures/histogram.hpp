// Counts of durations in log-linear buckets, as HdrHistogram: every power of two is cut into 64
// equal parts, so a percentile is at most 1.6 % too high, from nanoseconds to hours, in 16 KB.
// Recording is a shift and an increment. A value; one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::bench {

class histogram {
public:
  histogram() : counts_(bucket_count) {}

  // Negative durations count as 0.
  void record(std::chrono::nanoseconds duration);
  std::uint64_t count() const { return count_; }
  std::chrono::nanoseconds max() const { return max_; }
  // The upper end of the bucket that holds the value at this share of all (0.99: 99 % are not
  // above), never more than max(). 0 when nothing was recorded.
  std::chrono::nanoseconds at(double share) const;
  // What the other one counted is counted here too.
  void add(const histogram& other);

  // One line without blanks, for another process; what cannot be one of these is nullopt.
  std::string text() const;
  static std::optional<histogram> parse(std::string_view text);

private:
  static constexpr unsigned part_bits = 6;
  static constexpr std::size_t parts = std::size_t{1} << part_bits;
  static constexpr std::size_t bucket_count = (64 - part_bits) * parts + parts;
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t end_of(std::size_t bucket); // the largest value it holds

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds max_{0};
};

} // namespace carillon::bench
