// Leaders by what they have to do, not only by how many they are: which preferred leaders change places so
// that no host leads much more work than its weight says. Pure.
//
// Two slots exchange their leaders, each going to a host that has it already: nobody's count changes, so
// placement, which counts, has nothing to undo; and no replica moves.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

struct load_limits {
  double tolerance = 0.2;          // of its share, that a host may lead above it
  double worth = 0.05;             // of its share, that an exchange has to take from it
  std::size_t exchanges_max = 4;   // at once
};

using leader_exchange = std::pair<slot_id, slot_id>;

// `load`: of each slot, in any unit, as measured. Slots that move or are pinned stay out of it, and hosts
// that are not `usable` (silent, draining). In the order in which they help most.
std::vector<leader_exchange> exchanges_for(const wire::ring_view& view,
                                           const std::vector<double>& load,
                                           const std::function<bool(std::uint64_t)>& usable,
                                           const load_limits& limits = {});

// Carries one out in the view.
void exchange_leaders(wire::ring_view& view, const leader_exchange& which);

}  // namespace carillon
