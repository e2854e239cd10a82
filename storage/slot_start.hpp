// What a slot finds on disk when the host starts, sound or not.
//
// A replica whose log is damaged has acknowledged entries that it no longer holds. Others may have
// counted them, so with this log it could elect a leader that lacks what is committed. Until
// log_damaged goes it must
//   - grant no vote and no pre-vote (not answering is refusing), and never campaign;
//   - count in no commit with what it once acknowledged: a leader that remembers a higher match of
//     it has to believe its rejections (raft: progress goes back).
// It may follow: what it acknowledges now is on its disk. A leader holds every committed entry, since
// this replica helped to elect none after the damage; so once the log here was restarted by a
// snapshot, or matches the leader's, up to `acknowledged` or beyond, everything it ever vouched for
// is here again or was never committed: journal_write::log_damage = 0, and it is a full member again.
// acknowledged == never_whole (the vote itself is lost, or the log's end is unknown): that does not
// happen under this identity. The host is to be replaced: with an empty data folder it is a new one.
#pragma once

#include <memory>

#include "runtime/base/result.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

inline constexpr raft::log_index never_whole = ~0ULL;

struct slot_start {
  raft::hard_state hard;
  raft::log_index applied = 0;
  raft::term_t applied_term = 0;
  raft::log_index projected = 0;  // may lie before the log's first entry, after a restarted log
  raft::configuration config;     // as of applied
  bool has_config = false;        // false: nothing but the founding members was ever applied
  bool tables_mixed = false;      // never serve or campaign: the tables must be pulled first
  bool log_damaged = false;       // see above
  raft::log_index acknowledged = 0;  // with log_damaged: the end of the log that was
};

// Reads the slot's facts. corrupt_record names a row that fails its checksum.
result<slot_start> load_slot_start(const kv& store, slot_id slot);

class log_store;
struct opened_slot {
  slot_start start;
  std::unique_ptr<log_store> log;
};

// For a member of a group of several: as load_slot_start and log_store::open, but damage is no error.
// What is wrong is said in `start` and on disk (synced) before this returns, so that it is not
// forgotten by a restart:
//   an entry that the tables hold already      the log is cut off before what they lack; sound
//   an entry that they lack, or the log's end  log_damaged; the log is empty after `applied`
//   the applied index                          tables_mixed; applied lies at the log's beginning
//   the hard state                             log_damaged with never_whole
//   the members                                log_damaged and tables_mixed: a pull brings them
// Other errors: io_error, storage_unavailable. Before the journal has the store.
result<opened_slot> open_damaged_slot(kv& store, slot_id slot);

}  // namespace carillon::storage
