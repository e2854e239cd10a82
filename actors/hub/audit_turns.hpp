// When what a host watches is asked about again though nothing is known to be missing: all of it once in so
// many turns. What lives in one slot has its turn together, so that one question asks about it; of few slots each
// has several turns, so that no turn has much.
// Pure.
#pragma once

#include <algorithm>
#include <cstdint>

#include "runtime/ring/slot_hash.hpp"

namespace carillon {

inline std::uint64_t audit_turn_of(slot_id slot, std::uint64_t number, std::uint64_t slots, std::uint64_t turns) {
  const std::uint64_t parts = std::max<std::uint64_t>(1, turns / slots);
  return (slot + slots * (number % parts)) % turns;
}

}  // namespace carillon
