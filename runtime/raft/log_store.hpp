// The seam to whatever keeps a group's log: storage/log_store.cpp over RocksDB, memory in tests.
// The core only reads, and only what advance() confirmed; whoever carries a ready out tells the
// store of its entries (raft.hpp says when). One thread.
#pragma once

#include "runtime/raft/types.hpp"

namespace carillon::raft {

class log_store {
public:
  virtual ~log_store() = default;

  // The oldest entry that is kept, and the newest; last < first for an empty log. Entries before
  // first_index are trimmed: they are applied, and their effects are in the state machine's data.
  virtual log_index first_index() const = 0;
  virtual log_index last_index() const = 0;
  // Term of an entry, or of the last trimmed one (first_index() - 1); nullopt outside.
  virtual std::optional<term_t> term_of(log_index index) const = 0;
  // Entries from `first` on, up to and with `last`, at most `bytes` of payload but at least one.
  virtual std::vector<entry> entries(log_index first, log_index last, std::size_t bytes) const = 0;
};

}  // namespace carillon::raft
