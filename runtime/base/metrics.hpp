// Numbers that a host counts about itself, cheap enough for every message: relaxed atomics, no
// locks, no allocation, no strings. Any thread writes and reads. What they are called outside stands
// in one place, where the page for Prometheus is made.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace carillon {

class metric_counter {
public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

class metric_gauge {
public:
  void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
  void add(std::int64_t n) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::int64_t read() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::int64_t> value_{0};
};

// Sizes or durations in buckets by powers of two. A bucket i counts values of at most 2^i (of the
// unit that the owner chose: nanoseconds, bytes, entries); the last one also what is above.
class metric_histogram {
public:
  static constexpr std::size_t buckets = 40;  // 2^39 ns: nine minutes

  struct reading {
    std::array<std::uint64_t, buckets> counts{};
    std::uint64_t sum = 0;
    std::uint64_t longest = 0;

    std::uint64_t count() const;
    // The upper bound of the bucket that the quantile falls into, 0 when empty; 0 < q <= 1.
    std::uint64_t quantile(double q) const;
    // What was counted since `before`; longest stays that of all time.
    reading since(const reading& before) const;
  };

  void record(std::uint64_t value) {
    auto bucket = static_cast<std::size_t>(std::bit_width(value > 0 ? value - 1 : 0));
    counts_[bucket < buckets ? bucket : buckets - 1].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
    if (value > longest_.load(std::memory_order_relaxed))
      raise(value);
  }
  void record(std::chrono::nanoseconds time) {
    record(static_cast<std::uint64_t>(time.count() > 0 ? time.count() : 0));
  }
  reading read() const;

private:
  void raise(std::uint64_t value);

  std::array<std::atomic<std::uint64_t>, buckets> counts_{};
  std::atomic<std::uint64_t> sum_{0};
  std::atomic<std::uint64_t> longest_{0};
};

}  // namespace carillon
