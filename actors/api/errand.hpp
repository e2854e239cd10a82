// Which methods of the Web API read, which change something, and which come before a WebSocket or are one's substitute: so that
// the door can turn away the one and let in the other. Pure; any thread.
#pragma once

#include <string_view>

#include "actors/admission_rules.hpp"

namespace carillon::api {

// Of a method's name as it stands in the path. What is not known changes nothing.
errand errand_of(std::string_view method_name);

// The same without a look at what writes: for a host that lets writes in.
inline bool is_arrival(std::string_view method_name) {
  return method_name.starts_with("rtm.") || method_name.starts_with("carillon.signin") ||
         method_name.starts_with("carillon.stream");
}

}  // namespace carillon::api
