// One member of a group with a disk in memory: the shell around raft, reduced to what matters.
// A ready is taken as soon as there is one; its disk write stays under way until persist(), or is
// lost (or not) in crash(). What the member sends goes to a callback.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/raft/raft.hpp"
#include "tests/runtime/raft/memory_log.hpp"

namespace carillon::raft {

class member {
public:
  // What a test sees of a member's doings. All optional.
  struct watcher {
    std::function<void(member_id, const message&)> sends;
    std::function<void(member_id, const ready&)> writes;  // a ready with something to persist
    std::function<void(member_id, const entry&)> applies;
    std::function<void(member_id, role, term_t)> becomes;  // a new role, or the role in a new term
  };

  member(options how, std::uint64_t seed, watcher sees);

  member_id id() const { return how_.self; }
  bool is_up() const { return core_ != nullptr; }
  raft& core() { return *core_; }
  const raft& core() const { return *core_; }
  bool is_writing() const { return out_.has_value(); }

  void tick();
  void campaign();
  void step(message m);
  result<log_index> propose(std::string payload);
  // The write under way reaches the disk, is carried out and advanced; the next ready is taken.
  void persist();
  // Power is cut. `write_made_it`: the write under way, if any, reached the disk unnoticed.
  void crash(bool write_made_it);
  void restart();
  // Entries below `index` are given up, on disk and in memory. REQUIRES: applied on disk.
  void trim_before(log_index index);

  // -- the disk: what a restart would find --
  const hard_state& disk_hard() const { return disk_hard_; }
  const memory_log& disk() const { return disk_; }
  log_index applied_on_disk() const { return disk_applied_; }
  // What the running core's log_store was told, on disk or not.
  const memory_log& told() const { return *log_; }
  log_index applied() const { return applied_; }

private:
  void take_readies();
  void finish();
  void write_out();
  void notice_role();

  options how_;
  watcher sees_;
  seeded_random random_;

  hard_state disk_hard_;
  memory_log disk_;
  log_index disk_applied_ = 0;

  std::unique_ptr<memory_log> log_;
  std::unique_ptr<raft> core_;
  std::optional<ready> out_;
  log_index applied_ = 0;
  role last_role_ = role::follower;
  term_t last_term_ = 0;
};

}  // namespace carillon::raft
