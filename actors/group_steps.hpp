// How a slot's group gets from the members that it has to those that the ring view wants, one change at
// a time: what its leader does next. Pure. It looks at what is, not at what was done before, so whoever
// leads next goes on after a crash at any point, and a step that is taken twice does no harm.
//
// Dissertation, sections 4.1 (one voter at a time), 4.2.1 (a newcomer learns first), 4.2.2 (a leader
// that leaves hands over first). In this order:
//   who is wanted and unknown to the group     learns
//   who learns and is not wanted               is let go
//   a voter that is lost and not wanted        goes as soon as its successor has caught up
//   who has caught up                          votes
//   all who are wanted vote: the others go; the leader among them hands over first
// Nobody goes while those who stay would lack a living majority without them.
#pragma once

#include <functional>
#include <set>

#include "runtime/raft/types.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

struct group_wish {
  std::set<raft::member_id> members;   // who votes; empty: nothing is known, and nothing is to be done
  raft::member_id leader = 0;          // preferred
  std::set<raft::member_id> learners = {};  // who only follows, for good
  bool operator==(const group_wish&) const = default;
};

// What the view wants of a slot, its move counted as done.
group_wish wish_of(const wire::ring_view& view, std::uint32_t slot);

// What it wants of the meta group, whose voters are `now`: every member follows its log, and `voters` of
// them vote: as many as founded it, or a count in the middle of a change would be the next one's measure.
// Voters stay, but those that leave the ring or are in `given_up`: for them come others that serve, are
// alive, and are in zones without a voter if there are such.
group_wish meta_wish(const wire::ring_view& view, const raft::configuration& now, std::size_t voters,
                     const std::set<raft::member_id>& given_up,
                     const std::function<bool(raft::member_id)>& is_alive);

struct group_now {
  raft::configuration members;
  bool changing = false;  // the last change is not committed yet
  raft::member_id self = 0;
  std::function<bool(raft::member_id)> is_alive;
  std::function<bool(raft::member_id)> caught_up;
  std::function<bool(raft::member_id)> may_lead;  // of those: it would be elected (raft::transfer)
};

struct group_step {
  enum class kind : std::uint8_t { nothing, add_learner, promote, remove, transfer };
  kind what = kind::nothing;
  raft::member_id who = 0;
  bool operator==(const group_step&) const = default;
};

// REQUIRES: now.self leads.
group_step next_step(const group_now& now, const group_wish& wish);

// The members are those that are wanted, and vote or not as wanted.
bool is_as_wished(const group_now& now, const group_wish& wish);

}  // namespace carillon
