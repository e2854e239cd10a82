// What a slot's leader does about the members of its group, tick by tick: it takes the steps that lead to
// what the ring view wants (group_steps.hpp), and when a move is done it says so to the ring, again and
// again until the view has it: the answer may be lost, the ring actor may be another one by now.
// Pure; the actor of the slot and the simulator carry it out. One owner at a time.
#pragma once

#include <functional>

#include "actors/group_steps.hpp"
#include "actors/replica.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon {

// The group as its leader sees it. `core` outlives the value.
group_now group_seen_by(const raft::raft& core, std::function<bool(raft::member_id)> is_alive);

// REQUIRES: it leads. What cannot be done now is refused, and chosen again with the next tick.
// Errors: as those of replica's changes of members.
status take_step(replica& group, const group_step& step);

class slot_follower {
public:
  explicit slot_follower(slot_id slot) : slot_(slot) {}

  // A view of another generation than the last one.
  void view_is(const wire::ring_view& view);
  std::uint64_t generation() const { return generation_; }

  struct duty {
    group_step step;
    // To be said to the ring (say()) once it is confirmed that this host leads, if it still may then.
    bool report = false;
  };
  // REQUIRES: it leads and serves. Once a tick.
  duty next(const group_now& now);

  // Whether what was to be reported of the view `generation` may be said: confirmed, with nothing changed
  // meanwhile.
  bool may_say(const raft::raft& core, std::uint64_t generation) const {
    return !core.is_changing() && generation == generation_;
  }
  wire::slot_members say(const raft::configuration& members) const;

private:
  const slot_id slot_;
  std::uint64_t generation_ = 0;  // of the view that the next two are of
  group_wish wish_;
  bool moving_ = false;
  std::uint32_t ticks_to_report_ = 0;
};

}  // namespace carillon
