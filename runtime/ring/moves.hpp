// From the ring view that is to the one that members, operators and lost hosts ask for, a few moves at
// a time. Pure. The plan stands in the view: whoever leads the meta group goes on with it where the
// last one stopped, and what people were shown is what is done. It is made anew when what it was made
// for has changed: members, their weights and zones, wishes, pins, who is given up.
//
// A move changes one replica of a slot. The slot's own leader does it (actors/group_steps.hpp), in
// steps that can be repeated, and says which members its group has; the place in the view follows when
// they are those that the move asks for. Where preferred leaders change alone nothing moves: they are in
// the view with the plan.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "runtime/ring/placement.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

struct move_limits {
  std::uint32_t at_once = 16;  // in the whole ring
  std::uint32_t per_host = 4;  // that come to one host
};

// The committed members of a slot's group, as a leader said that had made sure that it leads, when it
// knew the view of that generation. (What was said earlier than a move began says nothing about it.)
struct group_fact {
  std::uint64_t generation = 0;
  std::set<std::uint64_t> voters;
  std::set<std::uint64_t> learners;
};

struct ring_needs {
  placement_rules rules;
  move_limits limits = {};
  std::set<std::uint64_t> given_up = {};  // silent so long that others are to hold what they held
  std::function<bool(std::uint64_t host)> is_alive = {};
  std::map<slot_id, group_fact> groups = {};  // at least of the slots that move
};

wire::host_intent intent_of(const wire::ring_view& view, std::uint64_t host);
// What placement goes by: 0 for a member that drains or leaves.
std::uint32_t weight_of(const wire::ring_view& view, const wire::ring_member& member);

// The next view: done moves are written into their places; the plan is made anew if need be (moves under
// way to hosts that are to hold nothing are taken back, the others stay in it); moves begin as far as the
// limits allow; members that leave and hold nothing are members no more.
// nullopt: nothing changes. REQUIRES: view has its table.
std::optional<wire::ring_view> next_view(const wire::ring_view& view, const ring_needs& needs);

// The same without beginning anything: the view with the plan that would be followed.
wire::ring_view planned_view(const wire::ring_view& view, const ring_needs& needs);

}  // namespace carillon
