#include "actors/session/farewell.hpp"

#include <algorithm>
#include <chrono>

#include "actors/ring_view_holder.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/ring/moves.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds tick_every{200};
// Longer than a switch takes to restart its ports or a host to be paused, and than what chaos runs take
// for a passing cut: who is sent away from all sides at once comes back all at once. As long as a
// client waits for an answer, so one that asks meanwhile has noticed by itself.
constexpr std::chrono::milliseconds patience{10'000};
constexpr std::chrono::milliseconds spread{5'000};

class farewell_actor final : public caf::event_based_actor {
public:
  farewell_actor(caf::actor_config& config, const host_services& host, session_registry& sessions)
      : caf::event_based_actor(config), host_(host), sessions_(sessions) {}

  const char* name() const override { return "farewell"; }

  caf::behavior make_behavior() override {
    look();
    return {[](run_later& job) { job.work(); }};
  }

private:
  void look() {
    const std::size_t gone =
        sessions_.end_some(cut_off_.tick(host_.health->cut_off(), sessions_.staying()),
                           edge::close_code::going_away, "this host is cut off from the others");
    if (gone > 0)
      log_warn("session", "cut off for {} s: {} clients are sent to another host",
               patience / std::chrono::seconds(1), gone);
    const bool rests = intent_of(*host_.ring->now(), host_.self) == wire::HOST_RESTS;
    const std::size_t sent = sessions_.end_some(rests_.tick(rests, sessions_.staying()),
                                                edge::close_code::going_away, "this host rests");
    if (sent > 0)
      log_info("session", "this host rests: {} clients are sent to another one", sent);
    delayed_send(this, tick_every, run_later{[this] { look(); }});
  }

  const host_services& host_;
  session_registry& sessions_;
  farewell cut_off_{patience / tick_every, spread / tick_every};
  farewell rests_{0, spread / tick_every, true};
};

}  // namespace

std::size_t farewell::tick(bool cause, std::size_t here) {
  ticks_ = cause ? std::min(ticks_ + 1, patience_ + spread_ + 1) : 0;
  if (ticks_ <= patience_)
    return 0;
  if (ticks_ > patience_ + spread_)
    return once_ ? 0 : here;
  const std::size_t turns_left = patience_ + spread_ + 1 - ticks_;
  return (here + turns_left - 1) / turns_left;
}

caf::actor spawn_farewell(caf::actor_system& system, const host_services& host,
                          session_registry& sessions) {
  return system.spawn<farewell_actor>(std::ref(host), std::ref(sessions));
}

}  // namespace carillon
