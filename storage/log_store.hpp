// A slot's raft log on disk. The newest entries also stay in memory (window), so that fresh ones
// are never read back from the log family. Written through journal_write; this class reads, and
// is told what was submitted. One slot actor uses it; no lock.
//
// On disk the entry before first_index stays as long as the log was ever trimmed: its term is what
// term_of(first_index - 1) answers after a restart.
#pragma once

#include <deque>

#include "runtime/raft/log_store.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "storage/kv.hpp"
#include "storage/slot_start.hpp"

namespace carillon::storage {

class log_store final : public raft::log_store {
public:
  // What the window may hold beyond entries that are not on disk yet and the newest one.
  static constexpr std::size_t window_max_bytes = 1u << 20;

  // Reads first and last index and the entries after `from.projected` or `from.applied`, whichever
  // is lower, into the window. corrupt_record names the key of an entry that fails its checksum,
  // or of one that is missing.
  static result<std::unique_ptr<log_store>> open(const kv& store, slot_id slot,
                                                 const slot_start& from);

  raft::log_index first_index() const override;
  raft::log_index last_index() const override;
  std::optional<raft::term_t> term_of(raft::log_index index) const override;
  // Empty also when an entry older than the window cannot be read; the log says which.
  std::vector<raft::entry> entries(raft::log_index first, raft::log_index last,
                                   std::size_t bytes) const override;

  // The entries of a ready that was submitted: from entries.front().index on, they replace.
  // REQUIRES: they are contiguous and leave no gap after last_index().
  void append(const std::vector<raft::entry>& entries);
  // What is in this log up to `index` is on disk: from now on the window may let go of it (it does
  // when it is over window_max_bytes). Not calling this keeps entries until the trim. REQUIRES: no
  // entry up to `index` replaced another in a write that is still under way: raft's persisted_index()
  // sees to that, the last index of the oldest write alone does not.
  void persisted(raft::log_index index);
  // Entries with a lower index are no longer needed in memory and on disk; term_of(index-1) stays.
  // Submit the same number as journal_write::trim_before. REQUIRES: index <= last_index() + 1.
  void trim_before(raft::log_index index);
  // The tables were replaced as of `index`: everything here is dropped, and entries go on after it.
  // Submit the same as journal_write::restart. Writes of what is dropped may still be under way.
  void restart(raft::log_index index, raft::term_t term);

  // The first record of this log that could not be read since it was opened, if any. Entries that
  // are applied are only missing for followers that fell behind: they need a snapshot instead.
  const std::optional<error>& damage() const { return damage_; }

private:
  log_store(const kv& store, slot_id slot) : store_(store), slot_(slot) {}

  raft::log_index window_first() const { return last_ + 1 - window_.size(); }
  status load(const slot_start& from);
  result<raft::entry> read(raft::log_index index) const;
  void shrink();
  void note(const error& why) const;

  const kv& store_;
  slot_id slot_;
  raft::log_index first_ = 1;
  raft::log_index last_ = 0;
  raft::term_t term_before_first_ = 0;
  std::deque<raft::entry> window_;  // contiguous, ends at last_
  std::size_t window_bytes_ = 0;
  raft::log_index persisted_ = 0;
  mutable std::optional<error> damage_;
};

}  // namespace carillon::storage
