// Whether a host may be stopped or another one go on, by what all hosts say at this moment. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "runtime/wire/event.pb.h"
#include "runtime/wire/inspect.pb.h"

namespace carillon::ring {

// A follower is at the leader's heels when no more of the log is missing to it: some of it is on its way
// at any time while people write.
inline constexpr std::uint64_t entries_behind_max = 1'000;

// The ring as a picture of the cluster has it, for hosts that have no words for the ring: members and
// places, without wishes. Moves that are seen under way are moves.
wire::ring_view view_of(const wire::cluster_picture& cluster);

// What is missing that nobody would notice if `host` were gone; "": if nobody were. In words; empty: nothing.
// Beside what the ring itself looks at (runtime/ring/ring_lacks.hpp) it counts replicas: every slot's
// leader has as many voters as are wanted, all of them at its heels; and every other host serves.
// REQUIRES: `cluster` with slots.
std::string cluster_lacks(const wire::ring_view& view, const wire::cluster_picture& cluster,
                          const std::string& host);

// The host's picture; null: it is silent.
const wire::host_picture* host_in(const wire::cluster_picture& cluster, const std::string& name);
// The newest member of that name; null: none.
const wire::ring_member* member_in(const wire::ring_view& view, const std::string& name);

}  // namespace carillon::ring
