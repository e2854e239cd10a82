// Who is in the group: what its leader does to make it what is wanted (group_steps.hpp).
#include <algorithm>

#include "actors/replica_actor.hpp"
#include "runtime/base/logging.hpp"

namespace carillon {
namespace {

// So few entries behind the end, a learner has caught up.
constexpr raft::log_index near_end = 256;

}  // namespace

group_now replica_actor::members_now(const std::vector<std::uint64_t>& heard) const {
  const raft::raft& core = replica_.core();
  return {.members = core.members(),
          .changing = core.is_changing() || core.transferring_to() != 0,
          .self = host_.self,
          .is_alive = [&heard](raft::member_id id) {
            return std::find(heard.begin(), heard.end(), id) != heard.end();
          },
          .caught_up =
              [&core](raft::member_id id) {
                return std::any_of(core.others().begin(), core.others().end(), [&](const auto& to) {
                  return to.id == id && !to.lost && to.now == raft::progress::mode::replicate &&
                         to.match + near_end >= core.last_index();
                });
              }};
}

void replica_actor::change_members(const group_step& step) {
  using kind = group_step::kind;
  result<raft::log_index> done = errc::not_owner;
  switch (step.what) {
  case kind::nothing:
    return;
  case kind::add_learner:
    done = replica_.add_learner(step.who);
    break;
  case kind::promote:
    done = replica_.promote(step.who);
    break;
  case kind::remove:
    done = replica_.remove(step.who);
    break;
  case kind::transfer:
    replica_.transfer(step.who);
    return carry_out_soon();
  }
  if (!done)
    return;  // the next tick tries again
  constexpr const char* words[] = {"", "learns", "votes from now on", "is let go", ""};
  log_info("ring", "slot {}: {:x} {}", slot_, step.who, words[static_cast<int>(step.what)]);
  if (step.what == kind::add_learner)
    host_.metrics->replicas_added.add();
  carry_out_soon();
}

}  // namespace carillon
