// Who is in the group: what its leader does to make it what is wanted (group_steps.hpp).
#include <algorithm>

#include "actors/replica_actor.hpp"
#include "actors/slot_follower.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {

group_now replica_actor::members_now(const std::vector<std::uint64_t>& heard) const {
  return group_seen_by(replica_.core(), [&heard](raft::member_id id) {
    return std::find(heard.begin(), heard.end(), id) != heard.end();
  });
}

void replica_actor::change_members(const group_step& step) {
  using kind = group_step::kind;
  if (step.what == kind::nothing || !take_step(replica_, step))
    return;  // the next tick tries again
  constexpr const char* words[] = {"", "learns", "votes from now on", "is let go", ""};
  if (step.what != kind::transfer)
    log_info("ring", "slot {}: {:x} {}", slot_, step.who, words[static_cast<int>(step.what)]);
  if (step.what == kind::add_learner)
    host_.metrics->replicas_added.add();
  carry_out_soon();
}

}  // namespace carillon
