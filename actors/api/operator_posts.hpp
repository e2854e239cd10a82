// A marked message of an operator's (actors/operator_post.hpp): whose name it goes under, then an
// ordinary chat.postMessage.
#pragma once

#include "actors/api/call.hpp"
#include "actors/operator_post.hpp"

namespace carillon::api {

// The call that it is.
edge::http_request request_of(const operator_post& asked);
// Answers `c`, made of that request.
void post_as_operator(const call_ptr& c, const operator_post& asked);

// `answer`, told also which trace it was: `trace` stands first in the body.
edge::responder with_trace(edge::responder answer);

}  // namespace carillon::api
