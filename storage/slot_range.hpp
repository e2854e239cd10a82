// A slot's tables as ranges of keys: read in chunks where they are whole, checked and put in place
// where they are wanted (journal_write::chunks). A chunk lists every row between its borders, so
// what it does not list is not there.
//
// Rows travel sealed as they are stored: the receiver finds damage that happened anywhere between
// the sender's disk and here. Only the ring view travels otherwise than it is stored, whole in one row
// under its head's key: in as many rows as it has on the disk it could be there by halves.
// Reads: any thread; may block on the disk.
#pragma once

#include <array>
#include <string>

#include "runtime/base/result.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/peer.pb.h"
#include "storage/kv.hpp"

namespace carillon::storage {

// The families that hold tables of a slot, in the order in which they are pulled. (Of family meta
// only the ring view is one, in the meta group's slot.)
inline constexpr std::array<family, 3> pulled_families = {family::messages, family::index,
                                                          family::meta};

// What all of a slot's table keys in this family start with. REQUIRES: a pulled family.
std::string slot_span(slot_id slot, family where);

// Rows after asked.after_key, in order: as many as asked.bytes_max allows (keys and values), but at
// least one. Errors:
//   corrupt_record     a row fails its seal, or a block cannot be read: the slot is damaged here
//   invalid_arguments  asked.family is none of pulled_families, or after_key is not in the slot, or is
//                      given for the ring view
result<wire::chunk> read_chunk(const kv& store, const wire::fetch_chunk& asked);

// Is this an answer to `asked` that may be put in place? corrupt_record, in words, when its checksum
// or the seal of a row is wrong, when keys do not rise or lie outside of the span asked for, when a chunk
// that is not the last has no rows, or when a ring view is none or not whole. The same is then asked again.
status check_chunk(const wire::fetch_chunk& asked, const wire::chunk& chunk);

// Over keys and values, each with its length (four bytes, big-endian) in front, and `last`.
std::uint32_t checksum_of(const wire::chunk& chunk);

}  // namespace carillon::storage
