// What waits for a group: until it is sure that we lead, and until entries are applied.
#include <utility>

#include "actors/replica_actor.hpp"

namespace carillon {

void replica_actor::when_confirmed(std::function<void(bool)> then) {
  confirm_barriers_.emplace(replica_.read_barrier(), std::move(then));
  carry_out_soon();
}

// Whoever waits here holds the answer it owes, and that may hold this actor: an actor that ended would keep
// itself.
void replica_actor::on_exit() {
  confirm_barriers_.clear();
  apply_barriers_.clear();
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
