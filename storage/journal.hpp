// The host's one writer: gathers what all slots want written, makes one batch and one fsync of it,
// and tells each slot when its part is on disk. Natural group commit: while one fsync runs, the
// next batch fills; no timer. (DESIGN section 4; figures in PERF.)
//
// submit() may be called from any thread and never blocks on the disk. Callbacks run on the
// journal's own thread, in the order of submission per slot; they must be short (they post a
// message to an actor).
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/metrics.hpp"
#include "runtime/base/result.hpp"
#include "storage/journal_batch.hpp"
#include "storage/journal_write.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

class journal {
public:
  struct options {
    std::size_t queue_max_bytes = 64u << 20;
    bool fsync = true;
    // Called on the journal's thread with the callbacks of a batch, all in one, which it is to run:
    // what they post may go out together. Empty: they are just run.
    std::function<void(const std::function<void()>& callbacks)> tell = {};
  };
  struct counters {  // since start; any thread
    std::uint64_t batches = 0;
    std::uint64_t syncs = 0;
    std::uint64_t writes = 0;
    std::uint64_t entries = 0;
  };
  struct sizes {  // since start; any thread
    metric_histogram write_time;    // nanoseconds of each batch, its fsync included
    metric_histogram batch_writes;  // of how many writes a batch was made
    metric_histogram batch_bytes;
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
  const sizes& measured() const { return sizes_; }
  std::size_t queued_bytes() const { return queued_bytes_; }
  // The write at hand, as a number that no other has; 0: none. A disk that hangs neither fails nor
  // answers: it shows in the number that stays.
  std::uint64_t writing() const { return writing_; }
  // How long it has been out.
  std::chrono::milliseconds writing_for(tick_time now) const;
  // How long the oldest write that is not on disk yet has waited: what is submitted now waits about as
  // long. Of a batch that waits together only the first one's instant is kept. 0: nothing waits.
  std::chrono::milliseconds delay(tick_time now) const;

private:
  struct queued {
    journal_write what;
    std::size_t bytes = 0;
  };
  void run();
  void carry_out(std::vector<queued>& taken);
  status write_batch_out(std::size_t writes, bool sync);

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
  std::atomic<std::uint64_t> writing_{0};  // ticks of the steady clock when it began: they rise
  // The same for when the first write of the queue, and of what was taken from it, was submitted; 0: none.
  std::atomic<std::uint64_t> queued_since_{0};
  std::atomic<std::uint64_t> taken_since_{0};

  sizes sizes_;

  // The journal thread's own.
  journal_batch batch_;

  std::thread thread_;  // last: starts when everything above is there
};

}  // namespace carillon::storage
