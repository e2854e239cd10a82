// A simulated host: what one carillond process is, from its start on what its disk holds until it
// dies. The shells around the real cores: slots and the meta group, journal, link, ring actor, hub,
// and the asking of entities wherever they are. machine.hpp is what outlives it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "actors/ask_plan.hpp"
#include "actors/locator.hpp"
#include "actors/raft_line.hpp"
#include "config/settings.hpp"
#include "runtime/cluster/link_state.hpp"
#include "runtime/ring/ring_state.hpp"
#include "storage/message_store.hpp"
#include "tools/sim/coverage.hpp"
#include "tools/sim/courier.hpp"
#include "tools/sim/hub.hpp"
#include "tools/sim/journal.hpp"
#include "tools/sim/network.hpp"
#include "tools/sim/slot.hpp"

namespace carillon::sim {

class machine;
struct world;

class host {
public:
  // Loads what the disk holds; nothing moves before start().
  host(world& in, machine& on);
  ~host();
  void start();
  // The process is killed: everyone who waits here is told after it is gone, if at all.
  void die(bool power_is_cut);
  void tick();

  // -- for clients --
  // One API call: asks the channel wherever it is until `patience` is over, as actors/ask.hpp does.
  void call(wire::channel_request request, sim_time patience, channel_answer then);
  // The same, for what goes on inside a host: nobody is told when the process dies. `then`: as a message,
  // never from within the question.
  void ask_channel(wire::channel_request request, channel_answer then);
  void ask_user(wire::user_request request, user_answer then);
  sim::hub& hub() { return hub_; }
  sim::courier& courier() { return courier_; }

  // -- from the network --
  void connected(wire_id wire, machine_number peer, bool dialed);
  void dial_failed(machine_number peer);
  void frame_arrived(wire_id wire, const std::string& frame);
  void closed(wire_id wire);

  // -- for slots and the hub --
  void later(sim_time delay, task&& what);
  random_source& chance();
  coverage& count();
  timestamp wall_now() const;
  tick_time steady_now() const;
  const settings& config() const;
  const storage::message_store& tables() const { return tables_; }
  const storage::kv& rows() const;
  bool answers_before_commit() const;
  bool shows_before_commit() const;
  bool activates_early() const;
  bool has_inboxes() const;
  void tell_membership(const entity_id& user, const wire::project_membership& what);
  raft::member_id self() const;
  std::uint32_t slots() const;
  void write(storage::journal_write what);
  void send_raft(slot_id slot, std::vector<raft::message> messages);
  using shared_events = std::shared_ptr<const wire::event_batches>;
  void send_events(raft::member_id to, slot_id slot, shared_events events);
  void pull(slot_id slot, raft::member_id from, const wire::fetch_chunk& what,
            std::function<void(result<wire::chunk>)> then);
  const locator& where() const { return locator_; }
  following& followed() { return followed_; }
  ask_knowledge knows_of(slot_id slot) const;
  void announce(raft::member_id to, slot_id slot, const wire::announce_interest& wanted,
                std::chrono::milliseconds patience,
                std::function<void(result<wire::interest_answer>)> then);
  void led_by(slot_id slot, replica::place place, bool by_us);
  void saw_leader(slot_id slot, raft::term_t term);
  void saw_members(slot_id slot, raft::log_index index, const raft::configuration& members);
  void took_step(slot_id slot, const group_step& step, const raft::configuration& before,
                 raft::log_index last);
  void say_members(const wire::slot_members& members);
  void saw_commit(slot_id slot, const replica::committed_entry& entry,
                  const std::vector<raft::member_id>& voters);
  void meta_committed(const wire::meta_change& change);
  void reload_view();  // from the tables

