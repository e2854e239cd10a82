// A bad link as a pure value: what each kind of weather does to a row of packets.
#include <vector>

#include <doctest/doctest.h>

#include "tools/cluster/link_model.hpp"

using namespace carillon;
using namespace carillon::cluster;
using namespace std::chrono_literals;

namespace {

constexpr tick_time start{1h};

// Milliseconds after `start` at which each packet arrives; one is sent every `every`.
std::vector<double> arrivals(link_model& link, std::size_t packets, std::size_t bytes,
                             std::chrono::nanoseconds every) {
  seeded_random chance(1);
  std::vector<double> out;
  for (std::size_t i = 0; i < packets; ++i) {
    auto taken = link.take(bytes, start + i * every, chance);
    for (std::size_t k = 0; k < taken.count; ++k)
      out.push_back(std::chrono::duration<double, std::milli>(taken.at[k] - start).count());
  }
  return out;
}

std::vector<double> arrivals(const link_weather& weather, std::size_t packets, std::size_t bytes,
                             std::chrono::nanoseconds every) {
  link_model link;
  link.set(weather);
  return arrivals(link, packets, bytes, every);
}

}  // namespace

TEST_CASE("link: in fine weather every packet arrives once and at once") {
  CHECK(arrivals({}, 3, 1'500, 1ms) == std::vector<double>{0, 1, 2});
}

TEST_CASE("link: delay moves every packet by the same") {
  CHECK(arrivals({.delay = 50ms}, 3, 1'500, 1ms) == std::vector<double>{50, 51, 52});
}

TEST_CASE("link: jitter stays within its bounds, and packets in their order") {
  auto at = arrivals({.delay = 50ms, .jitter = 20ms}, 1'000, 100, 1ms);
  REQUIRE(at.size() == 1'000);
  bool varies = false;
  for (std::size_t i = 1; i < at.size(); ++i) {
    CHECK(at[i] >= at[i - 1]);
    CHECK(at[i] >= static_cast<double>(i) + 30);
    CHECK(at[i] <= static_cast<double>(i) + 70);
    varies = varies || at[i] - at[i - 1] > 5;
  }
  CHECK(varies);
}

TEST_CASE("link: loss and duplicates come as often as they are asked for") {
  CHECK(arrivals({.loss = 1}, 100, 100, 1ms).empty());
  auto some = arrivals({.loss = 0.2}, 10'000, 100, 1ms).size();
  CHECK(some > 7'800);
  CHECK(some < 8'200);
  auto more = arrivals({.duplicate = 0.1}, 10'000, 100, 1ms).size();
  CHECK(more > 10'850);
  CHECK(more < 11'150);
}

TEST_CASE("link: what is reordered overtakes what waits for the delay") {
  auto at = arrivals({.delay = 50ms, .reorder = 0.25}, 1'000, 100, 1ms);
  std::size_t early = 0;
  for (std::size_t i = 0; i < at.size(); ++i)
    early += at[i] == static_cast<double>(i);
  CHECK(early > 200);
  CHECK(early < 300);
}

TEST_CASE("link: a rate spaces packets out, and what its queue cannot hold is lost") {
  // 1,000 bytes at 800,000 bits a second take 10 ms.
  CHECK(arrivals({.bits_per_second = 800'000}, 3, 1'000, 0ms) == std::vector<double>{10, 20, 30});
  std::size_t held = link_model::queue_max_bytes / 1'000;
  auto at = arrivals({.bits_per_second = 800'000}, 2 * held, 1'000, 0ms);
  CHECK(at.size() >= held);
  CHECK(at.size() <= held + 2);
}

TEST_CASE("link: a cut loses all, and what was on its way still arrives before what comes later") {
  link_model link;
  link.set({.delay = 50ms});
  CHECK(arrivals(link, 1, 100, 0ms) == std::vector<double>{50});
  link.set({.cut = true});
  CHECK(arrivals(link, 10, 100, 1ms).empty());
  link.set({});
  CHECK(arrivals(link, 1, 100, 0ms) == std::vector<double>{50});
}

TEST_CASE("link: two faults at once add up") {
  auto both = together({.delay = 20ms, .loss = 0.5, .bits_per_second = 1'000},
                       {.delay = 30ms, .jitter = 5ms, .loss = 0.5, .cut = true});
  CHECK(both == link_weather{.delay = 50ms, .jitter = 5ms, .loss = 0.75, .bits_per_second = 1'000,
                             .cut = true});
  CHECK(together({.bits_per_second = 1'000}, {.bits_per_second = 900}).bits_per_second == 900);
  CHECK(together({}, {}) == link_weather{});
}
