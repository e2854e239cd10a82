// The version of what hosts say to one another and write into the ring's log (peer.proto, event.proto,
// api.proto). Pure.
//
// Hosts of one major work together whatever their minor: fields are added, never reused, and who does not
// know one passes it over. What must not be passed over, because hosts would decide or store different
// things, came with a minor, and is said only when every member of the ring has that one: each announces
// its own (ring_member::schema_minor), so hosts that are away count too. With its first use the ring view
// says so (ring_view::schema_minor), and from then on hosts of a lower minor are refused. Until then
// everybody may go back to the program of before.
//
// A new major is for what an older host would misread; hosts of two majors refuse one another.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/wire/event.pb.h"

namespace carillon::wire {

inline constexpr std::uint32_t schema_major = 1;

// 1.1: the view changes by deltas, replicas move, operators have words for the ring.
inline constexpr std::uint32_t ring_in_motion = 1;
// 1.3: slots' logs hold what is for users' inboxes, their devices and friends; used as soon as all hosts
// understand it, without anybody's word. (1.2 is on disks only: storage/ring_view_rows.cpp.)
inline constexpr std::uint32_t inboxes = 3;

// What this program understands.
std::uint32_t schema_minor();
// What brought this wish of an operator: 0 for those as old as the words themselves. nullopt: a newer
// program, this one must not act on it.
std::optional<std::uint32_t> minor_of(host_intent intent);

// The member that understands least; null: there is none.
const ring_member* oldest_of(const ring_view& view);
// Why this ring cannot use what came with `minor` yet; empty: it can.
std::string too_old_for(const ring_view& view, std::uint32_t minor);

// "1.3"
std::string schema_text(std::uint32_t minor);

}  // namespace carillon::wire
