// Rates and samples from readings of counters, once a second.
#include <doctest/doctest.h>

#include "actors/inspect/host_history.hpp"

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr tick_time start{1000s};

host_reading reading(int second, std::uint64_t posts) {
  host_reading out;
  out.at = start + std::chrono::seconds(second);
  out.now = 1'700'000'000'000'000 + static_cast<timestamp>(second) * 1'000'000;
  out.posts = posts;
  out.deliveries = posts * 100;
  out.cpu = std::chrono::milliseconds(500) * second;
  out.memory_bytes = 1'000 + static_cast<std::uint64_t>(second);
  return out;
}

}  // namespace

TEST_CASE("host history: nothing is known before the second reading") {
  host_history history;
  CHECK(history.per_second().posts() == 0);
  CHECK(history.actors().empty());
  history.add(reading(0, 500));
  CHECK(history.per_second().posts() == 0);
  CHECK(history.cpu_cores() == 0);
  CHECK(history.samples().empty());
}

TEST_CASE("host history: rates are those of the last five seconds, samples of one") {
  host_history history;
  std::uint64_t posts = 0;
  for (int second = 0; second <= 20; ++second)
    history.add(reading(second, posts += second <= 10 ? 1'000 : 10));
  CHECK(history.per_second().posts() == doctest::Approx(10));
  CHECK(history.per_second().deliveries() == doctest::Approx(1'000));
  CHECK(history.cpu_cores() == doctest::Approx(0.5));
  CHECK(history.memory_bytes() == 1'020);
  REQUIRE(history.samples().size() == 20);
  CHECK(history.samples().front().per_second().posts() == doctest::Approx(1'000));
  CHECK(history.samples().back().per_second().posts() == doctest::Approx(10));
}

TEST_CASE("host history: ten minutes of samples stay") {
  host_history history;
  for (int second = 0; second <= 700; ++second)
    history.add(reading(second, 0));
  CHECK(history.samples().size() == host_history::samples_max);
  CHECK(history.samples().back().at() - history.samples().front().at() == 599'000'000);
}

TEST_CASE("host history: the kind of actor that took most time stands first") {
  host_metrics metrics;
  host_history history;
  auto read = [&](int second) {
    host_reading out = reading(second, 0);
    for (std::size_t kind = 0; kind < actor_kinds; ++kind)
      out.handled[kind] = metrics.handled[kind].read();
    return out;
  };
  history.add(read(0));
  for (int i = 0; i < 100; ++i)
    metrics.of(actor_kind::slot).record(std::chrono::nanoseconds(1'000'000));
  metrics.of(actor_kind::hub).record(std::chrono::nanoseconds(5'000));
  history.add(read(1));
  const auto lines = history.actors(16);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].kind() == "slot");
  CHECK(lines[0].handled() == 1'600);
  CHECK(lines[0].busy_cores() == doctest::Approx(1.6));
  CHECK(lines[0].p99_ns() >= 1'000'000);
  CHECK(lines[0].longest_ns() == 1'000'000);
  CHECK(lines[0].histogram_size() == lines[0].bounds_ns_size());
  CHECK(lines[1].kind() == "hub");
}
