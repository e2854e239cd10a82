// One signed-in WebSocket or event stream: the control path. It finds out whose the ticket is and which channels are
// theirs, subscribes them at the hub, says hello, then carries the client's frames to entities.
// What is delivered never passes here: the hub hands frames to the connection's queue.
//
//   opening --(principal, channels, hub ready)--> live --(closed, revoked)--> gone
#pragma once

#include <optional>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/session_opening.hpp"
#include "actors/token_recall.hpp"

namespace carillon {

// The session's owner tells it session_frame, session_gone, session_end. It does nothing before
// begin_session(): who is registered first and looks its token up then, is ended by each revocation that
// the look-up did not see. `recall` may be empty.
caf::actor spawn_session(caf::actor_system& system, const host_services& host,
                         edge::connection_id connection, storage::ticket ticket, token_recall recall,
                         std::optional<session_resume> resume = std::nullopt);
void begin_session(const caf::actor& session);

}  // namespace carillon
