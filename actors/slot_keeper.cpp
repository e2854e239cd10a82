#include "actors/slot_keeper.hpp"

#include <map>

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
    };
  }

private:
  void follow() {
    const auto changes = slot_changes_for(
        *view_, host_.self, static_cast<std::uint32_t>(host_.slots.size()),
        [this](slot_id slot) { return static_cast<bool>(host_.slots[slot]); },
        [this](slot_id slot) { return is_leaving(slot); });
    for (slot_id slot : changes.come)
      open(slot);
    for (slot_id slot : changes.go)
      let_go(slot, host_.slots[slot]);
  }

  bool is_leaving(std::uint32_t slot) const {
    return std::any_of(leaving_.begin(), leaving_.end(),
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

  void let_go(std::uint32_t slot, const caf::actor& replica) {
    log_info("ring", "slot {} has gone to others", slot);
    monitor(replica);
    leaving_.emplace(replica.address(), slot);
    caf::anon_send(replica, leave_slot{});
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
};

}  // namespace

caf::actor spawn_slot_keeper(caf::actor_system& system, host_services& host, slot_opener open) {
  return system.spawn<keeper>(std::ref(host), std::move(open));
}

}  // namespace carillon
