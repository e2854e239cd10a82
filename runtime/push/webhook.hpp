// The operator's own program is posted each push as JSON, signed as Slack signs its requests
// (api.slack.com/authentication/verifying-requests-from-slack, under our header names), and forwards it
// as it likes. Pure; any thread.
//   POST
//   X-Carillon-Request-Timestamp: 1700000000
//   X-Carillon-Signature: v0=<HMAC-SHA256 of "v0:1700000000:<body>" in hexadecimal>
//   X-Carillon-Collapse-Id: <the push's, or a hash of it where it is no visible ASCII>
//   {"type":"message","device":"...","user":"U...","title":"...","body":"...","badge":3,
//    "collapse_id":"...","urgency":"high","ttl":86400,"channel":"C...","ts":"..."}
// With "type":"clear" there is neither title nor body nor ts. 2xx: taken on. 410: the device is gone for good.
// 401 and 403: the signature does not fit. 429, 408 and 5xx: later, with Retry-After if it likes.
// Anything else from 400 on: never.
#pragma once

#include <string>
#include <string_view>

#include "runtime/push/http_exchange.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

inline constexpr std::size_t webhook_body_max = 16'384;  // what any server of any framework takes

// "v0=..."
std::string webhook_signature(std::string_view secret, std::string_view unix_seconds, std::string_view body);

// nullopt: too large without any text.
std::optional<http_request> webhook_request(const push_message& what, const std::string& url,
                                            std::string_view secret, timestamp now);

push_outcome webhook_outcome(const http_answer& answer);

}  // namespace carillon::push
