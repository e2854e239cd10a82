// A slot: one Raft group, the tables it commits into, the entities that live here, and the interest
// of hubs in its channels. The actor carries out what the raft core decides:
//
//   propose_command -> core.propose -> ready -> journal (with the table rows of what was committed
//   before) -> on disk -> core.advance -> committed: entity_committed to the entity, event_delivery
//   to the interested hubs, projections to other slots and the directory.
//
// One ready that must be fsynced is out at a time; what arrives meanwhile is the next batch. The
// slot serves entities only while the core may serve (leader, own-term entry committed and applied);
// otherwise it answers not_owner. After a failed write it serves reads only: every proposal is
// refused with storage_unavailable, and what was in flight is never acknowledged.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/protocols.hpp"
#include "actors/slot/interest_table.hpp"
#include "actors/slot/projection.hpp"
#include "runtime/base/random.hpp"
#include "runtime/raft/raft.hpp"
#include "storage/journal.hpp"
#include "storage/log_store.hpp"

namespace carillon {

// `log` and `start` were read from the disk; spawning does no I/O. It stands still until the first
// wait_serving, so that all slots are made before any runs.
caf::actor spawn_slot(caf::actor_system& system, const host_services& host, slot_id slot,
                      std::uint64_t store_id, const storage::slot_start& start,
                      std::unique_ptr<storage::log_store> log);

// null for entries that are not commands.
std::shared_ptr<const wire::slot_command> decode_command(const raft::entry& entry);
entity_id entity_of_command(const wire::slot_command& command);

struct journal_done {  // journal thread -> slot
  status outcome = ok;
};

class slot_actor final : public caf::event_based_actor {
public:
  slot_actor(caf::actor_config& config, const host_services& host, slot_id slot,
             std::uint64_t store_id, const storage::slot_start& start,
             std::unique_ptr<storage::log_store> log);

  caf::behavior make_behavior() override;
  const char* name() const override { return "slot"; }

private:
  struct in_flight_command {
    raft::term_t term = 0;
    entity_id entity;
    propose_command what;
  };
  // Invariant: `actor` is valid unless the entity waits to be activated; `held` is empty while it
  // is valid and neither leaving nor losing.
  struct entity_entry {
    caf::actor actor;
    bool leaving = false;                // passivate_now is on its way
    bool losing = false;                 // proposals_lost is, or will be: what it proposes is void
    raft::log_index activate_after = 0;  // tables must hold this much first
    std::vector<std::function<void(const caf::actor&)>> held;
  };

  // -- the raft group (slot_actor.cpp) --
  void start();
  void propose(entity_id from, propose_command what);
  void pump();
  void carry_out(raft::ready next);
  void on_journal_done(const status& outcome);
  void hand_out(const std::vector<raft::entry>& committed, storage::journal_write& write);
  void fail(const error& why);

  // -- entities (slot_entities.cpp) --
  caf::response_promise route(const channel_request_box& request);
  caf::response_promise route(const user_request_box& request);
  template <class Reply, class Request>
  caf::response_promise route_to(const std::string& entity_text, const boxed<Request>& request,
                                 bool writes);
  void activate(const entity_id& entity, entity_entry& entry);
  void activate_waiting();
  void on_passivate(const entity_id& entity);
  void on_entity_gone(const caf::actor_addr& who);
  void lose_proposals(const error& why);
  void refuse_proposal(const entity_id& entity, const error& why);
  void tell_late_losses();

  // -- what follows from a commit (slot_effects.cpp) --
  void deliver_events(const std::vector<in_flight_command>& committed);
  caf::response_promise on_interest(const wire::announce_interest& wanted);
  void replay_projections();
  void start_projection(raft::log_index index, const wire::slot_command& command);
  void run_membership(raft::log_index index, wire::user_request request);
  void run_catalogue(raft::log_index index, storage::channel_row row);
  void finish_projection(raft::log_index index);
  void when_applied(raft::log_index index, std::function<void()> then);
  void release_barriers();

  const host_services& host_;
  const slot_id slot_;
  secure_random random_;
  std::unique_ptr<storage::log_store> log_;
  raft::raft core_;
  std::optional<error> failed_;
  bool started_ = false;
  bool stopping_ = false;
  bool ready_out_ = false;
  bool pump_posted_ = false;

  raft::log_index handed_out_;         // highest committed index given to entities
  raft::log_index applied_;            // highest index whose rows are readable
  struct write_out {                   // a journal_write on its way
    bool persists = false;             // the core waits for it
    raft::log_index applied = 0;       // what the tables hold after it
  };
  std::deque<write_out> writes_out_;   // in the order of their answers
  std::map<raft::log_index, in_flight_command> proposals_;  // by index, not yet committed

  std::unordered_map<entity_id, entity_entry> entities_;
  std::unordered_map<caf::actor_addr, entity_id> entity_of_;
  std::vector<entity_id> waiting_activation_;
  // A proposal was refused while earlier ones of its entity were under way: these are committed and
  // told of first, or their askers would hear of a refusal and see the change all the same.
  struct late_loss {
    raft::log_index after = 0;
    entity_id entity;
    error why;
  };
  std::vector<late_loss> late_losses_;

  interest_table interest_;
  std::vector<caf::actor> hubs_;  // by interest_table::host_index

  projection_cursor projections_;
  struct barrier {
    raft::log_index index = 0;
    std::function<void()> then;
  };
  std::deque<barrier> apply_barriers_;    // rising index
  std::vector<barrier> project_barriers_;
  std::vector<caf::response_promise> serving_waiters_;
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::journal_done)
