// Events per second: over whole seconds, compared with counting them all.
#include <deque>

#include <doctest/doctest.h>

#include "actors/rate_meter.hpp"
#include "runtime/base/random.hpp"

using namespace carillon;
using namespace std::chrono_literals;

namespace {

constexpr tick_time start{1000s};

}  // namespace

TEST_CASE("rate meter: where nothing happened the rate is 0") {
  CHECK(rate_meter().per_second(start) == 0);
}

TEST_CASE("rate meter: the second at hand does not count, the five before it do") {
  rate_meter meter;
  meter.add(start + 500ms, 10);
  CHECK(meter.per_second(start + 900ms) == 0);
  CHECK(meter.per_second(start + 1s) == 2);
  CHECK(meter.per_second(start + 5s) == 2);
  CHECK(meter.per_second(start + 6s) == 0);
  CHECK(meter.per_second(start + 1h) == 0);
}

TEST_CASE("rate meter: it says the same as a naive count of everything") {
  seeded_random chance(7);
  rate_meter meter;
  std::deque<std::int64_t> events;  // milliseconds
  std::int64_t now = 1'000'000;
  for (int step = 0; step < 20'000; ++step) {
    now += static_cast<std::int64_t>(chance.next() % (step % 100 == 0 ? 9'000 : 300));
    if (chance.next() % 3 != 0) {
      meter.add(tick_time(std::chrono::milliseconds(now)));
      events.push_back(now);
    }
    const std::int64_t end = now / 1'000 * 1'000;
    double count = 0;
    while (!events.empty() && events.front() < end - 5'000)
      events.pop_front();
    for (std::int64_t at : events)
      count += at < end ? 1 : 0;
    REQUIRE(meter.per_second(tick_time(std::chrono::milliseconds(now))) == count / 5);
  }
}
