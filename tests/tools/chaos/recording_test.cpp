// What is kept of a run: nothing is lost when buckets are joined, the worst stays the worst, and its
// size has a bound however long the run.
#include <numeric>

#include <doctest/doctest.h>

#include "tools/chaos/recording.hpp"

using namespace carillon::chaos;

namespace {

std::uint64_t posts_in(const recording& seen) {
  return std::accumulate(seen.buckets().begin(), seen.buckets().end(), std::uint64_t{0},
                         [](std::uint64_t sum, auto& each) { return sum + each.posts; });
}

double highest_gap(const recording& seen, std::size_t row) {
  float highest = 0;
  for (float each : seen.gaps(row))
    highest = std::max(highest, each);
  return static_cast<double>(highest);
}

}  // namespace

TEST_CASE("recording: a run in which nothing happened has one empty bucket") {
  recording seen(3, {});
  CHECK(seen.buckets().size() == 1);
  CHECK(seen.seconds() == 0);
  CHECK(seen.rows() == 3);
  CHECK(seen.gaps(2) == std::vector<float>{0});
}

TEST_CASE("recording: posts are counted where they are accepted, with the longest wait") {
  recording seen(1, {});
  seen.accepted(0, 0.01, 0.05);
  seen.accepted(0, 0.5, 0.19);
  seen.accepted(0, 0.02, 0.2);
  REQUIRE(seen.buckets().size() == 2);
  CHECK(seen.buckets()[0].posts == 2);
  CHECK(seen.buckets()[0].worst_wait == 0.5);
  CHECK(seen.buckets()[1].posts == 1);
}

TEST_CASE("recording: of totals the difference is counted, from where it began") {
  recording seen(1, {.events = 100, .reconnections = 1, .unconnected = 0});
  seen.sample({.events = 130, .reconnections = 1, .unconnected = 4}, 0.1);
  seen.sample({.events = 135, .reconnections = 4, .unconnected = 2}, 0.15);
  seen.sample({.events = 136, .reconnections = 4, .unconnected = 0}, 0.25);
  CHECK(seen.buckets()[0].events == 35);
  CHECK(seen.buckets()[0].reconnections == 3);
  CHECK(seen.buckets()[0].unconnected == 4);
  CHECK(seen.buckets()[1].events == 1);
  CHECK(seen.buckets()[1].unconnected == 0);
}

TEST_CASE("recording: a gap is marked over its whole length, with its whole length") {
  recording seen(2, {});
  seen.accepted(0, 0, 0.1);
  seen.accepted(0, 0, 0.1 + recording::gap_min_seconds - 0.01);  // too short to be kept
  CHECK(highest_gap(seen, 0) == 0);
  seen.accepted(0, 0, 1.1);
  seen.accepted(1, 0, 1.15);
  CHECK(seen.gaps(0)[0] == 0);
  for (std::size_t i = 1; i <= 5; ++i)
    CHECK(static_cast<double>(seen.gaps(0)[i]) == doctest::Approx(0.76));
  CHECK(static_cast<double>(seen.gaps(1)[0]) == doctest::Approx(1.15));  // from the beginning on
}

TEST_CASE("recording: a post that nobody accepts is a wait and a gap up to the end") {
  recording seen(1, {});
  seen.accepted(0, 0.01, 1);
  seen.never_accepted(0, 30, 31.5);
  CHECK(posts_in(seen) == 1);
  CHECK(seen.buckets().back().worst_wait == 30);
  CHECK(static_cast<double>(seen.gaps(0).back()) == doctest::Approx(30.5));
}

TEST_CASE("recording: the last moment that fits joins nothing, the next halves the buckets") {
  const double full = recording::first_bucket_seconds * static_cast<double>(recording::buckets_max);
  recording seen(1, {});
  seen.accepted(0, 0.25, full - 0.01);
  CHECK(seen.buckets().size() == recording::buckets_max);
  CHECK(seen.bucket_seconds() == recording::first_bucket_seconds);
  seen.accepted(0, 0.1, full);
  CHECK(seen.buckets().size() == recording::buckets_max / 2 + 1);
  CHECK(seen.bucket_seconds() == 2 * recording::first_bucket_seconds);
  CHECK(posts_in(seen) == 2);
  CHECK(seen.buckets()[recording::buckets_max / 2 - 1].worst_wait == 0.25);
  CHECK(highest_gap(seen, 0) == doctest::Approx(full - 0.01));
}

TEST_CASE("recording: a day is as small as a minute, and nothing of it is lost") {
  recording seen(1'000, {});
  std::uint64_t events = 0;
  for (int second = 0; second < 86'400; ++second) {
    seen.accepted(static_cast<std::size_t>(second) % 1'000, 0.001 * (second % 7), second);
    seen.sample({.events = events += 3, .reconnections = 0, .unconnected = 0}, second);
  }
  CHECK(posts_in(seen) == 86'400);
  CHECK(seen.buckets().size() <= recording::buckets_max);
  CHECK(seen.buckets().size() >= recording::buckets_max / 2);
  CHECK(seen.rows() == recording::rows_max);
  CHECK(seen.gaps(63).size() == seen.buckets().size());
  std::uint64_t counted = 0;
  for (auto& each : seen.buckets())
    counted += each.events;
  CHECK(counted == events);
}

TEST_CASE("recording: channels share rows only when there are more than rows") {
  recording few(recording::rows_max, {}), many(recording::rows_max + 1, {});
  for (std::size_t channel = 0; channel < few.channels(); ++channel)
    CHECK(few.row_of(channel) == channel);
  CHECK(many.rows() == recording::rows_max);
  CHECK(many.row_of(0) == many.row_of(1));
  CHECK(many.row_of(recording::rows_max) == recording::rows_max - 1);
}
