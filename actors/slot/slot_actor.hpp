// A slot: one Raft group (actors/replica_actor.hpp), the entities that live where it is led, and the
// interest of hubs in its channels, and of hosts in who of its users is there.
//
//   propose_command -> group -> journal and other replicas -> committed: entity_committed to the
//   entity, event_delivery to the interested hubs, projections to other slots and the directory.
//
// Entities are served only while the group serves here (leader, own-term entry applied); otherwise
// requests are answered with not_owner. When leadership is lost, everything that only a leader has
// goes: entities stop and refuse what they have open, hubs are forgotten (they announce themselves
// to the next leader), projections stop; the next leader takes them up from its own cursor.
//
// In a group of several a leader may be cut off and not know it. What answers from memory or tables
// waits until a majority has confirmed the leadership; all that waits shares one round. What changes
// something is confirmed by its commit.
//
// A group of one whose disk failed goes on with reads: every proposal is refused with
// storage_unavailable, and what was in flight is never acknowledged.
#pragma once

#include <deque>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include <caf/all.hpp>

#include "actors/ask_watch.hpp"
#include "actors/describing.hpp"
#include "actors/rate_meter.hpp"
#include "actors/replica_actor.hpp"
#include "actors/slot/inbox_lanes.hpp"
#include "actors/slot/inbox_reaches.hpp"
#include "actors/slot/interest_table.hpp"
#include "actors/slot/presence_board.hpp"
#include "actors/slot/projection.hpp"
#include "actors/slot/push_book.hpp"
#include "actors/slot/push_outbox.hpp"
#include "actors/slot_follower.hpp"
#include "storage/push_store.hpp"

namespace carillon {

// `log` and `start` were read from the disk; spawning does no I/O. It stands still until the first
// wait_serving, so that all slots are made before any runs. `founders`: the group's first members.
caf::actor spawn_slot(caf::actor_system& system, const host_services& host, slot_id slot,
                      raft::configuration founders, const storage::slot_start& start,
                      std::unique_ptr<storage::log_store> log);
// A group of one: the host `store_id`, whatever host.self says.
caf::actor spawn_slot(caf::actor_system& system, const host_services& host, slot_id slot,
                      std::uint64_t store_id, const storage::slot_start& start,
                      std::unique_ptr<storage::log_store> log);

entity_id entity_of_command(const wire::slot_command& command);

class slot_actor final : public replica_actor {
public:
  slot_actor(caf::actor_config& config, const host_services& host, replica::setup setup,
             const storage::slot_start& start, std::unique_ptr<storage::log_store> log);

  caf::behavior make_behavior() override;
  const char* name() const override { return "slot"; }

  using replica_actor::setup_of;

  ask_watch asks;

private:
  struct open_proposal {
    std::uint64_t tag = 0;
    entity_id entity;
    std::uint64_t cookie = 0;
    std::uint64_t from_connection = 0;
    raft::member_id from_host = 0;
    trace_id traced;  // empty: nobody follows it
    tick_time proposed{};  // {}: not measured
  };
  struct committed_command {
    std::shared_ptr<const wire::slot_command> command;
    open_proposal of;
  };
  // Called with the entity's actor, or with null: refuse with not_owner.
  using held_request = std::function<void(const caf::actor&)>;
  // Invariant: `actor` is valid unless the entity waits to be activated; `held` is empty while it
  // is valid and neither leaving nor losing.
  struct entity_entry {
    caf::actor actor;
    bool leaving = false;                // passivate_now is on its way
    bool losing = false;                 // proposals_lost is, or will be: what it proposes is void
    raft::log_index activate_after = 0;  // tables must hold this much first
    std::vector<held_request> held;
    rate_meter requests;                 // handed to it
    rate_meter posts;                    // events committed
    tick_time kept_until{};              // an operator's wish: does not rest before
  };
  // Where an interested hub is; neither: the place is free.
  struct hub_place {
    caf::actor here;
    raft::member_id there = 0;
    bool operator==(const hub_place&) const = default;
  };
  using interest_answer = std::function<void(result<interest_confirmed>)>;

