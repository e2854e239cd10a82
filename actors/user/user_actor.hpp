// The mailbox of one user: feeds user_state (channel rows, settings) and presence_state (devices),
// and carries out what they decide. Rows are read when first needed: a user who only comes and goes
// costs no scan. After a commit the hub hears of memberships, and the user's sessions of what one
// of them did. It does not stop while a device is connected.
#pragma once

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "runtime/base/ids.hpp"

namespace carillon {

// `host` outlives the actor. Takes user_request_box and what a slot sends to its entities.
caf::actor spawn_user(caf::actor_system& system, const host_services& host, entity_id user,
                      caf::actor slot);

}  // namespace carillon
