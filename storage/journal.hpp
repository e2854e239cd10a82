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
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
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
  raft::log_index applied = 0;    // 0: unchanged; otherwise the index after `commands`
  raft::term_t applied_term = 0;  // of `applied`
  // 0: nothing; entries with a lower index are dropped. (On disk the last of them stays: it is
  // where log_store finds the term before its first index after a restart.)
  raft::log_index trim_before = 0;
  raft::log_index projected = 0;  // 0: unchanged; otherwise the projections' cursor

  // After the write: ok, or storage_unavailable with the words of the first failure. May be empty.
  std::function<void(status)> done;
};

class journal {
public:
  struct options {
    std::size_t queue_max_bytes = 64u << 20;
    bool fsync = true;
  };
  struct counters {  // since start; any thread
    std::uint64_t batches = 0;
    std::uint64_t syncs = 0;
    std::uint64_t writes = 0;
    std::uint64_t entries = 0;
  };

  // `store` must outlive this, and nobody else writes to it meanwhile.
  journal(kv& store, options how);
  ~journal();  // closes
  journal(const journal&) = delete;
  journal& operator=(const journal&) = delete;

  // Writes what is queued, then stops. What is submitted later is not written: its `done` gets
  // shutting_down at once, on the submitter's thread. May be called again.
  void close();

  void submit(journal_write what);
  // Above queue_max_bytes: callers refuse new work with overloaded (never block).
  bool is_full() const;
  // ok, or the first error; from then on every write fails with it and nothing is acknowledged.
  status health() const;
  counters count() const;

private:
  struct queued {
    journal_write what;
    std::size_t bytes = 0;
  };
  // What the journal wrote of a slot's log since it started; 0: not known yet.
  struct written_log {
    raft::log_index last = 0;
    raft::log_index trimmed_before = 0;
  };

  void run();
  void carry_out(std::vector<queued>& taken);
  bool add(const journal_write& what);  // to batch_; true: needs a sync
  void add_entries(slot_id slot, const std::vector<raft::entry>& entries);
  void add_trim(slot_id slot, raft::log_index before);
  void put_sealed(family where, std::string_view key);  // the payload is in value_
  status write_batch_out(bool sync);
  written_log& log_of(slot_id slot);

  kv& store_;
  const options how_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<queued> queue_;
  bool stopping_ = false;
  std::optional<error> failure_;

  std::atomic<std::size_t> queued_bytes_{0};
  std::atomic<std::uint64_t> batches_{0};
  std::atomic<std::uint64_t> syncs_{0};
  std::atomic<std::uint64_t> writes_{0};
  std::atomic<std::uint64_t> entries_{0};

  // The journal thread's own.
  std::unique_ptr<write_batch> batch_;
  std::string value_;  // one buffer for all payloads
  std::vector<written_log> logs_;

  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace carillon::storage
