// The part of a simulated slot that makes its group what the ring view wants, as
// actors/slot/slot_members.cpp and actors/replica_members.cpp do it, and that leaves when it has gone.
#include "actors/held_slots.hpp"
#include "tools/sim/host.hpp"
#include "tools/sim/slot.hpp"

namespace carillon::sim {

void slot::follow(const wire::ring_view& view, const std::set<raft::member_id>& heard) {
  if (!served_ || left_)
    return;
  if (view.generation() != follower_.generation())
    follower_.view_is(view);
  const auto duty = follower_.next(group_seen_by(
      replica_.core(), [&heard](raft::member_id id) { return heard.count(id) > 0; }));
  change_members(duty.step);
  if (duty.report)
    report();
}

void slot::change_members(const group_step& step) {
  if (step.what == group_step::kind::nothing)
    return;
  const raft::raft& core = replica_.core();
  const raft::configuration before = core.members();
  const raft::log_index last = core.last_index();
  if (!take_step(replica_, step))
    return;
  if (step.what == group_step::kind::transfer && core.transferring_to() == 0)
    return;
  host_.took_step(number_, step, before, last);
  carry_out_soon();
}

void slot::report() {
  when_readable([this, generation = follower_.generation()](bool leads) {
    if (leads && !left_ && follower_.may_say(replica_.core(), generation))
      host_.say_members(follower_.say(replica_.core().members()));
  });
}

void slot::tell_members(members_then then) {
  when_readable([this, then = std::move(then)](bool leads) {
    if (!leads || left_)
      then(make_error(errc::not_owner));
    else if (replica_.core().is_changing())
      then(make_error(errc::overloaded));
    else {
      auto said = follower_.say(replica_.core().members());
      said.set_committed(replica_.core().commit_index());
      then(std::move(said));
    }
  });
}

void slot::hear(bool hears) {
  hears_ = hears;
  say_whom_it_follows();
}

void slot::leave(raft::log_index committed, std::function<void()> then) {
  left_ = true;
  say_whom_it_follows();
  served_ = false;
  proposals_.clear();
  end_all(make_error(errc::not_owner));
  if (projector_) {
    projector_->stop();
    taker_->refuse_all(make_error(errc::not_owner));
  }
  for (auto& [number, waiter] : std::exchange(readers_, {}))
    waiter(false);
  auto write = erasure_of(number_, std::min(replica_.vouched(), committed));
  write.done = [then = std::move(then)](const status&) { then(); };
  host_.write(std::move(write));
}

}  // namespace carillon::sim
