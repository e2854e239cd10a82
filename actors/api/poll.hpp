// carillon.poll: carillon.sync for clients that cannot keep a connection for events. It is answered as soon as
// there is something, or empty when the time that the client asked for is over.
#pragma once

#include <chrono>

#include "actors/api/arguments.hpp"
#include "runtime/base/result.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon::api {

// `wait`: seconds, from 0 to 60, 30 when absent. invalid_arguments.
result<std::chrono::seconds> read_wait(const arguments& args);

// How much longer than others this request may take; 0: it is no poll. Any thread; for each request under
// /api/.
std::chrono::milliseconds poll_patience(const edge::http_request& request);

}  // namespace carillon::api
