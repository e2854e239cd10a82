// One member of a group with a disk in memory: the shell around raft, reduced to what matters.
// Readies are taken as soon as there are any; their disk writes stay under way, in order, until
// persist(), or are lost (or not) in crash(). What the member sends goes to a callback. Its state
// machine is only an index and the group's configuration: a snapshot copies these two.
#pragma once

#include <deque>
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
    std::function<void(member_id, const read_state&)> reads;
    std::function<void(member_id, const snapshot_offer&)> is_offered;
    std::function<void(member_id, const lost_log&)> sees_loss = {};  // of another, as leader
    std::function<void(member_id)> is_whole = {};  // its log, again
    std::function<void(member_id, const contradiction&)> gives_up = {};  // none: it must not
  };
  // What the disk holds.
  struct disk_state {
    hard_state hard;
    memory_log log;
    log_index applied = 0;
    configuration members;      // as of `applied`
    bool tables_mixed = false;  // pulling them began and did not end
    std::optional<log_index> log_lost;
  };

  member(options how, configuration members, std::uint64_t seed, watcher sees);

  member_id id() const { return how_.self; }
  bool is_up() const { return core_ != nullptr; }
  const raft& core() const { return *core_; }
  bool is_writing() const { return !out_.empty(); }

  // Calls something of the core, then takes what comes out of it.
  template <class Call>
  auto act(Call call) {
    if constexpr (std::is_void_v<decltype(call(*core_))>) {
      call(*core_);
      take_readies();
    } else {
      auto answer = call(*core_);
      take_readies();
      return answer;
    }
  }
  void tick();
  void step(message m);
  result<log_index> propose(std::string payload);

  // The oldest write under way reaches the disk, is carried out and advanced, and with it the
  // readies behind it that write nothing; what is ready then is taken.
  void persist();
  // Power is cut. Of the writes under way the oldest `written` reached the disk unnoticed.
  void crash(std::size_t written);
  void restart();
  // An older copy of the disk. REQUIRES: down.
  void put_back(disk_state older) { disk_ = std::move(older); }
  // The entry can no longer be read.
  void spoil(log_index index);
  // Entries below `index` are given up, on disk and in memory. REQUIRES: applied on disk.
  void trim_before(log_index index);
  // The tables that are offered; none: nothing to pull, or being up again after a crash the member
  // waits to be asked once more.
  const std::optional<snapshot_offer>& offer() const { return offer_; }
  // They are not to be had, or its own ones are damaged.
  void request_snapshot();
  // Pulls them. REQUIRES: offer(), and `from` can give what it says.
  void pull(const member& from);

  const disk_state& disk() const { return disk_; }
  // What the running core's log_store was told, on disk or not.
  const memory_log& told() const { return *log_; }
  log_index applied() const { return applied_; }
  // What its tables show; those rows may be lost in a crash, and come back from the log.
  log_index readable() const { return readable_; }

private:
  struct write_out {
    ready what;
    log_index applied = 0;
    configuration members;
  };
  void take_readies();
  void tell(const ready& what);
  void finish_oldest();
  void write_oldest();
  void notice_role();

  options how_;
  watcher sees_;
  seeded_random random_;
  disk_state disk_;

  std::unique_ptr<memory_log> log_;
  std::unique_ptr<raft> core_;
  std::deque<write_out> out_;
  std::optional<snapshot_offer> offer_;
  log_index applied_ = 0;   // handed to the state machine, on disk or not
  log_index readable_ = 0;  // of that, in readies that are done
  configuration members_;   // as of `applied_`
  role last_role_ = role::follower;
  term_t last_term_ = 0;
};

}  // namespace carillon::raft
