// A slot's raft log on disk. The newest entries also stay in memory (window), so that fresh ones
// are never read back from the log family. Written through journal_write; this class reads, and
// is told what was submitted. One slot actor uses it; no lock.
#pragma once

#include <deque>

#include "runtime/raft/log_store.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

// What a slot finds on disk when the host starts.
struct slot_start {
  raft::hard_state hard;
  raft::log_index applied = 0;
  raft::term_t applied_term = 0;
  raft::log_index projected = 0;
};
result<slot_start> load_slot_start(const kv& store, slot_id slot);

class log_store final : public raft::log_store {
public:
  // Reads first and last index and the entries after `from.projected` or `from.applied`, whichever
  // is lower, into the window. corrupt_record names the key of an entry that fails its checksum.
  static result<std::unique_ptr<log_store>> open(const kv& store, slot_id slot,
                                                 const slot_start& from);

  raft::log_index first_index() const override;
  raft::log_index last_index() const override;
  std::optional<raft::term_t> term_of(raft::log_index index) const override;
  std::vector<raft::entry> entries(raft::log_index first, raft::log_index last,
                                   std::size_t bytes) const override;

  // The entries of a ready that was submitted: from entries.front().index on, they replace.
  void append(const std::vector<raft::entry>& entries);
  // Entries with a lower index are no longer needed in memory and on disk; term_of(index-1) stays.
  void trim_before(raft::log_index index);
};

}  // namespace carillon::storage
