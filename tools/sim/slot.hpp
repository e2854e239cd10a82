// A slot of a simulated host: the real replica, interest table, channels and users, carried out as
// actors/slot/ and actors/replica_actor.hpp do it, without actors. The meta group is a slot too, with
// no channels in it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "actors/replica.hpp"
#include "actors/slot/interest_table.hpp"
#include "actors/slot_follower.hpp"
#include "tools/sim/channel.hpp"
#include "tools/sim/inbox_taker.hpp"
#include "tools/sim/projector.hpp"
#include "tools/sim/timeline.hpp"
#include "tools/sim/user.hpp"

namespace carillon::sim {

class host;

class slot final : private entity_house {
public:
  // Answers of a slot to hosts: a refusal is not_owner unless it says otherwise.
  using interest_then = std::function<void(result<wire::interest_answer>)>;
  using chunk_then = std::function<void(result<wire::chunk>)>;

  slot(host& of, replica::setup how, const storage::slot_start& from,
       std::unique_ptr<storage::log_store> log);
  ~slot() override;

  void start();
  void tick(const replica::heard& heard);
  void step(std::vector<raft::message> messages);
  void nominate(raft::term_t term, raft::member_id lost);
  void transfer(raft::member_id to);
  result<raft::log_index> propose_meta(std::shared_ptr<const wire::slot_command> command);

  void request(const channel_request& request, channel_answer answer);
  void request(const user_request& request, user_answer answer);
  void interest(raft::member_id from, const wire::announce_interest& wanted, interest_then then);
  void fetch(raft::member_id from, const wire::fetch_chunk& wanted, chunk_then then);
  void forget_hub(raft::member_id host);
  void look_for_damage();
  void rest();  // idle channels are stopped

  // -- who is in the group (slot_members.cpp) --
  // As slot_actor::follow_view. `heard`: hosts that are not lost.
  void follow(const wire::ring_view& view, const std::set<raft::member_id>& heard);
  void change_members(const group_step& step);
  // As slot_actor::on_asked_members.
  using members_then = std::function<void(result<wire::slot_members>)>;
  void tell_members(members_then then);
  // While it asks whether it may leave, it does not.
  void hear(bool hears);
  // It has gone to others: everything of it is erased, then `then` is called. Whatever still comes is
  // fed to a core whose effects nobody carries out.
  void leave(raft::log_index committed, std::function<void()> then);

  slot_id number() const { return number_; }
  const replica& group() const { return replica_; }

private:
  struct waiting {
    std::function<void(resident&)> ask;
    std::function<void()> refuse;  // not_owner
  };
  struct entity {
    std::unique_ptr<resident> awake;
    bool losing = false;  // a proposal of its was refused; it ends as soon as earlier ones are told
    raft::log_index activate_after = 0;
    std::vector<waiting> held;
  };
  struct proposal {
    entity_id entity;  // none: the slot's own
    std::uint64_t cookie = 0;
  };

  // entity_house
  timestamp wall_now() override;
  const storage::message_store& tables() override;
  const storage::kv& rows() override;
  random_source& chance() override;
  void later(sim_time delay, task&& what) override;
  const settings& config() override;
  void propose(const entity_id& channel, std::shared_ptr<const wire::slot_command> command,
               std::uint64_t cookie) override;
  void when_readable(std::function<void(bool)> then) override;
  void drop(const entity_id& channel) override;
  void note_duplicate() override;
  bool answers_before_commit() const override;
  void tell_membership(const entity_id& user, const wire::project_membership& what) override;

  void carry_out();
  void carry_out_soon();
  void carry_out_once(replica::effects& what);
  void say_whom_it_follows();
  void on_written(const status& outcome);
  void on_committed(const std::vector<replica::committed_entry>& entries);
  void deliver_events(const std::vector<replica::committed_entry>& entries);
  void on_lost(const error& why);
  void on_leadership();
  void begin_inboxes();
  void hand_to(const entity_id& id, waiting what);
  void activate_waiting();
  void activate(const entity_id& id, entity& at);
  void end(const entity_id& id, const error& why);
  void end_all(const error& why);
  void report();
  void found_damage(const error& what) override;

  host& host_;
  const slot_id number_;
  replica replica_;
  bool carrying_ = false;
  bool soon_ = false;
  bool served_ = false;
  bool left_ = false;
  bool hears_ = true;
  slot_follower follower_{number_};

  std::unordered_map<entity_id, entity> entities_;
  std::vector<std::unique_ptr<resident>> gone_;  // still on the stack, perhaps
  std::uint64_t last_tag_ = 0;
  std::map<std::uint64_t, proposal> proposals_;  // by tag: in the order of the log
  std::unordered_map<std::uint64_t, std::function<void(bool)>> readers_;
  interest_table interest_;
  std::vector<raft::member_id> hubs_;  // by interest_table::host_index
  // Null: nobody reads inboxes in this run, and nothing is written into them.
  std::unique_ptr<projector> projector_;
  std::unique_ptr<inbox_taker> taker_;
};

}  // namespace carillon::sim
