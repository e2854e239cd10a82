// Which slot an entity lives in: a fixed hash of its id. Pure. The number of slots is a power of
// two fixed when a cluster is founded; the hash never changes (known answers in
// tests/runtime/ring/slot_hash_test.cpp), or data would be looked for where it is not.
#pragma once

#include <cstdint>

#include "runtime/base/ids.hpp"

namespace carillon {

using slot_id = std::uint16_t;

inline constexpr std::uint32_t slots_max = 16'384;

// REQUIRES: slots is a power of two, 1..slots_max.
slot_id slot_of(const entity_id& id, std::uint32_t slots);

}  // namespace carillon
