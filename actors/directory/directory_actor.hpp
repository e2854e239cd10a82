// Where blocking work is done, on detached actors: looking things up in the directory, changing it,
// hashing passwords, reading the message tables. Jobs of one worker run in the order they come;
// each is answered with unit.
#pragma once

#include <memory>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_metrics.hpp"
#include "actors/protocols.hpp"
#include "storage/directory.hpp"
#include "storage/message_store.hpp"

namespace carillon {

// Takes directory_job and directory_read_job: gives each to the next of the writers, or of the
// readers, and each of them has a directory (a connection) to itself. REQUIRES: at least one of
// each.
using directories = std::vector<std::unique_ptr<storage::directory>>;
caf::actor spawn_directory(caf::actor_system& system, directories readers, directories writers,
                           host_metrics& into = unread_metrics());

// Hashes and checks passwords, one after another: a burst of sign-ins slows sign-ins only.
caf::actor spawn_hasher(caf::actor_system& system);

// `tables` and `into` must outlive the actor.
caf::actor spawn_reader(caf::actor_system& system, const storage::message_store& tables,
                        host_metrics& into = unread_metrics());

}  // namespace carillon
