// What an operator may ask about, by name: "channel/C…", "user/U…", "slot/12", "hub/HOST",
// "session/HOST:CONNECTION", "sessions/U…". An id alone is a channel or a user. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"

namespace carillon {

struct entity_name {
  enum class sort : std::uint8_t { channel, user, slot, hub, session, sessions };
  sort what = sort::channel;
  entity_id id;                  // channel, user, sessions
  std::uint32_t slot = 0;        // slot
  std::string host;              // hub, session
  std::uint64_t connection = 0;  // session

  std::string text() const;
};

// invalid_arguments: none of the above; the detail says what names look like.
result<entity_name> parse_entity_name(std::string_view text);

}  // namespace carillon
