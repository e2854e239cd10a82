// One entity in a terminal: a channel, a user, a slot's replicas, a hub, a connection. Pure.
#pragma once

#include <string>

#include "runtime/wire/inspect.pb.h"
#include "tools/inspect/words.hpp"

namespace carillon::inspect {

// `now`: by the asking machine's clock, for how long ago something was.
std::string entity_text(const wire::entity_picture& picture, std::uint64_t now, const look& how);
// Several: what "sessions/U…" finds.
std::string entities_text(const wire::entity_pictures& pictures, std::uint64_t now, const look& how);

}  // namespace carillon::inspect