  // -- the group (slot_actor.cpp) --
  void propose(propose_command what);
  void follow(const trace_id& trace, raft::log_index index, const wire::slot_command& command);
  void on_committed(std::vector<replica::committed_entry> entries) override;
  void on_lost(const error& why) override;
  void on_leadership() override;
  void on_applied() override;
  void on_failed(const error& why) override;
  void on_tick(const liveness& heard) override;
  caf::response_promise on_peer_asks(const peer_asks& asked) override;
  bool may_read() const;  // serves, or is the only one there is
  void stop_serving();

  // -- entities (slot_entities.cpp) --
  caf::response_promise route(const channel_request_box& request);
  caf::response_promise route(const user_request_box& request);
  template <class Reply, class Request>
  caf::response_promise route_to(const std::string& entity_text, const boxed<Request>& request,
                                 bool writes, bool confirm);
  template <class Reply, class Request>
  void hand_to(const entity_id& entity, const boxed<Request>& request,
               caf::response_promise promise);
  void activate(const entity_id& entity, entity_entry& entry);
  void activate_when_applied(const entity_id& entity, entity_entry& entry);
  void activate_waiting();
  void on_passivate(const entity_id& entity);
  void on_entity_gone(const caf::actor_addr& who);
  void stop_entities();
  void lose_proposals(const error& why);
  void refuse_proposal(const entity_id& entity, const error& why);
  void tell_late_losses();

  // -- looking inside (slot_pictures.cpp) --
  wire::slot_picture describe_myself(tick_time asked);
  wire::entity_picture describe_outside(const entity_id& entity) const;
  caf::response_promise on_describe(const describe& asked);
  void describe_entity(const describe& asked, caf::response_promise promise);
  caf::response_promise on_operate(const operate_entity& wish);
  caf::response_promise on_busiest(const describe_busiest& asked);

  // -- events and hubs (slot_events.cpp) --
  void deliver_events(const std::vector<committed_command>& committed, tick_time now);
  caf::response_promise on_interest(const wire::announce_interest& wanted);
  caf::response_promise on_peer_interest(const peer_asks& asked);
  void take_interest(const hub_place& hub, const wire::announce_interest& wanted,
                     interest_answer answer);
  interest_table::host_index place_of(const hub_place& hub);
  void forget_hub_at(raft::member_id host);

  // -- presence (slot_presence.cpp) --
  void begin_presence();
  void on_presence_changed(const presence_changed& what);
  void tell_presence_soon();
  void tell_presence();
  interest_confirmed take_watches(raft::member_id host, const wire::announce_interest& wanted);

  // -- who is in the group (slot_members.cpp) --
  void follow_view();
  void tell_load();
  void report_members();
  caf::response_promise on_asked_members();

  // -- projections (slot_projections.cpp) --
  void begin_projections();
  void take_up_projections();
  void hold_projections(raft::log_index index);
  bool hand_over_for_log();
  void seek_log();
  void start_projection(raft::log_index index, const wire::slot_command& command);
  bool is_early(raft::log_index index, const wire::user_request& request) const;
  slot_id slot_of_user(const wire::user_request& request) const;
  void run_memberships_in_time();
  void begin_membership(raft::log_index index, wire::user_request request);
  void finish_membership(raft::log_index index, const wire::user_request& request);
  void run_membership(raft::log_index index, wire::user_request request);
  void run_catalogue(raft::log_index index, storage::channel_row row);
  void finish_projection(raft::log_index index);
  bool still_projecting(std::uint64_t reign) const;
  void answer_project_barriers();
  caf::response_promise on_projection_barrier(raft::log_index index);
  void tell_projected();

  // -- users' inboxes (slot_inbox.cpp) --
  void follow_versions();
  void begin_inboxes();
  void take_inbox_step(raft::log_index index, const wire::slot_command& command);
  void work_on_inboxes();
  void read_audience(const inbox_lanes::question& asked);
  void count_inboxes();
  void on_inbox_receipts(const inbox_receipts& what);
  void finish_inbox(const std::vector<raft::log_index>& over);
  caf::response_promise on_inbox_delivery(const wire::inbox_delivery& delivery);
  void tell_inboxes(const wire::inbox_change& change);
  void answer_inbox_deliveries();
  void refuse_inbox_deliveries(const error& why);

