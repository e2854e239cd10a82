// One signed-in WebSocket: the control path. It finds out whose the ticket is and which channels are
// theirs, subscribes them at the hub, says hello, then carries the client's frames to entities.
// What is delivered never passes here: the hub hands frames to the connection's queue.
//
//   opening --(principal, channels, hub ready)--> live --(closed, revoked)--> gone
#pragma once

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "storage/credentials.hpp"

namespace carillon {

// The session's owner tells it session_frame, session_gone, session_end.
caf::actor spawn_session(caf::actor_system& system, const host_services& host,
                         edge::connection_id connection, storage::ticket ticket);

}  // namespace carillon
