// What waits for a group: until it is sure that we lead, and until entries are applied.
#include <utility>

#include "actors/admission.hpp"
#include "actors/replica_actor.hpp"

namespace carillon {

void replica_actor::when_confirmed(std::function<void(bool)> then) {
  if (!held_reads_.empty())
    return held_reads_.push_back(std::move(then));
  const tick_time now = steady_now();
  if (const auto at = read_gather_.ask(now, !replica_.alone() && host_.door && host_.door->has_waiting())) {
    held_reads_.push_back(std::move(then));
    delayed_send(this, std::chrono::ceil<std::chrono::milliseconds>(*at - now), run_later{[this] {
                   read_gather_.ask(steady_now(), false);
                   for (auto& each : std::exchange(held_reads_, {}))
                     confirm_barriers_.emplace(replica_.read_barrier(), std::move(each));
                   carry_out();
                 }});
    return;
  }
  confirm_barriers_.emplace(replica_.read_barrier(), std::move(then));
  carry_out_soon();
}

// Whoever waits here holds the answer it owes, and that may hold this actor: an actor that ended would keep
// itself.
void replica_actor::on_exit() {
  confirm_barriers_.clear();
  apply_barriers_.clear();
  held_reads_.clear();
  serving_waiters_.clear();
  stop_waiters_.clear();
}

void replica_actor::when_applied(raft::log_index index, std::function<void()> then) {
  if (replica_.failure() || replica_.applied() >= index)
    then();
  else
    apply_barriers_.emplace(index, std::move(then));
}

void replica_actor::release_barriers() {
  while (!apply_barriers_.empty() && (replica_.failure() ||
                                      apply_barriers_.begin()->first <= replica_.applied())) {
    auto next = apply_barriers_.extract(apply_barriers_.begin());
    next.mapped()();
  }
}

}  // namespace carillon
