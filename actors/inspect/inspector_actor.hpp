// Looks into this host and, through the links, into the others: answers inspect_request_box, the
// calls at /inspect/ and the live views of the console. Has a thread of its own: a host whose
// schedulers are busy or stuck can still be looked into, and shows which of its parts do not answer.
//
//   edge -> inspect_call, marked_call -> inspector --(ask_peer: inspect_request)--> other inspectors
//                                        inspector --(describe, ...)--> slots, hub, link -> entities
//
// Every question has a deadline, so that a part that hangs costs local_patience and a host that is
// dead costs peer_patience; the picture says who did not answer. Once a second counters are read for
// the rates and the history, which takes some microseconds; nothing else runs when nobody looks.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/inspect/routes.hpp"
#include "runtime/edge/counters.hpp"
#include "runtime/edge/pictures.hpp"

namespace carillon {

inline constexpr std::chrono::milliseconds local_patience{350};
inline constexpr std::chrono::milliseconds peer_patience{500};

// What of a host no actor holds. Thread-safe; each may be empty.
struct inspector_parts {
  std::function<edge::edge_counters()> edge;
  std::function<std::optional<error>()> trouble;  // why this host does not serve
  // As edge::server::look, which calls back once per I/O thread.
  std::function<void(const std::vector<edge::connection_id>& only, std::size_t most,
                     const edge::pictures_then& then)>
      look;
  std::size_t io_threads = 0;
  // Whose a connection is: fills in user, team and unread_bytes.
  std::function<void(wire::session_details& of)> owner_of;
  std::function<std::vector<edge::connection_id>(const entity_id& user)> connections_of;
  // What is remembered of connections that ended, newest first; of one.
  std::function<std::vector<wire::ended_session>(const entity_id& user, std::size_t most)> ended_of;
  std::function<std::optional<wire::ended_session>(edge::connection_id connection)> ended;
  caf::actor api;  // takes operator_post
};

// `host` outlives the actor; read from the first question on. Sends itself a note each second.
caf::actor spawn_inspector(caf::actor_system& system, const host_services& host);

// node -> inspector, once the edge is there.
struct begin_inspecting {
  inspector_parts parts;
};
// gateway -> inspector: answered through the responder.
struct inspect_call {
  wire::inspect_request what;
  edge::responder answer;
};
struct marked_call {
  marked_post what;
  edge::responder answer;
};
// gateway -> inspector: {"cluster":…,"top":…} is sent to the connection each second until it closes.
struct live_opened {
  edge::connection_id connection = 0;
};
struct live_closed {
  edge::connection_id connection = 0;
};

// {"ok":false,"error":…,"detail":…} with its status.
edge::http_response inspect_refusal(const error& why);

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::begin_inspecting)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::inspect_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::marked_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::live_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::live_closed)
