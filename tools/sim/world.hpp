// Everything of one run, in one place: time, chance, machines, wires, clients, and the checker that
// watches. Members are made in this order and go in the other.
#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "runtime/base/random.hpp"
#include "runtime/wire/event.pb.h"
#include "tools/sim/checker.hpp"
#include "tools/sim/coverage.hpp"
#include "tools/sim/machine.hpp"
#include "tools/sim/network.hpp"
#include "tools/sim/plan.hpp"
#include "tools/sim/timeline.hpp"
#include "tools/sim/trace.hpp"

namespace carillon::sim {

struct world {
  world(const run_options& options, std::uint32_t hosts, std::ostream* trace_to);

  void note(std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
            std::uint64_t d = 0) {
    log.note(time.now(), what, a, b, c, d);
  }
  machine* find(raft::member_id store_id);

  const run_options how;
  settings config;
  coverage count;
  trace log;
  timeline time;
  seeded_random chance;  // of machines and wires; clients have their own
  checker truth;
  network wires;
  std::vector<raft::member_id> hosts;  // rising
  wire::ring_view view;                // with which the cluster was founded
  std::vector<std::unique_ptr<machine>> machines;
};

}  // namespace carillon::sim
