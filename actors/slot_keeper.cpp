#include "actors/slot_keeper.hpp"

#include <map>
#include <set>
#include <utility>

#include "actors/ask.hpp"
#include "actors/held_slots.hpp"
#include "actors/stop_on_exception.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

class keeper final : public caf::event_based_actor {
public:
  keeper(caf::actor_config& config, host_services& host, slot_opener open)
      : caf::event_based_actor(config), host_(host), open_(std::move(open)) {}

  const char* name() const override { return "keeper"; }

  caf::behavior make_behavior() override {
    stop_host_on_exception(*this);
    set_down_handler([this](const caf::down_msg& down) { ended(down.source); });
    return {
        [this](const keep_slots& what) {
          view_ = what.view;
          follow();
        },
        [this](run_later& job) { job.work(); },
    };
  }

private:
  void follow() {
    const auto changes = slot_changes_for(
        *view_, host_.self, static_cast<std::uint32_t>(host_.slots.size()),
        [this](slot_id slot) { return host_.slots[slot] && asking_.count(slot) == 0; },
        [this](slot_id slot) { return is_leaving(slot); });
    for (slot_id slot : changes.come)
      open(slot);
    for (slot_id slot : changes.go)
      ask_to_go(slot);
    // Who is asked may never answer: once more, while any slot is to go or asks whether it may.
    const bool unsettled = !changes.go.empty() || !asking_.empty();
    if (unsettled && !std::exchange(follow_again_, true))
      delayed_send(this, leaving_retry, run_later{[this] {
                     follow_again_ = false;
                     follow();
                   }});
  }

  bool is_leaving(std::uint32_t slot) const {
    return asking_.count(slot) > 0 || std::any_of(leaving_.begin(), leaving_.end(),
                       [&](const auto& each) { return each.second == slot; });
  }

  void open(std::uint32_t slot) {
    caf::actor replica =
        open_(static_cast<slot_id>(slot), view_->slots(static_cast<int>(slot)));
    if (!replica)
      return;
    log_info("ring", "slot {} comes to this host", slot);
    host_.slots.set(slot, replica);
    caf::anon_send(replica, wait_serving{});
  }

  // The group's leader says whether it goes on without this host. Beats tell who that is.
  void ask_to_go(slot_id slot) {
    const raft::member_id leader = host_.where && host_.link ? host_.where->of(slot).leader : 0;
    if (leader == 0 || leader == host_.self)
      return;  // follow() comes again
    asking_.insert(slot);
    // Before the question is on its way: the link hands the replica nothing between the two.
    caf::anon_send(host_.slots[slot], hear_group{false});
    auto what = std::make_shared<wire::peer_request>();
    what->mutable_members();
    request(host_.link, caf::infinite, ask_peer{leader, slot, std::move(what), leaving_patience})
        .then([this, slot, leader](const peer_reply_box& said) { answered(slot, leader, *said); },
              [this, slot, leader](const caf::error&) { answered(slot, leader, {}); });
  }

  void answered(slot_id slot, raft::member_id leader, const wire::peer_reply& said) {
    asking_.erase(slot);
    const caf::actor& replica = host_.slots[slot];
    if (said.has_members() && has_let_go(said.members(), host_.self) &&
        !is_held_by(*view_, slot, host_.self))
      return let_go(slot, replica, said.members().committed());
    caf::anon_send(replica, hear_group{true});
    if (auto refused = reply_error(said); refused && refused->code == errc::not_owner)
      host_.where->try_next(slot, said.leader(), leader);
  }

  void let_go(std::uint32_t slot, const caf::actor& replica, raft::log_index committed) {
    log_info("ring", "slot {} has gone to others", slot);
    monitor(replica);
    leaving_.emplace(replica.address(), slot);
    caf::anon_send(replica, leave_slot{committed});
    host_.slots.set(slot, nullptr);
  }

  // It may have been wanted back meanwhile.
  void ended(const caf::actor_addr& who) {
    leaving_.erase(who);
    if (view_)
      follow();
  }

  host_services& host_;
  const slot_opener open_;
  std::shared_ptr<const wire::ring_view> view_;
  std::map<caf::actor_addr, std::uint32_t> leaving_;
  std::set<slot_id> asking_;  // whether they may go
  bool follow_again_ = false;
};

}  // namespace

caf::actor spawn_slot_keeper(caf::actor_system& system, host_services& host, slot_opener open) {
  return system.spawn<keeper>(std::ref(host), std::move(open));
}

}  // namespace carillon
