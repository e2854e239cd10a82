// Where blocking work is done: one detached actor owns the directory (SQL), a few more read the
// message tables. Jobs run in the order they come; each is answered with unit.
#pragma once

#include <memory>

#include <caf/all.hpp>

#include "actors/protocols.hpp"
#include "storage/directory.hpp"
#include "storage/message_store.hpp"

namespace carillon {

caf::actor spawn_directory(caf::actor_system& system,
                           std::unique_ptr<storage::directory> directory);

// Hashes and checks passwords, one after another: a burst of sign-ins slows sign-ins only.
caf::actor spawn_hasher(caf::actor_system& system);

// `tables` must outlive the actor.
caf::actor spawn_reader(caf::actor_system& system, const storage::message_store& tables);

}  // namespace carillon
