// The disk of a simulated machine and the one writer to it. The rows are the real ones: the same
// batches that a host's journal makes (storage/journal_batch.hpp), in storage::simulated_disk. What time
// a write takes, and what of it is left after a crash, is the simulator's.
//
// As in a host: everything that waits goes into one batch and one sync; while that runs, the next
// batch fills. Nothing of a batch is visible before it is written.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/base/random.hpp"
#include "storage/journal_batch.hpp"
#include "storage/simulated_disk.hpp"
#include "tools/sim/checker.hpp"
#include "tools/sim/timeline.hpp"

namespace carillon::sim {

// What stays when the process goes.
struct disk {
  storage::simulated_disk rows;
  bool forgets_syncs = false;  // a lie: says that a sync is done and keeps nothing safe
  sim_time sync_time = 600;    // microseconds, on average
  std::uint64_t slowness = 1;  // times sync_time
};

class journal {
public:
  struct counters {
    std::uint64_t batches = 0;
    std::uint64_t syncs = 0;
    std::uint64_t failures = 0;
    std::uint64_t torn = 0;  // batches that a crash met half way
  };
  using later = std::function<void(sim_time delay, task&& what)>;

  // `after` runs a task of this process; everything else outlives this.
  journal(disk& under, raft::member_id self, checker& truth, random_source& chance, counters& count,
          later after);

  void submit(storage::journal_write what);
  // The process dies. What was on its way to the disk arrived whole or not at all.
  void die(bool power_is_cut);

private:
  void write_next();
  void finish();
  status write_rows(bool& sync);

  disk& under_;
  const raft::member_id self_;
  checker& truth_;
  random_source& chance_;
  counters& count_;
  const later after_;
  storage::journal_batch maker_;
  std::vector<storage::journal_write> waiting_;
  std::vector<storage::journal_write> writing_;
  bool busy_ = false;
  std::optional<error> failed_;
};

}  // namespace carillon::sim
