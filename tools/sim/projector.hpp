// What a simulated slot's leader has for the slots of users: memberships, and what goes into inboxes
// (actors/slot/slot_projections.cpp and the channels' half of slot_inbox.cpp). The log after the cursor
// is read again by whoever leads next.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>

#include "actors/inbox_letter.hpp"
#include "actors/replica.hpp"
#include "actors/slot/inbox_lanes.hpp"
#include "actors/slot/projection.hpp"
#include "tools/sim/timeline.hpp"

namespace carillon::sim {

class host;

class projector {
public:
  // What it asks of its slot.
  struct house {
    host& on;
    replica& group;
    slot_id number = 0;
    std::function<void(std::function<void(bool)>)> when_readable;
    std::function<void()> carry_out_soon;
    std::function<void(const error&)> found_damage;
  };
  explicit projector(house of);

  // The group serves from now on / no more.
  void begin();
  void stop();
  // While it serves: an entry is committed; that were all of them; the tables hold what was committed.
  void committed(raft::log_index index, const wire::slot_command& command);
  void told_all();
  void applied();
  void tick();

private:
  void take_up();
  void hold(raft::log_index index);
  bool hand_over_for_log();
  void start(raft::log_index index, const wire::slot_command& command);
  void begin_membership(raft::log_index index, wire::user_request request);
  void finish_membership(raft::log_index index, const wire::user_request& request);
  void run_membership(raft::log_index index, wire::user_request request);
  bool is_early(raft::log_index index, const wire::user_request& request) const;
  slot_id slot_of_user(const wire::user_request& request) const;
  void run_memberships_in_time();
  void take_inbox_step(raft::log_index index, const wire::slot_command& command);
  void begin_lanes();
  void work_on_inboxes();
  void read_audience(const inbox_lanes::question& asked);
  void take_receipts(const std::vector<inbox_receipt>& receipts);
  void finish_inbox(const std::vector<raft::log_index>& over);
  void tell_projected();
  bool goes_on(std::uint64_t reign) const;
  // By this host's clock, unless the leadership is another one by then.
  void later(sim_time delay, std::function<void()> what);

  const house of_;
  const std::uint64_t sender_;  // of letters
  bool serving_ = false;
  std::uint64_t reign_ = 0;
  projection_cursor projections_{0};
  projection_cursor inboxes_done_{0};
  bool seeking_log_ = false;
  std::uint32_t seek_ticks_left_ = 0;
  std::set<raft::member_id> asked_for_log_;
  raft::log_index behind_ = 0;  // from here on it is read from the log again: memory was full; 0: not
  std::size_t memberships_under_way_ = 0;
  bool timer_ = false;
  std::unique_ptr<inbox_lanes> lanes_;  // null: not serving
  struct early {
    raft::log_index index = 0;
    wire::user_request request;
  };
  std::vector<early> early_;
};

}  // namespace carillon::sim
