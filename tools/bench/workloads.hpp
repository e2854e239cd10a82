// The workloads of `carillon bench`. Each sets itself up on the target, warms up, measures, and
// ends by itself. They throw client_error when the host does not play along: a refused post or a
// missing delivery makes a figure worthless.
#pragma once

#include <chrono>
#include <cstddef>

#include "tools/bench/figures/report.hpp"
#include "tools/bench/target.hpp"

namespace carillon::bench {

#if defined(__SANITIZE_ADDRESS__)
inline constexpr std::size_t default_ceiling_mb = 0;  // what the sanitizer keeps would count
#else
inline constexpr std::size_t default_ceiling_mb = 1'024;
#endif

struct load_options {
  target_options host;
  std::chrono::milliseconds duration{10'000};
  std::chrono::milliseconds warm_up{2'000};
  std::size_t rounds = 5; // that the duration is cut into, to see how far they lie apart
  std::chrono::milliseconds raw_duration{1'000}; // of each raw round; 0: none
  std::size_t posters = 64;
  std::size_t channels = 16;
  std::size_t subscribers = 1'000;
  std::size_t members = 10;
  std::size_t in_flight = 16; // posts on the way at once
  bool reads_all = false;     // every listener reads what it gets; otherwise one in 16 of a channel
  std::size_t connections = 5'000;
  std::size_t text_bytes = 200;
  double rate = 20;            // posts per second, whatever comes back
  std::size_t clients = 1'000; // storm: that come back at once
  std::size_t people = 5'000;  // storm: users behind them at most
  std::size_t processes = 2;   // storm: of the load
  std::size_t times = 3;       // failover: hosts killed one after the other
  std::string presses = "stalled"; // pressure: what does; the next ones 0: as suits it
  std::size_t slow_readers = 0;
  std::size_t press_rate = 0;       // posts per second that press
  std::size_t press_bytes = 0;      // length of their texts
  std::size_t press_lines = 10'000; // connections of a flood
  std::size_t fsync_ms = 20;        // flood: what each fsync takes; 0: as the disk is
  std::size_t ceiling_mb = default_ceiling_mb;  // pressure: host.memory_max_mb; 0: not set, nothing is held against
  bool ignores_refusals = false;    // flood: 429 and 503 are answered by the next post
  std::size_t watched = 50;            // presence: users whom each user watches
  std::size_t events_per_host = 5'000; // presence: presence.events_per_host_s of own hosts
  double return_seconds = 10;          // presence: in which those who left come back
  std::size_t activated = 20'000; // dormant: channels that are asked and posted to
};

using workload = report (*)(const load_options&);

// Posts acknowledged after fsync: `posters` closed loops over `channels` channels.
report run_durable(const load_options& how);
// Deliveries to `subscribers` RTM connections of one channel, `in_flight` posts at a time.
report run_fanout(const load_options& how);
// The same over `channels` channels of `members` each, spread over `subscribers` connections.
report run_groups(const load_options& how);
// `rate` posts per second, whatever comes back, over `channels` channels of `members` each: latency
// from the intended time of each post.
report run_latency(const load_options& how);
// First reads of and first posts to channels that were active before a restart.
report run_activate(const load_options& how);
// One channel with `clients` connections, `rate` posts per second, on 1, 3, 5 ... hosts: CPU of a
// delivery, and of the channel's actor.
report run_growth(const load_options& how);
// `clients` connections break and come back at once, and get what they missed, while others post.
report run_storm(const load_options& how);
// Everybody watches `watched` others; half of all leave at once and are back in ten seconds, while
// others post: how late messages are, when all views are right, whether the budget is kept.
report run_presence(const load_options& how);
// How others fare while something presses on the host, what it shows of that, what it keeps.
report run_pressure(const load_options& how);
// `channels` channels written into the folder of a stopped host: memory with all of them, and what
// waking some of them takes.
report run_dormant(const load_options& how);
// One host after the other of a cluster is killed: how long its channels take no posts.
report run_failover(const load_options& how);
// `durable` over one host, two, and so on.
report run_scale(const load_options& how);
// Memory and CPU of `connections` RTM connections, each a member of five channels, that say
// nothing.
report run_idle(const load_options& how);
// Memory per channel that exists, and per channel that is active.
report run_channels(const load_options& how);

} // namespace carillon::bench
