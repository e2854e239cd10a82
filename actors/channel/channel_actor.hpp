// The mailbox of one channel: feeds channel_state and its rules, and carries out what they decide.
//
//   channel_request -> rules -> propose_command to the slot -> entity_committed -> answer
//
// Many changes are under way at once; each answer waits for its own commit, and for the projections
// when others' tables follow (memberships, the directory's catalogue), so that every answer is
// read-your-writes. Reads wait for what was proposed before them, then for the tables, and scan on
// the storage readers' threads.
#pragma once

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "runtime/base/ids.hpp"

namespace carillon {

// `host` outlives the actor. Takes channel_request_box and what a slot sends to its entities.
caf::actor spawn_channel(caf::actor_system& system, const host_services& host, entity_id channel,
                         caf::actor slot);

}  // namespace carillon
