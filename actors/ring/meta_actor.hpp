// This host's replica of the meta group (slot number cluster.slots): its log carries the ring view
// and the directory's commands to every host. Where it leads, it is also the ring actor: it commits
// what members announce, nominates leaders when a host is lost, hands leadership back.
//
// It takes, besides what every replica takes (actors/replica_actor.hpp), from actors/protocols.hpp:
//   commit_directory       -> directory_outcome: committed at an index, through whichever host leads
//   meta_request_box       -> peer_reply_box: the same for another host, and its announcements
//   directory_applied         the directory of this host holds everything up to an index
//   wait_view              -> unit, once a view with places is known (from disk or committed)
// and, from below, slots_filled. It stands still until wait_serving or wait_view.
//
// Committed directory commands go to meta_setup::directory_sink in their order, out of the group's log:
// those after directory_applied at start, then as they are committed. Only so many are in the sink's
// hands at a time; the others wait in the log, on the disk. A host whose directory is further behind
// than that refuses changes that it is asked for with overloaded, before they are committed.
//
// Every host's log keeps what its own directory's file does not hold yet, leader or not: each can go on
// from its file by itself. When the log does not begin early enough (this host was away for long, its
// disk is new), a copy of another host's directory is pulled first, the leader's if it has one, and the
// commands after it wait.
//
// A host that stood still or was cut off may have missed commands (a token that was revoked): it counts
// as cut off until its directory holds what the leader says was committed by then.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>

#include <caf/all.hpp>

#include "actors/coordination.hpp"
#include "actors/host_services.hpp"
#include "actors/protocols.hpp"
#include "actors/replica_actor.hpp"
#include "actors/ring_view_holder.hpp"
#include "runtime/ring/ring_state.hpp"
#include "storage/directory_copy.hpp"
#include "storage/log_store.hpp"

namespace carillon {

// What of the directory's commands is in memory, and how far this host's directory may be behind.
struct directory_bounds {
  std::size_t in_hand = 1'024;           // commands given to the sink and not applied yet
  std::size_t in_hand_bytes = 8u << 20;  // of them; one more is given below that
  raft::log_index behind = 16'384;       // committed entries beyond those: changes are refused
};

struct meta_setup {
  wire::ring_member myself;               // announced until the view has it
  raft::configuration founders;           // the group's first voters
  std::uint32_t members_expected = 1;     // hosts in the configuration
  ring_view_holder* view = nullptr;       // both written here only; outlive the actor
  cluster_health* health = nullptr;
  raft::log_index directory_applied = 0;  // what the directory holds at start
  // Called on the actor's thread, in order: must be quick (it posts to the directory). May be empty.
  std::function<void(std::vector<directory_commit>)> directory_sink;
  directory_bounds bounds = {};
  // Called on the actor's thread whenever this host was away and is about to count as there again; quick.
  // For what is told to hosts by no log. May be empty.
  std::function<void()> before_return = {};
  caf::actor zookeeper = {};              // with cluster.coordination = "zookeeper"; else null
};

// node -> meta: from now on host.slots may be looked at, and the keeper (actors/slot_keeper.hpp; may be
// null) is told of every view.
struct slots_filled {
  caf::actor keeper;
};

// meta -> its copying thread; answered with unit.
struct copy_job {
  std::function<void(storage::directory_copy&)> work;
};

// `log` and `start` were read from the disk; spawning does no I/O but for the view.
caf::actor spawn_meta(caf::actor_system& system, const host_services& host, meta_setup setup,
                      const storage::slot_start& start, std::unique_ptr<storage::log_store> log);

class meta_actor final : public replica_actor {
public:
  meta_actor(caf::actor_config& config, const host_services& host, meta_setup setup,
             const storage::slot_start& start, std::unique_ptr<storage::log_store> log);

  caf::behavior make_behavior() override;
  const char* name() const override { return "meta"; }

private:
  // Hears once: the index, not_owner (not proposed, or lost before it was committed), or the disk's
  // failure.
  using committed_then = std::function<void(result<raft::log_index>)>;

