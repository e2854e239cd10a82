// The Web API's actors: each takes calls one after the other, and has many under way at once, since
// no call waits inside it (ask.hpp). A call is: read the arguments, find the method, authenticate
// (token cache, else directory), check scope and rate, run the handler (method_table.hpp).
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/operator_post.hpp"
#include "actors/token_recall.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon {

// One HTTP request under /api/. From I/O threads with anon_send, to any instance. (The other messages
// that an instance takes are api_calls and operator_post.)
struct api_call {
  edge::http_request request;
  edge::responder answer;
};
// All that one turn of an I/O thread has for one instance; each was let in by host_services::door. Shared only because CAF wants to be able
// to copy it: the one who gets it empties it.
struct api_calls {
  std::shared_ptr<std::vector<edge::asked_request>> all;
  tick_time handed{};  // when this was sent; none: nobody wants to know
};

// `instances` equal actors that share one token cache. `host` must outlive them; its forget_token and
// forget_user are filled, for changes made on other hosts (no id: everybody may have been changed).
// `recall`, if given, is set to what that cache knows, for sessions.
std::vector<caf::actor> spawn_api(caf::actor_system& system, host_services& host,
                                  std::size_t instances, token_recall* recall = nullptr);

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::api_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::api_calls)
