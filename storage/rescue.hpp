// A store with bad blocks, copied to a new one as far as it can be read: what a host among others
// does at its start, before anything else looks at the store. A bad block cannot be mended where it
// is (RocksDB meets it in every compaction over its keys and then stops all writes), and what it held
// is on the other replicas.
//
// Never is a thing lost silently that was promised. What cannot be read is left as a mark in the new
// store, from which open_damaged_slot (slot_start.hpp) draws the consequences:
//   rows of the tables          the slot's tables are mixed, and will be pulled
//   log entries the tables lack the replica does not vote until its log is whole again
//   the hard state              the replica never votes again under this identity
//   the founding facts          nothing is rescued: the host must be replaced
#pragma once

#include <memory>
#include <string>

#include "runtime/base/result.hpp"
#include "storage/kv.hpp"
#include "storage/rocks_kv.hpp"

namespace carillon::storage {

struct rescue_report {
  std::uint32_t slots_mixed = 0;        // tables to be pulled
  std::uint32_t logs_damaged = 0;
  std::uint32_t hard_states_lost = 0;
  std::uint64_t rows_copied = 0;
};

// Copies what `from` can give into the empty `to`; synced at the end. corrupt_record: the founding
// facts cannot be read.
result<rescue_report> rescue(const kv& from, kv& to);

// Opens the store of a host among others. When its damage mark is there, or it cannot be opened
// because of damage, it is rescued first: into a new folder beside it, which then takes its place.
// (As much free space as the data takes is needed meanwhile.) A crash at any moment is made good by
// the next call. Errors: as rocks_kv::open, and those of rescue.
result<std::unique_ptr<kv>> open_or_rescue(const std::string& folder,
                                           const rocks_kv::options& how);

}  // namespace carillon::storage
