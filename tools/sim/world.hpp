// Everything of one run, in one place: time, chance, machines, wires, clients, and the checker that
// watches. Members are made in this order and go in the other.
#pragma once

#include <functional>
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
  world(const run_options& options, const plan& faults, std::ostream* trace_to);

  void note(std::string_view what, std::uint64_t a = 0, std::uint64_t b = 0, std::uint64_t c = 0,
            std::uint64_t d = 0) {
    log.note(time.now(), what, a, b, c, d);
  }
  machine* find(raft::member_id store_id);
  // A slot's move has come to this step. Tells whoever waits for it (weather_ring.cpp).
  void reached(slot_id slot, const wire::replica_move& move, move_step step);
  // The newest ring view that any running host has.
  const wire::ring_view& newest_view() const;
  // Whose group of the slot leads in the newest term; null: nobody.
  machine* leader_of(slot_id slot) const;

  const run_options how;
  settings config;
  coverage count;
  trace log;
  timeline time;
  seeded_random chance;  // of machines and wires; clients have their own
  checker truth;
  network wires;
  const bool ring_moves;
  const bool has_devices;  // inboxes are kept for them
  std::vector<raft::member_id> meta_voters;  // with whom the cluster was founded, rising
  std::uint32_t founders = 0;                // machines with the first numbers
  wire::ring_view view;                      // with which it was founded
  std::function<void(slot_id, const wire::replica_move&, move_step)> on_step;
  sim_time last_trouble = 0;  // anything that is wrong with anybody began or ended
  std::uint32_t troubles = 0; // that last
  std::vector<std::unique_ptr<machine>> machines;
};

}  // namespace carillon::sim
