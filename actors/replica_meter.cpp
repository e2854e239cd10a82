// What a replica says of itself to whoever reads /metrics. Stores of a few numbers after each turn of
// work; what has to look at every follower, once a tick.
#include <algorithm>

#include "actors/replica_actor.hpp"

namespace carillon {
namespace {

std::int64_t distance(raft::log_index from, raft::log_index to) {
  return from < to ? static_cast<std::int64_t>(to - from) : 0;
}

}  // namespace

void replica_actor::count_changes() {
  const raft::role role = replica_.core().current_role();
  const raft::term_t term = replica_.core().term();
  if (role == counted_role_ && term == counted_term_)
    return;
  host_metrics& counted = *host_.metrics;
  if (role == raft::role::leader && counted_role_ != raft::role::leader)
    counted.leaderships.add();
  if (role != raft::role::leader && counted_role_ == raft::role::leader)
    counted.steps_down.add();
  // A vote for itself, in a term of its own making. One that is won between two looks counts too.
  if (term > counted_term_ && (role == raft::role::candidate || role == raft::role::leader))
    counted.elections.add();
  counted_role_ = role;
  counted_term_ = term;
}

void replica_actor::count_hand_over() {
  if (const raft::member_id to = replica_.core().transferring_to(); to != 0)
    handing_to_ = to;
  else if (handing_to_ == 0)
    return;
  const raft::member_id leader = replica_.leader().leader;
  if (leader == host_.self && replica_.core().transferring_to() == 0)
    handing_to_ = 0;  // given up: it was not taken in time
  if (leader == host_.self || leader == 0)
    return;
  host_.metrics->handed_over.add(leader == handing_to_);
  handing_to_ = 0;
}

void replica_actor::measure_group() {
  count_changes();
  count_hand_over();
  if (slot_ >= host_.metrics->groups.size())
    return;
  group_meter& into = host_.metrics->groups[slot_];
  const raft::raft& core = replica_.core();
  const bool leads = replica_.leads();
  into.held.set(1);
  into.leads.set(leads);
  into.term.set(static_cast<std::int64_t>(core.term()));
  const raft::log_index commit = core.commit_index();
  into.uncommitted.set(distance(commit, core.last_index()));
  into.uncommitted_bytes.set(leads ? static_cast<std::int64_t>(core.uncommitted_bytes()) : 0);
  into.unapplied.set(distance(replica_.applied(), commit));
  into.unprojected.set(leads ? distance(replica_.projected(), commit) : 0);
  into.pulling.set(replica_.is_catching_up());
  if (!leads)
    into.behind.set(0);
}

void replica_actor::measure_lag() {
  if (slot_ >= host_.metrics->groups.size() || !replica_.leads())
    return;
  std::int64_t behind = 0;
  for (const raft::progress& each : replica_.core().others())
    behind = std::max(behind, distance(each.match, replica_.core().last_index()));
  host_.metrics->groups[slot_].behind.set(behind);
}

}  // namespace carillon
