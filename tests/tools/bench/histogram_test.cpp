// The histogram against the slow, obvious answer: a sorted list.
#include <algorithm>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/base/random.hpp"
#include "tools/bench/figures/histogram.hpp"

namespace carillon::bench {

using std::chrono::nanoseconds;

TEST_CASE("histogram: empty, one value, and a negative one") {
  histogram durations;
  CHECK(durations.at(0.99) == nanoseconds(0));
  durations.record(nanoseconds(-5));
  CHECK(durations.max() == nanoseconds(0));
  durations.record(nanoseconds(1'000'003));
  CHECK(durations.count() == 2);
  CHECK(durations.max() == nanoseconds(1'000'003));
  CHECK(durations.at(1.0) == nanoseconds(1'000'003));
}

TEST_CASE("histogram: percentiles are never too low and at most one part in 64 too high") {
  seeded_random chance(7);
  histogram durations;
  std::vector<std::int64_t> all;
  for (int i = 0; i < 20'000; ++i) {
    // Spread over all magnitudes from nanoseconds to minutes.
    auto value = static_cast<std::int64_t>(chance.next() >> (28 + chance.below(36)));
    all.push_back(value);
    durations.record(nanoseconds(value));
  }
  std::sort(all.begin(), all.end());
  for (double share : {0.001, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    CAPTURE(share);
    auto rank = static_cast<std::size_t>(share * static_cast<double>(all.size()) + 0.9999);
    auto exact = all[std::max<std::size_t>(rank, 1) - 1];
    CHECK(durations.at(share).count() >= exact);
    CHECK(durations.at(share).count() <= exact + exact / 64 + 1);
  }
}

TEST_CASE("histogram: the largest duration fits") {
  histogram durations;
  durations.record(nanoseconds::max());
  CHECK(durations.at(0.5) == nanoseconds::max());
}

TEST_CASE("histogram: two together are as if one had counted everything") {
  seeded_random chance(3);
  histogram one, other, both;
  for (int i = 0; i < 5'000; ++i) {
    nanoseconds value(static_cast<std::int64_t>(chance.below(1u << 30)));
    (i % 3 == 0 ? one : other).record(value);
    both.record(value);
  }
  one.add(other);
  CHECK(one.count() == both.count());
  CHECK(one.max() == both.max());
  for (double share : {0.1, 0.5, 0.99})
    CHECK(one.at(share) == both.at(share));
}

TEST_CASE("histogram: another process reads it from its text") {
  histogram durations;
  for (int value : {0, 1, 1, 700, 123'456'789})
    durations.record(nanoseconds(value));
  CHECK(durations.text().find(' ') == std::string::npos);
  auto again = histogram::parse(durations.text());
  REQUIRE(again);
  CHECK(again->count() == 5);
  CHECK(again->max() == durations.max());
  CHECK(again->at(0.5) == durations.at(0.5));
  CHECK(histogram::parse(histogram().text())->count() == 0);
  for (const char* wrong : {"", "x", "1,", "1,2", "1,2:", "1,999999:1", "1;2:3", "-5",
                            "99999999999999999999"}) {
    CAPTURE(wrong);
    CHECK_FALSE(histogram::parse(wrong));
  }
}

} // namespace carillon::bench
