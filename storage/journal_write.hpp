// What one group wants written, in one piece: the vocabulary between replicas and the journal.
// Values only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "runtime/wire/peer.pb.h"
#include "storage/kv.hpp"

namespace carillon::storage {

// Rows that were pulled from another replica: everything in the slot's span of `where` after
// `after_key`, up to the last row's key (to the span's end when chunk.last), is replaced by them.
// REQUIRES: check_chunk (slot_range.hpp) found nothing wrong.
struct chunk_write {
  family where = family::messages;
  std::string after_key;
  wire::chunk chunk;
};

// The log is dropped and goes on after `index`: first_index becomes index + 1, term_of(index) is
// `term`.
struct log_restart {
  raft::log_index index = 0;
  raft::term_t term = 0;
};

// All of it is on disk, or none. Carried out in the order of the members.
struct journal_write {
  slot_id slot = 0;
  // To be fsynced before `done`: see raft::ready.
  std::optional<raft::hard_state> hard;
  std::optional<log_restart> restart;  // fsynced; sets `applied` and its term too, unless given
  std::vector<raft::entry> entries;    // fsynced
  // The members as of `applied` (as of restart.index, when both are there).
  std::optional<raft::configuration> config;
  // The tables are being replaced, or hold rows of different times; fsynced. False: whole again.
  std::optional<bool> mixed;
  std::vector<chunk_write> chunks;
  // To be applied to the tables in the same batch (no fsync of their own: the log has them).
  std::vector<std::shared_ptr<const wire::slot_command>> commands;
  raft::log_index applied = 0;    // 0: unchanged; otherwise the index after `commands`
  raft::term_t applied_term = 0;  // of `applied`
  // 0: nothing; entries with a lower index are dropped. (On disk the last of them stays: it is
  // where log_store finds the term before its first index after a restart.)
  raft::log_index trim_before = 0;
  raft::log_index projected = 0;  // 0: unchanged; otherwise the projections' cursor
  // The log is damaged and was acknowledged up to here; 0: it is whole again. Fsynced; what it means
  // and when it ends: slot_start.hpp.
  std::optional<raft::log_index> log_damage;

  // After the write: ok, or storage_unavailable with the words of the first failure. May be empty.
  std::function<void(status)> done;
};

}  // namespace carillon::storage
