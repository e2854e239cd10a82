// What a journal_write becomes in the store: the journal without its thread and its fsync. Used by
// the journal's thread, and by the simulator with a disk of its own:
//
//   if (!batch.takes(what)) { write batch.rows(); batch.clear(); }
//   sync |= batch.add(what);
//   ...
//   store.write(batch.rows(), sync); batch.clear();
//
// Reads the store for pulled chunks (which rows stand in their way), and once for the ring view, whose rows
// follow its deltas (ring_view_rows.hpp). One owner at a time; after a failed write or a crash, a new one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/journal_write.hpp"
#include "storage/kv.hpp"
#include "storage/ring_view_rows.hpp"

namespace carillon::storage {

class journal_batch {
public:
  // `store` must outlive this; nobody else writes to it meanwhile.
  explicit journal_batch(kv& store);

  // False: `what` replaces rows by what the store holds, so what is gathered must be written first.
  bool takes(const journal_write& what) const;
  // True: the batch must be synced before `what.done`. REQUIRES: takes(what).
  bool add(const journal_write& what);
  // The store could not be read where that was needed: rows() must not be written, now or later.
  const std::optional<error>& failure() const { return failure_; }

  write_batch& rows() { return *rows_; }
  std::size_t bytes() const { return rows_->bytes(); }
  // Forgets the rows, because they were written or never will be.
  void clear() {
    rows_->clear();
    is_empty_ = true;
  }

private:
  // What was written of a slot's log since the start; 0: not known yet.
  struct written_log {
    raft::log_index last = 0;
    raft::log_index trimmed_before = 0;
  };

  void restart_log(slot_id slot, const log_restart& where);
  void add_entries(slot_id slot, const std::vector<raft::entry>& entries);
  void add_chunk(slot_id slot, const chunk_write& what);
  void add_trim(slot_id slot, raft::log_index before);
  void change_view(slot_id slot, const wire::meta_change& change);
  void pull_view(slot_id slot, const wire::chunk& pulled);
  ring_view_rows& view_of(slot_id slot);
  void put_number(std::string_view key, std::uint64_t number);
  void put_pair(std::string_view key, std::uint64_t first, std::uint64_t second);
  void put_sealed(family where, std::string_view key);  // the payload is in value_
  written_log& log_of(slot_id slot);

  kv& store_;
  std::unique_ptr<write_batch> rows_;
  bool is_empty_ = true;
  std::string value_;  // one buffer for all payloads
  std::vector<written_log> logs_;
  // By the slot that has it, as the store will have it once the rows are written; none: not read yet.
  std::map<slot_id, ring_view_rows> views_;
  std::optional<error> failure_;
};

}  // namespace carillon::storage
