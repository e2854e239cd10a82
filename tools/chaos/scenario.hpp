// What a chaos file says: a cluster, a load, faults, and what is expected of it all.
//
//   name = "one host dies"
//   [cluster]     hosts = 3, visitors = 2 (hosts that the cluster does not know
//                 until the fault `visit`; their letters follow), settings = ["cluster.slots=64"], network = true (own namespaces),
//                 disk_mb = 512 (of each host's own disk, where disk_full is tried), postgres = true
//                 (the directory is on a server of the run's own), zookeeper = 3 (so many servers of the
//                 run's own, by which alone the hosts find one another; 1 where a fault needs it). What the faults need is there
//                 without being asked for.
//   [load]        posters, posts_per_second (each), channels, subscribers, stock_clients
//   [[rounds]]    one fault after the other, each measured by itself: fault, times, seconds (how long
//                 it lasts), rest_seconds (before the first, and after each),
//                 and what the fault wants to know
//   [[schedule]]  after the rounds, faults that may overlap: fault, at (seconds from the schedule's
//                 beginning), every (seconds from one to the next), times, seconds, and the fault's own
//   [expect]      unavailable_p99_ms (of the rounds: from a fault to a channel's next accepted post),
//                 unavailable_max_ms (of all: the longest that a channel takes no post, until all is
//                 well again),
//                 wait_p99_ms (of rounds and schedule, by channel: the longest that a post waits for its
//                 acknowledgement; not judged without it),
//                 recover_seconds (after a fault's, or the schedule's, end: all is well)
//
// The faults and their keys are in fault.hpp. Nothing lost, repeated, reordered or missed, and no
// connection broken to a host that was left alone, is expected always and needs no key.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/chaos/fault.hpp"

namespace carillon::chaos {

struct fault_rounds : fault_plan {
  std::uint32_t times = 1;
  double rest_seconds = 1;
};

struct scheduled_fault : fault_plan {
  double at = 0;
  double every = 0;
  std::uint32_t times = 1;
};

struct scenario {
  std::string name;
  std::size_t hosts = 3;
  std::size_t visitors = 0;
  std::vector<std::string> settings;
  bool network = false;
  std::uint64_t disk_mb = 512;
  bool postgres = false;
  std::size_t zookeeper = 0; // servers; 0: the hosts know one another

  std::size_t posters = 64;
  double posts_per_second = 10; // of each poster, open loop but for one post at a time
  std::size_t channels = 16;
  std::size_t subscribers = 500;
  std::size_t stock_clients = 0; // processes with Slack's own @slack/rtm-api

  std::vector<fault_rounds> rounds;
  std::vector<scheduled_fault> schedule;

  double unavailable_p99_ms = 2'000;
  double unavailable_max_ms = 10'000;
  double wait_p99_ms = 0; // 0: not judged
  double recover_seconds = 60; // after a fault's end: everyone is connected, every host well
};

// What must stand around the hosts for the scenario's faults.
struct scenario_needs {
  bool network = false, shim = false, disk = false, cage = false, postgres = false, zookeeper = false;
};
scenario_needs needs_of(const scenario& what);

// Throws client::client_error with file, line and what is allowed.
scenario read_scenario(const std::string& path);

} // namespace carillon::chaos
