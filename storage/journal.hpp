// The host's one writer: gathers what all slots want written, makes one batch and one fsync of it,
// and tells each slot when its part is on disk. Natural group commit: while one fsync runs, the
// next batch fills; no timer. (DESIGN section 4; figures in PERF.)
//
// submit() may be called from any thread and never blocks on the disk. Callbacks run on the
// journal's own thread, in the order of submission per slot; they must be short (they post a
// message to an actor).
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "storage/kv.hpp"

namespace carillon::storage {

// One slot's part of a batch.
struct journal_write {
  slot_id slot = 0;
  // To be fsynced before `done`: see raft::ready.
  std::optional<raft::hard_state> hard;
  std::vector<raft::entry> entries;
  // To be applied to the tables in the same batch (no fsync of their own: the log has them).
  std::vector<std::shared_ptr<const wire::slot_command>> commands;
  raft::log_index applied = 0;     // 0: unchanged; otherwise the index after `commands`
  raft::term_t applied_term = 0;   // of `applied`
  raft::log_index trim_before = 0; // 0: nothing; entries with a lower index are dropped
  raft::log_index projected = 0;   // 0: unchanged; otherwise the projections' cursor

  std::function<void(status)> done;
};

class journal {
public:
  struct options {
    std::size_t queue_max_bytes = 64u << 20;
    bool fsync = true;
  };
  struct counters {           // since start; any thread
    std::uint64_t batches = 0;
    std::uint64_t syncs = 0;
    std::uint64_t writes = 0;
    std::uint64_t entries = 0;
  };

  journal(kv& store, options how);
  ~journal();  // writes what is queued, then stops

  void submit(journal_write what);
  // Above queue_max_bytes: callers refuse new work with overloaded (never block).
  bool is_full() const;
  // ok, or the first error; from then on every write fails with it and nothing is acknowledged.
  status health() const;
  counters count() const;
};

}  // namespace carillon::storage
