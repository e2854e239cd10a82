// The one that tells providers, on each host: slots say whom and of what (push_errand), it reads who may be told still, and the texts,
// says them to the sender, and answers with what became of each device. Keeps nothing: what fails is the
// slot's to try again.
#pragma once

#include <caf/all.hpp>

#include "actors/host_services.hpp"

namespace carillon {

// REQUIRES: host.pushes, which outlives it.
caf::actor spawn_push(caf::actor_system& system, const host_services& host);

}  // namespace carillon
