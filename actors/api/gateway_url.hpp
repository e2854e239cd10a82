// The gateway that a client is told to go to (actors/gateway_choice.hpp), in a sign-in's answer and
// for its WebSocket. The client may name its region itself, in the argument `region`; one that no
// host has counts as none.
#pragma once

#include <string>

#include "actors/api/call.hpp"

namespace carillon::api {

// "http://host:port", no slash at the end. Counts what was chosen, and why.
std::string gateway_url(const call& c);

}  // namespace carillon::api