  // -- pushes to devices that are not in use (slot_push.cpp) --
  void begin_pushes();
  void end_pushes();
  void load_pushes();
  void take_pushes(storage::slot_pushes found);
  bool push_wishes_unknown() const { return outbox_ && !pushes_ready_; }
  push_outbox::planned plan_pushes(wire::inbox_change& change) const;
  void accept_pushes(const push_outbox::planned& plan, raft::log_index index);
  void follow_pushes(const wire::user_change& change, raft::log_index index);
  void pushes_committed(const std::shared_ptr<const wire::slot_command>& command, raft::log_index index);
  void work_on_pushes();
  void pushes_unseen(const entity_id& user, timestamp seen_until);
  void tell_push(const push_key& key, tick_time now);
  void push_ended(const push_key& key, std::uint64_t errand, push_outbox::told told, timestamp newest,
                  const push_told& what);
  void forget_target(std::uint64_t user, const push_told::device& dead);
  void write_pushes_soon();
  void write_pushes();
  void count_pushes();

  slot_follower follower_{slot_};
  std::uint32_t ticks_to_load_ = 0;
  std::uint32_t told_load_ = 0;

  bool serving_ = false;
  std::uint64_t reign_ = 0;  // counts the times that projections were taken up

  std::deque<open_proposal> proposals_;  // by tag, which rises: committed in this order, or all lost
  std::uint64_t last_tag_ = 0;
  std::uint64_t committed_tag_ = 0;

  std::unordered_map<entity_id, entity_entry> entities_;
  rate_meter posts_;
  std::unordered_map<caf::actor_addr, entity_id> entity_of_;
  std::vector<entity_id> waiting_activation_;
  // A proposal was refused while earlier ones of its entity were under way: these are committed and
  // told of first, or their askers would hear of a refusal and see the change all the same.
  struct late_loss {
    std::uint64_t after = 0;  // the tag of the last of them
    entity_id entity;
    error why;
  };
  std::vector<late_loss> late_losses_;

  interest_table interest_;
  std::vector<hub_place> hubs_;  // by interest_table::host_index

  presence_board board_;
  std::uint64_t presence_reign_ = 0;
  bool telling_presence_ = false;  // soon

  projection_cursor projections_{0};
  projection_cursor inboxes_done_{0};
  bool inboxes_on_ = false;     // every host of the ring understands them
  raft::log_index inboxes_behind_ = 0;  // from here on it is read from the log again: memory was full; 0: not
  std::size_t memberships_under_way_ = 0;
  bool inbox_timer_ = false;
  bool inboxes_complained_ = false;
  std::unique_ptr<inbox_lanes> inboxes_;   // null: not serving
  std::int64_t inboxes_waiting_ = 0;       // as the metrics have it
  inbox_reaches reaches_;
  struct open_delivery {
    std::uint64_t tag = 0;  // of the proposal that it waits for
    caf::response_promise promise;
  };
  std::deque<open_delivery> open_deliveries_;
  push_book push_book_;
  std::unique_ptr<push_outbox> outbox_;    // null: not serving, or nobody is pushed anything
  bool pushes_ready_ = false;              // both are as the tables have them
  std::uint64_t push_reign_ = 0;
  std::vector<std::shared_ptr<const wire::user_change>> said_while_loading_;
  std::optional<tick_time> push_timer_;    // one runs until then
  bool writes_pushes_ = false;             // soon
  bool writes_pushes_late_ = false;        // what can wait
  secure_random push_chance_;
  std::int64_t pushes_waiting_ = 0, pushes_shown_ = 0;  // as the host's metrics have them
  struct early_membership {
    raft::log_index index = 0;
    wire::user_request request;
  };
  std::vector<early_membership> early_memberships_;
  bool projections_held_ = false;             // entries are lacking: nobody waits for the cursor
  // The log here begins too late, and a voter is sought that leads instead; for so many more ticks.
  bool seeking_log_ = false;
  std::uint32_t seek_ticks_left_ = 0;
  std::set<raft::member_id> asked_for_log_;   // these began to take over
  struct barrier {
    raft::log_index index = 0;
    caf::response_promise promise;
  };
  std::vector<barrier> project_barriers_;
};

}  // namespace carillon
