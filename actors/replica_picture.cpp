// What a replica says of its group when it is asked to describe itself.
#include <algorithm>

#include "actors/describing.hpp"
#include "actors/replica_actor.hpp"

namespace carillon {
namespace {

const char* role_of(const raft::raft& core) {
  switch (core.current_role()) {
    case raft::role::leader:
      return "leader";
    case raft::role::pre_candidate:
    case raft::role::candidate:
      return "candidate";
    case raft::role::follower:
      break;
  }
  return core.is_learner() ? "learner" : "follower";
}

const char* state_of(const raft::progress& of) {
  switch (of.now) {
    case raft::progress::mode::replicate:
      return "replicating";
    case raft::progress::mode::snapshot:
      return "pulling";
    case raft::progress::mode::probe:
      break;
  }
  return "probing";
}

// The first of what keeps a replica from doing all its work; "pulling tables" and "damaged log" are
// moves of the cluster's picture.
std::string trouble_of(const replica& group) {
  if (group.failure())
    return group.failure()->describe();
  if (group.core().contradicted())
    return "contradicted by another host: takes no part";
  if (group.is_catching_up())
    return "pulling tables";
  // A learner that was here before, and erased what it had, gets it back as any learner does.
  if (group.core().lost_up_to() && !group.core().is_learner())
    return "damaged log";
  if (group.disk_hangs())
    return "the disk does not answer";
  return {};
}

}  // namespace

wire::slot_picture replica_actor::describe_group(tick_time asked) {
  const raft::raft& core = replica_.core();
  const auto view = host_.ring ? host_.ring->now() : std::make_shared<const wire::ring_view>();
  auto name = [&](raft::member_id id) {
    return id == host_.self ? own_name(host_.config) : name_of_member(*view, id);
  };
  wire::slot_picture out;
  out.set_slot(slot_);
  out.set_host(own_name(host_.config));
  out.set_role(role_of(core));
  out.set_serves(replica_.serves());
  out.set_leader(name(replica_.leader().leader));
  out.set_term(replica_.leader().term);
  out.set_first_index(replica_.log().first_index());
  out.set_last_index(core.last_index());
  out.set_commit(core.commit_index());
  out.set_applied(replica_.applied());
  out.set_projected(replica_.projected());
  if (replica_.leads())
    for (const raft::progress& each : core.others()) {
      wire::replica_progress& book = *out.add_replicas();
      book.set_host(name(each.id));
      const auto& voters = core.members().voters;
      book.set_voter(std::find(voters.begin(), voters.end(), each.id) != voters.end());
      book.set_match(each.match);
      book.set_state(each.lost ? "lost" : state_of(each));
    }
  out.set_trouble(trouble_of(replica_));
  if (replica_.leads())
    out.set_leads_since(leads_since_);
  describe_mailbox(*this, asked, out);
  return out;
}

entity_picture_box replica_actor::picture_of(wire::slot_picture group) const {
  wire::entity_picture out;
  out.set_name("slot/" + std::to_string(slot_));
  out.set_host(group.host());
  out.set_slot(slot_);
  out.set_awake(true);
  out.set_since(group.leads_since());
  out.set_term(group.term());
  out.set_mailbox_length(group.mailbox_length());
  out.set_mailbox_wait(group.mailbox_wait());
  out.set_proposals(group.proposals());
  out.set_messages_per_second(group.posts_per_second());
  *out.mutable_slot_replica() = std::move(group);
  return entity_picture_box(std::move(out));
}

}  // namespace carillon
