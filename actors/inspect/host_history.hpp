// What a host did in the last minutes, from readings of its counters once a second: rates over the
// last five seconds, and one sample a second for ten minutes. Pure; one owner.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "actors/host_metrics.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/wire/inspect.pb.h"

namespace carillon {

// Counters since the start, levels as of now.
struct host_reading {
  tick_time at{};
  timestamp now = 0;
  std::uint64_t posts = 0, deliveries = 0, requests = 0, messages_in = 0, bytes_out = 0;
  std::uint64_t connections = 0, memory_bytes = 0;
  std::chrono::nanoseconds cpu{0};  // of all threads of the process
  metric_histogram::reading post;   // nanoseconds, from the edge to the answer
  metric_histogram::reading fsync;  // nanoseconds
  std::array<metric_histogram::reading, actor_kinds> handled;
};

class host_history {
public:
  static constexpr std::size_t rate_seconds = 5;
  static constexpr std::size_t samples_max = 600;

  // About once a second.
  void add(host_reading reading);

  // Over the last five seconds, or what there is of them; zeros before the second reading.
  wire::rates per_second() const;
  double cpu_cores() const;
  std::uint64_t memory_bytes() const { return recent_.empty() ? 0 : recent_.back().memory_bytes; }
  const std::deque<wire::sample>& samples() const { return samples_; }  // oldest first
  // One line per kind that handled anything, by time spent in the last five seconds. Of the counts
  // and times only one in `one_in` was taken. Durations in nanoseconds.
  std::vector<wire::actor_line> actors(std::uint64_t one_in = 1) const;

private:
  static wire::rates between(const host_reading& before, const host_reading& after);
  static double cores_between(const host_reading& before, const host_reading& after);

  std::deque<host_reading> recent_;  // rate_seconds and one
  std::deque<wire::sample> samples_;
};

}  // namespace carillon
