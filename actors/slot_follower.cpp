#include "actors/slot_follower.hpp"

#include <algorithm>

namespace carillon {
namespace {

// So few entries behind the end, a learner has caught up.
constexpr raft::log_index near_end = 256;
constexpr std::uint32_t report_every_ticks = 3;

}  // namespace

group_now group_seen_by(const raft::raft& core, std::function<bool(raft::member_id)> is_alive) {
  return {.members = core.members(),
          .changing = core.is_changing() || core.transferring_to() != 0,
          .self = core.self(),
          .is_alive = std::move(is_alive),
          .caught_up = [&core](raft::member_id id) {
            return std::any_of(core.others().begin(), core.others().end(), [&](const auto& to) {
              return to.id == id && !to.lost && !to.pulling &&
                     !to.gets_back_lost(core.commit_index()) &&
                     to.now == raft::progress::mode::replicate &&
                     to.match + near_end >= core.last_index();
            });
          },
          .may_lead = [&core](raft::member_id id) {
            return std::any_of(core.others().begin(), core.others().end(),
                               [&](const auto& to) { return to.id == id && to.log_lost == 0; });
          }};
}

status take_step(replica& group, const group_step& step) {
  auto outcome = [](const result<raft::log_index>& index) {
    return index ? status(ok) : status(index.error());
  };
  switch (step.what) {
  case group_step::kind::nothing:
    break;
  case group_step::kind::add_learner:
    return outcome(group.add_learner(step.who));
  case group_step::kind::promote:
    return outcome(group.promote(step.who));
  case group_step::kind::remove:
    return outcome(group.remove(step.who));
  case group_step::kind::transfer:
    group.transfer(step.who);
    break;
  }
  return ok;
}

void slot_follower::view_is(const wire::ring_view& view) {
  generation_ = view.generation();
  wish_ = wish_of(view, slot_);
  moving_ = std::any_of(view.moves().begin(), view.moves().end(), [&](const auto& move) {
    return move.slot() == slot_ && move.began() != 0;
  });
  ticks_to_report_ = 0;
}

slot_follower::duty slot_follower::next(const group_now& now) {
  if (!is_as_wished(now, wish_))
    return {.step = next_step(now, wish_), .report = false};
  if (!moving_)
    return {};
  if (ticks_to_report_ > 0) {
    --ticks_to_report_;
    return {};
  }
  ticks_to_report_ = report_every_ticks;
  return {.step = {}, .report = true};
}

wire::slot_members slot_follower::say(const raft::configuration& members) const {
  wire::slot_members said;
  said.set_slot(slot_);
  said.set_generation(generation_);
  for (raft::member_id id : members.voters)
    said.mutable_members()->add_voters(id);
  for (raft::member_id id : members.learners)
    said.mutable_members()->add_learners(id);
  return said;
}

}  // namespace carillon
