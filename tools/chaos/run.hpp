// One chaos scenario from its start to its verdict. One thread.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "tools/chaos/record.hpp"
#include "tools/chaos/scenario.hpp"
#include "tools/chaos/timeline.hpp"

namespace carillon::chaos {

struct run_options {
  std::uint64_t seed = 0;
  std::optional<std::uint32_t> times; // instead of every [[rounds]]'s own
  std::string folder;                 // for data and logs; empty: one that is removed afterwards
  std::string stock_script = "tests/chaos/stock_client.mjs";
};

struct fault_figures {
  fault_kind fault = fault_kind::none;
  std::uint32_t rounds = 0;
  // Seconds from the fault to the first accepted post that was tried after it, one per round and
  // channel: of channels that the faulted host led, and of the others.
  std::vector<double> affected;
  std::vector<double> others;
  std::vector<double> gaps;     // per round and channel: its longest time without an accepted post
  std::vector<double> waits;    // per round and channel: its post that waited longest for its answer
  std::vector<double> recovery; // per round: from the fault's end until all is well
};

struct run_outcome {
  std::vector<fault_figures> figures;
  std::vector<double> gaps;     // of the schedule: each channel's longest time without a post, seconds
  std::vector<double> waits;    // of the schedule: each channel's post that waited longest, seconds
  double recovery = 0;          // from the schedule's last end until all is well
  std::vector<std::string> hosts;    // their names
  std::vector<std::string> channels; // their ids
  std::vector<fault_event> faults;   // in the order they began
  std::vector<run_phase> phases;
  std::optional<recording> seen;     // since the load began; nullopt: it did not
  counted verdict;
  std::vector<std::string> broken; // connections that broke though nothing was done to their host
  std::uint64_t accepted = 0, events = 0, retries = 0, reconnections = 0, reads_repeated = 0;
  std::uint64_t bytes_lost = 0;    // by losses of power: written and not synced
  std::string no_stock_clients;    // why there were none
  double seconds = 0;
};

// SIGINT or SIGTERM came: everything is taken down in order, and no further scenario is begun. (The
// same signal once more ends the process at once, and leaves namespaces and cgroups behind.)
struct interrupted : std::runtime_error {
  interrupted() : std::runtime_error("interrupted") {}
};

// Throws client::client_error when it cannot be run to its end, and interrupted; what was seen until
// then is in `outcome`.
void run_scenario(const scenario& what, const run_options& how, std::ostream& progress,
                  run_outcome& outcome);

} // namespace carillon::chaos
