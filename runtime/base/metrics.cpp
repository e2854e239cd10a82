#include "runtime/base/metrics.hpp"

#include <cmath>
#include <numeric>

namespace carillon {

std::uint64_t metric_histogram::reading::count() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

std::uint64_t metric_histogram::reading::quantile(double q) const {
  const std::uint64_t all = count();
  if (all == 0)
    return 0;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(all)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket) {
    seen += counts[bucket];
    if (seen >= wanted && seen > 0)
      return std::uint64_t{1} << bucket;
  }
  return longest;
}

metric_histogram::reading metric_histogram::reading::since(const reading& before) const {
  reading out = *this;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket)
    out.counts[bucket] -= before.counts[bucket];
  out.sum -= before.sum;
  return out;
}

// Buckets first and the sum last: what is recorded meanwhile may be in one and not in the other.
metric_histogram::reading metric_histogram::read() const {
  reading out;
  for (std::size_t bucket = 0; bucket < buckets; ++bucket)
    out.counts[bucket] = counts_[bucket].load(std::memory_order_relaxed);
  out.sum = sum_.load(std::memory_order_relaxed);
  out.longest = longest_.load(std::memory_order_relaxed);
  return out;
}

void metric_histogram::raise(std::uint64_t value) {
  std::uint64_t known = longest_.load(std::memory_order_relaxed);
  while (value > known &&
         !longest_.compare_exchange_weak(known, value, std::memory_order_relaxed)) {
  }
}

}  // namespace carillon
