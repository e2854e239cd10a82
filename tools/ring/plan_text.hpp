// The ring view and what changes in it, for people. Pure.
#pragma once

#include <string>

#include "runtime/wire/event.pb.h"
#include "runtime/wire/inspect.pb.h"

namespace carillon::ring {

// Hosts with what they hold and lead, then the moves under way with their steps as far as `cluster` (with
// slots; may be empty) knows them, and how many are planned.
std::string ring_text(const wire::ring_view& view, const wire::cluster_picture& cluster);

// What a word did, or would do: moves, leaderships, and each host's share before and afterwards.
std::string plan_text(const wire::ring_view& before, const wire::ring_view& after, bool dry_run);

}  // namespace carillon::ring
