// Which hosts hold which slot: a sticky bounded table (DESIGN section 4). Pure; the same members and
// the same table before give the same table on every host, today and in the next version (known
// answers in tests/runtime/ring/placement_test.cpp).
//
// Every host has a target, its share of all places by weight (at most one place of each slot), and
// ends with its target rounded down or up; the same for preferred leaders. What is stays: places
// leave only hosts that are gone, have weight 0 or hold more than their target, and go to hosts below
// theirs. The replicas of one slot are on different hosts, and in as many zones as the targets allow
// (a zone without a name is one zone). Ties are settled by a score of (slot, host). A slot that is
// pinned has its host among its replicas and led by it, whatever the counts say. A host that rests keeps
// its places and leads nothing that another replica can lead, pinned or not.
#pragma once

#include <cstdint>

#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

struct placement_rules {
  std::uint32_t slots = 0;     // a power of two
  std::uint32_t replicas = 3;  // of each slot; as many as there are hosts with weight if those are fewer
};

// The table for the members that `view` lists, starting from the places it has (none at founding, or
// places of members it no longer lists). Members and generation are taken over as they are; the
// founders of a slot are written down with its first places and then never change.
// Without any member of weight > 0 the places are left as they are.
wire::ring_view place_slots(const wire::ring_view& view, const placement_rules& rules);

// The tie-break: higher goes first. Fixed for ever.
std::uint64_t placement_score(slot_id slot, std::uint64_t store_id);

// What a new table costs, for the log and for tests.
struct placement_moves {
  std::uint32_t replicas = 0;  // places that are in `after` and not in `before`
  std::uint32_t leaders = 0;   // slots whose preferred leader is another one
};
placement_moves count_moves(const wire::ring_view& before, const wire::ring_view& after);

}  // namespace carillon
