// What comes in at /inspect/ over HTTP: who may ask, and what is asked. Pure; the gateway calls it on
// its I/O threads.
//
//   GET  /inspect/cluster?slots=1          GET  /inspect/entity?name=&tail=&text=1
//   GET  /inspect/host?slots=1&history=1   GET  /inspect/top?limit=
//   GET  /inspect/trace?id=                POST /inspect/trace?channel=&text=&as_user=
//   POST /inspect/operate                  {"entity":"channel/C…","what":"KEEP_AWAKE","seconds":60},
//                                          or the same names in the query
//   GET  /inspect/ring                     POST /inspect/ring
//                                          {"command":{"host":{"host":"ann","intent":"HOST_DRAINS"}},
//                                          "dry_run":true} (wire::ring_order)
//   POST /inspect/ticket                   for the WebSocket /inspect/live/TICKET
//
// For the bearer of the host-wide admin token only. No token: not_authed (401); another one:
// not_allowed (403), whether it is anybody's or nobody's.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime/base/result.hpp"
#include "runtime/edge/gateway.hpp"
#include "runtime/wire/inspect.pb.h"

namespace carillon {

inline constexpr std::string_view inspect_prefix = "/inspect/";
inline constexpr std::string_view live_prefix = "/inspect/live/";

// A message that says at every step where it is (trace_reading.hpp posts it).
struct marked_post {
  std::string channel;  // as entity_name writes it
  std::string text;
  std::string as_user;  // id; empty: an admin of the channel's team
};
struct wanted_ticket {};

using inspect_route = std::variant<wire::inspect_request, marked_post, wanted_ticket>;

// Errors: not_authed, not_allowed. In constant time. `admin_token_hash` empty: nobody may.
status check_operator(const edge::http_request& request, const std::string& admin_token_hash);

// Errors: not_found (no such address), unknown_method (another verb than it takes),
// invalid_arguments (the detail names which).
result<inspect_route> read_route(const edge::http_request& request);

// The HTTP status of a refusal.
int status_of(errc why);

}  // namespace carillon
