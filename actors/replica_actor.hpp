// The shell of a replica, shared by slot_actor and meta_actor: carries out what the pure core in
// actors/replica.hpp decides. Writes go to the host's journal, raft messages to the link (everything
// for one peer in one item), pulls through ask_peer; ticks, nominations and messages of peers come
// in. Says to the locator and the link who leads. What a commit means is the heir's.
//
// An heir's make_behavior() returns replica_behavior().or_else(its own handlers). The actor stands
// still until start(), which the first wait_serving calls.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

#include <caf/all.hpp>

#include "actors/group_steps.hpp"
#include "actors/host_services.hpp"
#include "actors/measured_actor.hpp"
#include "actors/protocols.hpp"
#include "actors/replica.hpp"
#include "runtime/base/random.hpp"

namespace carillon {

struct journal_done {  // journal thread -> replica
  status outcome = ok;
};

// anyone -> a replica: records of its group on this disk are not what was written.
struct records_damaged {
  error what;
};

// A disk that is at one write for so long hangs: the longest that a group waits for a silent leader, so
// that a leader with such a disk costs its group no more than a dead one. Far above what a busy disk's
// fsync takes.
std::chrono::milliseconds disk_patience(const settings& config);

class replica_actor : public measured_actor {
protected:
  replica_actor(caf::actor_config& config, const host_services& host, replica::setup setup,
                const storage::slot_start& start, std::unique_ptr<storage::log_store> log);

  // What every group of this host is set up with, from its settings.
  static replica::setup setup_of(const host_services& host, slot_id slot,
                                 raft::configuration founders);

  // raft_received, host_tick, nominated, peer_asks, journal_done, records_damaged, wait_serving,
  // stop_slot, hear_group, leave_slot, run_later. (peer_asks but fetch_chunk: on_peer_asks.)
  caf::message_handler replica_behavior();

  // Lets the group begin; the second time nothing happens.
  void start();
  bool is_stopping() const { return stopping_; }  // new work is to be refused

  // -- for heirs to call --
  const replica& group() const { return replica_; }
  replica& group() { return replica_; }  // after feeding it: carry_out() or carry_out_soon()
  // Carries effects out now, or when the mailbox has given what it holds: a batch of proposals.
  void carry_out();
  void carry_out_soon();
  // Leadership was confirmed after this call, and what was committed at the call is in the tables:
  // true. This replica does not lead: false.
  void when_confirmed(std::function<void(bool)> then);
  // When the tables hold everything up to `index`; at once after the disk failed.
  void when_applied(raft::log_index index, std::function<void()> then);

  // The group's members as this leader sees them; `heard`: hosts that are not lost. (Of a value: `heard`
  // has to live as long.)
  group_now members_now(const std::vector<raft::member_id>& heard) const;
  // REQUIRES: it leads. What cannot be done now is left to the next tick.
  void change_members(const group_step& step);

  // Whoever follows this entry hears when it is in memory (unless this replica leads: then it is there
  // since it was proposed), on disk, committed and applied here: into host.traces.
  void mark(entry_marked entry);

  // -- for heirs to fill in --
  // In the order of the log, before these are in the tables.
  virtual void on_committed(std::vector<replica::committed_entry> entries) = 0;
  virtual void on_lost(const error& why) = 0;  // all own open proposals
  virtual void on_leadership() {}              // group().leader() or .serves() changed
  virtual void on_tables_replaced() {}         // what was read from them before may be wrong
  virtual void on_applied() {}                 // group().applied() rose
  virtual void on_failed(const error&) {}      // the disk; after on_lost
  virtual void on_started() {}                 // before the group begins
  void on_exit() override;
  virtual void on_tick(const liveness&) {}     // after the group was told
  // Peer requests other than fetch_chunk. The default refuses with unknown_method.
  virtual caf::response_promise on_peer_asks(const peer_asks& asked);

  // The group as this replica knows it, for the inspector. Its proposals and what only an heir knows
  // are the heir's to add.
  wire::slot_picture describe_group(tick_time asked);
  // The answer to a question for the group itself, "slot/NUMBER" (the meta group has the one after the
  // slots').
  entity_picture_box picture_of(wire::slot_picture group) const;

  // A refusal for a peer; not_owner carries who leads.
  peer_reply_box peer_refusal(const error& why) const;

  const host_services& host_;
  const slot_id slot_;

private:
  void on_host_tick(const liveness& heard);
  void on_nominated(const nominated& nomination);
  void carry_out_one(replica::effects next);
  caf::response_promise on_wait_serving();
  void on_damage(const error& what);
  caf::response_promise serve_fetch(const peer_asks& asked);
  void give_rows(const std::shared_ptr<const wire::peer_request>& asked, caf::response_promise promise);
  std::string name_of(raft::member_id host) const;
  // What this replica says of itself into host_metrics (replica_meter.cpp).
  void count_changes();
  void count_hand_over();
  void measure_group();
  void measure_lag();
  void post(std::vector<raft::message> messages);
  void submit(storage::journal_write write);
  void follow_write(storage::journal_write& write);
  void follow_written(std::uint64_t number, bool good);
  void note_marked(const entry_marked& entry, trace_step step, timestamp at = 0);  // 0: now
  void ask_rows(replica::fetch wanted);
  void tell_who_leads();
  void say_whom_we_follow();
  void release_barriers();
  void answer_waiters();
  caf::response_promise on_stop();
  void leave(raft::log_index committed);

  secure_random random_;
  replica replica_;
  bool started_ = false;
  bool stopping_ = false;
  bool hears_ = true;  // what members of the group say
  bool left_ = false;
  bool failure_told_ = false;
  bool carrying_out_ = false;
  bool carry_out_again_ = false;
  bool pump_posted_ = false;
  raft::log_index told_applied_ = 0;
  raft::role counted_role_ = raft::role::follower;
  raft::member_id handing_to_ = 0;  // leadership is on its way there
  raft::term_t counted_term_ = 0;
  raft::term_t followed_term_ = 0;  // what host_.followed has of this group
  raft::term_t told_link_ = 0;  // of our leadership; 0: that we do not lead
  raft::term_t led_term_ = 0;   // the last one that we led in
  timestamp leads_since_ = 0;   // the beginning of it

  // An entry that somebody follows, and the numbers of the writes that carry it and its commit; 0: not
  // given out yet.
  // When the journal had written it; set on its thread, read once it said so.
  using disk_time = std::shared_ptr<std::atomic<timestamp>>;
  struct followed_entry {
    entry_marked what;
    std::uint64_t entry_write = 0;
    std::uint64_t apply_write = 0;
    disk_time entry_on_disk = {}, apply_on_disk = {};
  };
  std::vector<followed_entry> followed_;  // oldest first, bounded
  std::uint64_t writes_begun_ = 0;        // given to the journal, which does them in this order
  std::uint64_t writes_done_ = 0;

  std::multimap<raft::log_index, std::function<void()>> apply_barriers_;
  std::unordered_map<std::uint64_t, std::function<void(bool)>> confirm_barriers_;
  std::vector<caf::response_promise> serving_waiters_;
  std::vector<caf::response_promise> stop_waiters_;
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::journal_done)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::records_damaged)