  // Null: this host has no replica of it.
  const replica* find_group(slot_id number) const {
    return slots_[number] ? &slots_[number]->group() : nullptr;
  }
  // -- the ring (host_ring.cpp) --
  const wire::ring_view& view() const { return view_; }
  bool leads_ring() const;
  // An operator's word, said to this host: it asks whoever leads the ring. Errors: not_owner (try again),
  // and what the ring says to it.
  using word_then = std::function<void(result<wire::ring_view>)>;
  void order(const wire::ring_command& command, word_then then);
  // The ring's leader has nothing to do: no move is planned or under way.
  bool rests() const;
  bool has_rows_of(slot_id slot) const;

  // What is not as it should be when all is well; empty: nothing.
  std::string lacks() const;
  // Reads everything on the disk, and tells the groups what cannot be read.
  void look_for_damage();
  std::string describe() const;

private:
  using peer_then = std::function<void(wire::peer_reply)>;
  struct api_call;

  void try_call(const std::shared_ptr<api_call>& open);
  using call_then = std::function<void(wire::peer_reply)>;
  void begin_call(wire::peer_request request, sim_time patience, call_then then, bool inside);
  void end_clients_calls();
  void end_call(const std::shared_ptr<api_call>& open, wire::peer_reply reply);
  void ask_slot_here(const std::shared_ptr<api_call>& open, call_then then);
  void answer_user(slot_id number, wire::user_request request, const call_then& reply,
                   const std::function<void(const error&)>& refuse);
  void take_notification(const std::string& body);
  void ask_peer(raft::member_id to, slot_id slot, const wire::peer_request& what,
                std::chrono::milliseconds patience, peer_then then);
  void flush_soon();
  void flush();
  void carry_out_link();
  void take(const cluster::arrival& arrived);
  void take_raft(slot_id slot, raft::member_id from, const std::string& body);
  void step_group(slot_id slot, raft::member_id from, std::vector<raft::message> messages);
  void send_all(std::vector<raft_line::item> items);
  void answer_peer(const cluster::arrival& asked);
  void run_ring(const cluster::heard& heard);
  void act();
  void act_soon();
  void admit();
  void propose(const wire::ring_view& next);
  void carry_out(const ring_actions& actions);
  void announce_myself();
  void take_view(const wire::ring_view& view);
  void tell_steps(const wire::ring_view& before) const;
  void obey(const wire::ring_command& command, word_then then);
  void answer_operators();
  void answer_meta(const wire::meta_request& request, const std::function<void(wire::peer_reply)>& reply,
                   const std::function<void(const error&)>& refuse);
  raft::member_id meta_leader() const;
  std::unique_ptr<slot> open_slot(slot_id number);
  void follow_view();
  void follow_view_soon();
  void ask_to_go(slot_id number);
  void let_go(slot_id number, raft::log_index committed);
  void learn_cluster();
  void tell_counted(slot_id number) const;
  void tell(raft::member_id whom, slot_id slot, const wire::nomination& what);
  void take_nomination(slot_id slot, const wire::nomination& what);

  world& world_;
  machine& machine_;
  storage::message_store tables_;
  sim::journal journal_;
  locator locator_;
  cluster::link_state link_;
  following followed_;
  raft_line line_;
  sim::courier courier_;
  std::vector<std::unique_ptr<slot>> slots_;  // the meta group last
  std::vector<std::unique_ptr<slot>> gone_;   // have gone to others; tasks may still know them
  std::set<slot_id> leaving_;                 // of those, who still erase themselves
  std::set<slot_id> asking_;                  // of slots_, who ask whether they may go
  sim::hub hub_;
  wire::ring_view view_;
  ring_state ring_;
  std::unordered_map<std::uint64_t, peer_then> questions_;  // by cookie, to other hosts
  std::map<std::uint64_t, std::shared_ptr<api_call>> calls_;  // of clients, open
  std::uint64_t last_cookie_ = 0;
  bool flush_soon_ = false;
  bool cut_off_ = false;
  std::set<raft::member_id> heard_;  // who is not lost
  std::vector<word_then> operators_;
  bool act_soon_ = false;
  bool follow_soon_ = false;
  bool follow_again_ = false;
  std::uint32_t ticks_ = 0;
  std::uint32_t ticks_to_announce_ = 0;
};

}  // namespace carillon::sim
