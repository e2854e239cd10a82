// A meta group in memory: commands are committed by being appended, and every host of it applies
// them on its own thread, to its own file. It loses sight of answers and commits twice when it is
// told to.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "storage/directory_applier.hpp"
#include "storage/directory_replicated.hpp"

namespace carillon::test {

// One host's directory: its file, its thread, those who wait.
struct host_directory {
  explicit host_directory(std::string path, storage::directory_events events = {})
      : file(std::move(path)) {
    auto replica = storage::directory_replica::open(file);
    REQUIRE_MESSAGE(replica, (replica ? std::string() : replica.error().describe()));
    auto started = storage::directory_applier::start(
        std::move(*replica), outcomes,
        {.events = std::move(events), .applied = [this](std::uint64_t index) { told = index; }});
    REQUIRE(started);
    applier = std::move(*started);
  }
  // Waits until everything that it was given so far is applied.
  void settle() {
    REQUIRE(
        applier->run([](storage::directory_replica&) {}, steady_now() + std::chrono::seconds(30)));
  }

  std::string file;
  storage::directory_outcomes outcomes;
  std::atomic<std::uint64_t> told{0};
  std::unique_ptr<storage::directory_applier> applier;
};

class command_log {
public:
  // From then on the host gets every command, first those that it has missed.
  void join(host_directory& host) {
    std::lock_guard hold(lock_);
    std::vector<storage::committed_command> missed;
    for (const auto& each : log_)
      if (each.index > host.applier->applied())
        missed.push_back(each);
    host.applier->take(std::move(missed));
    hosts_.push_back(&host);
  }
  void leave(host_directory& host) {
    std::lock_guard hold(lock_);
    std::erase(hosts_, &host);
  }
  result<std::uint64_t> commit(const std::string& command) {
    std::lock_guard hold(lock_);
    for (unsigned i = 0; i < copies; ++i) {
      log_.push_back({log_.empty() ? 7 : log_.back().index + 2, command});  // not all are ours
      for (host_directory* host : hosts_)
        host->applier->take({log_.back()});
    }
    if (refuse_then_commit)
      return errc::not_owner;
    return log_.back().index;
  }
  std::unique_ptr<storage::directory> open_on(host_directory& host) {
    auto opened = storage::open_replicated(
        host.file, host.outcomes,
        [this](const std::string& command, tick_time) { return commit(command); });
    REQUIRE(opened);
    return std::move(*opened);
  }

  std::atomic<unsigned> copies{1};              // of each command that is committed
  std::atomic<bool> refuse_then_commit{false};  // the answer is lost, the command is not

private:
  std::mutex lock_;
  std::vector<storage::committed_command> log_;
  std::vector<host_directory*> hosts_;
};

}  // namespace carillon::test
