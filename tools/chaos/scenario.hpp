// What a chaos file says: a cluster, a load, rounds of faults, and what is expected of it all.
//
//   name = "one host dies"
//   [cluster]            hosts = 3, settings = ["cluster.slots=64"], network = true (own namespaces)
//   [load]               posters, posts_per_second (each), channels, subscribers, stock_clients
//   [[rounds]]           fault, times, seconds (how long it lasts), rest_seconds (before the next)
//   [expect]             unavailable_p99_ms, recover_seconds
//
// Nothing lost, repeated, reordered or missed is expected always and needs no key.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::chaos {

enum class fault_kind : std::uint8_t {
  none,       // to see what the load alone does
  kill,       // kill -9 of a random host; started again after `seconds`
  kill_all,   // power failure: every host at once, started again after `seconds`
  stop,       // SIGSTOP of a random host for `seconds`
  partition,  // a random host is cut off from the others, both ways
  one_way,    // the same, one way only: by turns it is not heard, or hears nothing
};
std::string_view to_string(fault_kind kind);

struct fault_rounds {
  fault_kind fault = fault_kind::none;
  std::uint32_t times = 1;
  double seconds = 2;
  double rest_seconds = 1;
};

struct scenario {
  std::string name;
  std::size_t hosts = 3;
  std::vector<std::string> settings;
  bool network = false;

  std::size_t posters = 64;
  double posts_per_second = 10; // of each poster, open loop but for one post at a time
  std::size_t channels = 16;
  std::size_t subscribers = 500;
  std::size_t stock_clients = 0; // processes with Slack's own @slack/rtm-api

  std::vector<fault_rounds> rounds;

  double unavailable_p99_ms = 2'000;
  double recover_seconds = 60; // after a fault's end: everyone is connected, every host well
};

// Throws client::client_error with file, line and what is allowed.
scenario read_scenario(const std::string& path);

} // namespace carillon::chaos
