// Whether a device is still to be told of a user's messages. Who registers an endpoint takes it from everybody
// else, and what was registered with an access token ends with it: both are facts of the directory, which
// every push asks; so it holds whatever became of the words that tell slots to forget a device. Pure.
#pragma once

#include <optional>
#include <string>

#include "runtime/wire/event.pb.h"
#include "storage/directory.hpp"

namespace carillon {

struct push_facts {
  std::optional<storage::push_claim> claim;     // of the endpoint; none: nobody's, or long ago
  std::optional<storage::principal> session;    // of the claim
};
result<push_facts> read_push_facts(const storage::directory& directory, const wire::push_target& target);

struct push_right {
  enum class kind { told, gone, not_known } what = kind::told;  // not_known: this host's directory is behind
  std::string why;                                              // for the log
};
push_right right_of(const wire::push_target& target, const entity_id& user, const push_facts& known, timestamp now);

}  // namespace carillon
