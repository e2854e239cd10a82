// The workloads of `carillon bench`. Each sets itself up on the target, warms up, measures, and
// ends by itself. They throw client_error when the host does not play along: a refused post or a
// missing delivery makes a figure worthless.
#pragma once

#include <chrono>
#include <cstddef>

#include "tools/bench/report.hpp"
#include "tools/bench/target.hpp"

namespace carillon::bench {

struct load_options {
  target_options host;
  std::chrono::seconds duration{10};
  std::size_t posters = 64;
  std::size_t channels = 16; // durable: posted to; channels: made
  std::size_t subscribers = 1'000;
  std::size_t in_flight = 16; // fanout: posts on the way at once
  std::size_t connections = 5'000;
  std::size_t text_bytes = 200;
};

// Posts acknowledged after fsync: `posters` closed loops over `channels` channels.
report run_durable(const load_options& how);
// Deliveries to `subscribers` RTM connections of one channel, `in_flight` posts at a time.
report run_fanout(const load_options& how);
// Memory and CPU of `connections` RTM connections, each a member of five channels, that say
// nothing.
report run_idle(const load_options& how);
// Memory per channel that exists, and per channel that is active.
report run_channels(const load_options& how);

} // namespace carillon::bench
