#include "actors/slot_keeper.hpp"

#include <algorithm>
#include <map>

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
    for (std::uint32_t slot = 0; slot < static_cast<std::uint32_t>(view_->slots_size()) &&
                                 slot < host_.slots.size();
         ++slot) {
      const bool wanted = is_held_by(*view_, slot, host_.self);
      const caf::actor& here = host_.slots[slot];
      if (wanted && !here && !is_leaving(slot))
        open(slot);
      else if (!wanted && here)
        let_go(slot, here);
    }
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

bool is_held_by(const wire::ring_view& view, std::uint32_t slot, std::uint64_t host) {
  if (slot >= static_cast<std::uint32_t>(view.slots_size()))
    return false;
  const auto& replicas = view.slots(static_cast<int>(slot)).replicas();
  if (std::find(replicas.begin(), replicas.end(), host) != replicas.end())
    return true;
  return std::any_of(view.moves().begin(), view.moves().end(), [&](const auto& move) {
    return move.slot() == slot && move.began() != 0 && move.to() == host;
  });
}

caf::actor spawn_slot_keeper(caf::actor_system& system, host_services& host, slot_opener open) {
  return system.spawn<keeper>(std::ref(host), std::move(open));
}

}  // namespace carillon
