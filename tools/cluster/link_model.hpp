// One direction between two hosts, as bad as a test wants it. Pure: time and chance are arguments.
//
// Packets keep their order through delay, jitter and rate, as in one router's queue; only `reorder`
// lets single ones past, as `tc netem` does.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"

namespace carillon::cluster {

struct link_weather {
  std::chrono::nanoseconds delay{0};
  std::chrono::nanoseconds jitter{0};    // of each packet's delay, to either side, uniform
  double loss = 0;                       // chances of each packet, 0 to 1
  double duplicate = 0;
  double reorder = 0;                    // it does not wait for the delay and overtakes the others
  std::uint64_t bits_per_second = 0;     // 0: as fast as it goes
  bool cut = false;                      // everything is lost
  bool operator==(const link_weather&) const = default;
};

// Both at once: delays add up, the slower rate counts, a packet must survive both.
link_weather together(const link_weather& a, const link_weather& b);

class link_model {
public:
  // What waits for the rate at most; what comes when so much waits is lost, as in a router.
  static constexpr std::size_t queue_max_bytes = 256 * 1024;

  // From the next packet on. What is on its way arrives as it was to.
  void set(const link_weather& weather) { weather_ = weather; }

  // When a packet of `bytes` that is sent at `now` arrives: twice, once, or never.
  struct arrivals {
    std::size_t count = 0;
    std::array<tick_time, 2> at{};
  };
  arrivals take(std::size_t bytes, tick_time now, random_source& chance);

private:
  link_weather weather_;
  tick_time free_at_;  // the rate lets the next packet begin
  tick_time last_at_;  // arrival of the last one in order
};

} // namespace carillon::cluster
