// What an operator may ask about, by name: "channel/C…", "user/U…", "slot/12", "hub/HOST",
// "session/HOST:CONNECTION", "sessions/U…". An id alone is a channel or a user. People call them
// otherwise: "channel/#planning", "user/@eva", "sessions/@eva" of the default team, or of another as
// "channel/TEAM/#planning"; the sign may be left out where no team is named, the folder where it is not.
// Only a directory knows whose names they are. Pure.
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
  entity_id id;                  // channel, user, sessions; none when there is a name instead
  std::uint32_t slot = 0;        // slot
  std::string host;              // hub, session
  std::uint64_t connection = 0;  // session
  std::string called = {};       // instead of an id, without its sign; ASCII letters are small
  std::string team = {};         // of that name; empty: the default team

  bool is_called() const { return !called.empty(); }
  std::string text() const;
};

// invalid_arguments: none of the above; the detail says what names look like.
result<entity_name> parse_entity_name(std::string_view text);

}  // namespace carillon
