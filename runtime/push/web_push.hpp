// Web Push: a push through the service that a browser's subscription names (RFC 8030), encrypted for
// that browser (RFC 8291), in the name of this site (VAPID, RFC 8292). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "runtime/push/http_exchange.hpp"
#include "runtime/push/private_key.hpp"
#include "runtime/push/push_message.hpp"

namespace carillon::push {

// "vapid t=..., k=...": signed for the origin of `endpoint`, good for 12 hours of the 24 allowed.
// `subject`: whom the service may write to.
std::string vapid_authorization(std::string_view endpoint, const std::string& subject, const private_key& key,
                                timestamp now);

struct vapid {
  const private_key& key;
  const std::string& subject;
};

// `once` and `salt` are chance, for this push only. Fails with invalid_arguments when the destination's
// keys are none, the push is a clear (takes_clear), or it is too large without any text.
result<http_request> web_push_request(const push_message& what, const vapid& from, const private_key& once,
                                      std::string_view salt, timestamp now);

push_outcome web_push_outcome(const http_answer& answer);

}  // namespace carillon::push
