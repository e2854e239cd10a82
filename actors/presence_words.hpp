// Who may say what to whom about presence; protocols.hpp has it with all the others.
#pragma once

#include <cstdint>
#include <vector>

#include <caf/all.hpp>

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon {

// user -> its slot: what others see of it has changed, or whether it can be reached has.
struct presence_changed {
  entity_id user;
  bool active = false;
  bool in_grace = false;  // active for others only: no connection is left that would show them anything
  timestamp seen_until = 0;  // not 0: the last connection is gone, and lived until then
  bool as_before = false;    // but for that
};
// slot -> presence actor of a host that watches these users (and link -> it, for other hosts' slots).
struct presence_news {
  std::vector<entity_id> active;
  std::vector<entity_id> away;
};
// session -> presence actor: replaces what the connection asked for with presence_sub.
struct presence_interest {
  edge::connection_id connection = 0;
  std::vector<entity_id> users;
};
// session -> presence actor, once it is live: whose it is, and the friends of these.
struct presence_opened {
  edge::connection_id connection = 0;
  entity_id user;
  std::vector<entity_id> friends;
};
// session -> presence actor, if it said presence_opened.
struct presence_closed {
  edge::connection_id connection = 0;
};
// hub -> presence actor: all friends of a user who is connected here, as the user's slot says now.
struct friends_known {
  entity_id user;
  std::vector<entity_id> friends;
};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::presence_changed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::presence_news)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::presence_interest)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::presence_opened)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::presence_closed)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::friends_known)
