// Which slots this host has a replica of: as the ring view says. A slot that comes gets its actor, from
// what is on the disk; one that has gone to others erases itself and ends, once its group's leader says
// that the group goes on without it: this host's view may be an old one (held_slots.hpp). Fed by the
// meta group's replica as views are committed, on its thread.
#pragma once

#include <functional>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// Opens the slot's log and spawns its replica; null: it cannot be read, and the log says so.
using slot_opener = std::function<caf::actor(slot_id, const wire::slot_place&)>;

// To the keeper: a view was committed.
struct keep_slots {
  std::shared_ptr<const wire::ring_view> view;
};

// `host.slots` is written by it alone from now on. `host` outlives the actor.
caf::actor spawn_slot_keeper(caf::actor_system& system, host_services& host, slot_opener open);

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::keep_slots)
