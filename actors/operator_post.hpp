// A message of an operator's that says at every step where it is: from the inspector, which has checked
// that it is an operator who asks, to any api actor.
#pragma once

#include <string>

#include <caf/all.hpp>

#include "runtime/base/trace.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon {

// Posted as `as_user` (an id); empty: as the channel's creator or an admin of its team, whoever is a
// member. Answered as chat.postMessage is, with `trace` (trace_text) first in the body.
struct operator_post {
  std::string channel;  // its id
  std::string text;
  std::string as_user;
  trace_id trace;       // by which it is found later; empty: one is drawn
  edge::responder answer;
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::operator_post)
