// What becomes of a request that is decided by the channel's state alone: who is in it, and what it is
// called. Pure.
#pragma once

#include "actors/channel/channel_state.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon {

// Errors: those of membership, properties and reading; internal_error for a request without an op.
channel_outcome decide_change(channel_state& state, const wire::channel_request& request, timestamp now);

}  // namespace carillon