  // -- commits (meta_actor.cpp) --
  void on_committed(std::vector<replica::committed_entry> entries) override;
  void on_lost(const error& why) override;
  void on_leadership() override;
  void on_applied() override;
  void on_tables_replaced() override;
  void on_started() override;
  entity_picture_box describe_myself(const describe& asked);
  void when_committed_known(committed_then then);
  void propose(wire::meta_change change, committed_then then);
  void commit(std::shared_ptr<const std::string> command, tick_time give_up,
              caf::response_promise promise);
  caf::response_promise on_request(const wire::meta_request& request);
  void take_view(std::shared_ptr<const wire::ring_view> view);
  void load_view();  // from the tables
  void take_delta(const wire::ring_delta& delta);
  void tell_of_moves(const wire::ring_view& before) const;
  raft::member_id leader() const;  // of the group, as the group or the beats of its host say; 0: unknown

  // -- the ring actor (ring_duties.cpp) --
  void on_tick(const liveness& heard) override;
  void watch(const liveness& heard);
  std::size_t voters_heard() const;  // this host among them
  void succeed(const liveness& heard);
  void announce();
  void act();
  std::unique_ptr<coordination> make_coordination();
  void put_view(const wire::ring_view& next, bool follows, coordination::told then);
  void admit();
  void obey(const wire::ring_order& order, caf::response_promise promise);
  void answer_operators();
  void tell(ring_host whom, slot_id slot, const nominated& what);

  // -- having been away (away_duties.cpp) --
  void watch_itself(tick_time now);
  void ask_what_was_missed();
  void missed_up_to(std::uint64_t times_away, result<raft::log_index> index);
  void come_back();

  static replica::setup group_of(const host_services& host, const raft::configuration& founders);

  // -- the directory's commands (directory_duties.cpp) --
  caf::response_promise on_peer_asks(const peer_asks& asked) override;  // pieces of a copy
  void feed_directory();
  void give(std::vector<directory_commit> commits);
  bool hands_are_full() const;
  bool directory_has(raft::log_index index) const;
  std::optional<error> directory_behind() const;
  void on_directory_applied(raft::log_index index);
  void move_cursor();
  void pull_directory(raft::log_index index);
  void pull_piece(std::string after_key);
  raft::member_id next_giver();
  void pull_again();
  void take_piece(std::shared_ptr<const wire::chunk> piece);
  const caf::actor& copyist();

  meta_setup setup_;
  ring_state ring_;
  std::unique_ptr<coordination> coordination_;
  class zookeeper_coordination* zookeeper_ = nullptr;  // if it is that
  // As committed; never null.
  std::shared_ptr<const wire::ring_view> view_ = std::make_shared<const wire::ring_view>();
  std::map<std::uint64_t, committed_then> open_;  // by tag
  std::uint64_t last_tag_ = 0;
  std::vector<caf::response_promise> view_waiters_;
  std::vector<caf::response_promise> operators_;  // whose words are not committed yet

  bool slots_filled_ = false;
  caf::actor keeper_;
  std::map<slot_id, std::uint32_t> loads_;  // of slots that this host leads
  std::set<raft::member_id> heard_;  // peers that are not lost
  raft::member_id leader_before_ = 0;  // of the group, while it has none
  std::uint32_t ticks_to_announce_ = 0;

  // directory_at_ <= given_ <= read_to_, but for what a copy brings.
  struct in_hand {
    raft::log_index index = 0;
    std::size_t bytes = 0;
  };
  raft::log_index read_to_ = 0;             // the log was looked through up to here
  raft::log_index given_ = 0;               // the last commit given to the sink
  std::deque<in_hand> to_apply_;            // given to the sink and not yet applied
  std::size_t to_apply_bytes_ = 0;
  raft::log_index directory_at_ = 0;        // what the directory's file says it has
  std::optional<raft::log_index> pulling_;  // a copy as of this index at least is being pulled
  bool puller_runs_ = false;                // it asks, takes, or waits to ask again
  raft::member_id giver_ = 0;               // who is asked
  std::size_t pulls_ = 0;                   // begun, for this one
  caf::actor copyist_;                      // works where copying may block; null until needed
  bool giving_first_ = false;               // a first piece, and so perhaps a whole copy, is made

  bool hears_majority_ = true;
  bool away_ = false;              // commands may have been missed; not caught up since
  std::uint64_t times_away_ = 0;   // what was asked before the latest time does not count
  bool asking_missed_ = false;
  std::optional<raft::log_index> missed_to_;  // the leader's answer
  std::optional<tick_time> last_tick_;
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::slots_filled)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::copy_job)
