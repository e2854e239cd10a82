#include <doctest/doctest.h>

#include "runtime/base/metrics.hpp"

using namespace carillon;

TEST_CASE("a value stands in the bucket of the next power of two, and a power in its own") {
  metric_histogram sizes;
  sizes.record(std::uint64_t{0});
  sizes.record(std::uint64_t{1});
  sizes.record(std::uint64_t{1024});
  sizes.record(std::uint64_t{1025});
  auto read = sizes.read();
  CHECK(read.counts[0] == 2);
  CHECK(read.counts[10] == 1);
  CHECK(read.counts[11] == 1);
  CHECK(read.count() == 4);
  CHECK(read.sum == 2050);
  CHECK(read.longest == 1025);
}

TEST_CASE("what is above all buckets is in the last one") {
  metric_histogram times;
  times.record(~std::uint64_t{0});
  CHECK(times.read().counts[metric_histogram::buckets - 1] == 1);
}

TEST_CASE("a quantile is the upper bound of its bucket, and 0 of nothing") {
  metric_histogram times;
  CHECK(times.read().quantile(0.5) == 0);
  for (int i = 0; i < 99; ++i)
    times.record(std::uint64_t{100});
  times.record(std::uint64_t{5000});
  CHECK(times.read().quantile(0.5) == 128);
  CHECK(times.read().quantile(0.99) == 128);
  CHECK(times.read().quantile(1.0) == 8192);
}

TEST_CASE("the difference of two readings is what was counted between them") {
  metric_histogram times;
  times.record(std::uint64_t{100});
  auto before = times.read();
  times.record(std::uint64_t{5000});
  auto lately = times.read().since(before);
  CHECK(lately.count() == 1);
  CHECK(lately.quantile(0.5) == 8192);
}
