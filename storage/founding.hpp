// The facts that a data folder is founded with and keeps for ever: the format of what is on disk,
// the number of slots, and the store id, which is the host's identity among others (DESIGN 4: an
// empty or foreign disk is a new host). Called once at start, before the journal has the kv.
#pragma once

#include <cstdint>

#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

// Rises when an older program could not read what a newer one writes.
inline constexpr std::uint64_t format_version = 1;

struct founding {
  std::uint64_t format = format_version;
  std::uint64_t store_id = 0;  // never 0
  std::uint32_t slots = 0;
  bool is_new = false;  // founded by this call
};

// Founds an empty store, synced, or reads what it was founded with. invalid_config when that was
// another number of slots or a newer format; corrupt_record when the facts are damaged, or missing
// beside other data.
result<founding> found_or_check(kv& store, std::uint32_t slots, random_source& random);

}  // namespace carillon::storage
