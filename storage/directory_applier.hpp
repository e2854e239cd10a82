// The thread that applies committed commands to a host's directory, in the order of the meta log:
// whatever has gathered goes into one transaction, so that many commands share a sync of the disk.
// While the disk is full or failing, the same commands are tried again and nothing is lost: they
// stand in the meta log, which each host keeps from its own directory's applied() on. A host whose
// log begins later (it was away for long) takes a copy of another's directory (directory_copy.hpp).
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "storage/directory_outcomes.hpp"
#include "storage/directory_replica.hpp"

namespace carillon::storage {

class directory_applier {
public:
  // Called on the applier's thread: must be quick. After a transaction, each command's event is told
  // before its outcome is published: who revoked a token here is not answered while this host still
  // remembers it. The index is last. Either may be empty.
  struct hooks {
    directory_events events;
    std::function<void(std::uint64_t index)> applied;
  };
  using job = std::function<void(directory_replica&)>;

  // `outcomes` outlives it. The file's applied index is read here.
  static result<std::unique_ptr<directory_applier>>
  start(std::unique_ptr<directory_replica> replica, directory_outcomes& outcomes, hooks hooks);
  ~directory_applier();  // close()

  // -- any thread --
  std::uint64_t applied() const { return applied_.load(); }  // on disk
  // Returns at once. REQUIRES: commits come in the order of the log, from one thread at a time.
  void take(std::vector<committed_command> commits);
  // Runs on the applier's thread when everything taken before is applied; then the index is read
  // again, and hooks.applied called if it rose. False: not by `until` (it may run later), or
  // closed.
  bool run(job work, tick_time until);
  void tell(const std::vector<directory_event>& events) const;
  // The disk, as of the last transaction.
  status health() const;
  // Finishes the transaction under way; what is still queued stays undone.
  void close();

private:
  struct item {
    committed_command commit;
    job work;                                  // not empty: instead of the commit
    std::shared_ptr<std::promise<void>> done;  // of the work; dropped when it will not be done
  };
  directory_applier(std::unique_ptr<directory_replica> replica, directory_outcomes& outcomes,
                    hooks hooks, std::uint64_t applied);
  void live();
  std::vector<item> next_items();
  bool carry_out(std::vector<item> items);
  bool apply(const std::vector<committed_command>& commits);
  void applied_to(std::uint64_t index);
  bool pause();

  const std::unique_ptr<directory_replica> replica_;
  directory_outcomes& outcomes_;
  const hooks hooks_;
  std::atomic<std::uint64_t> applied_;

  mutable std::mutex lock_;
  std::condition_variable changed_;
  std::deque<item> queue_;
  bool closing_ = false;
  status health_ = ok;
  std::thread thread_;
};

}  // namespace carillon::storage
