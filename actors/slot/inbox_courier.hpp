// Carries what the slots of channels on this host have for users' inboxes to the slots of these users,
// here and on other hosts, in rounds (inbox_rounds.hpp). One for each host. Nothing here is durable: a
// letter whose sender has no receipt yet is the sender's to bring again.
#pragma once

#include <caf/all.hpp>

#include "actors/host_services.hpp"

namespace carillon {

// Takes inbox_letters, answers with inbox_receipts. `host.slots` must be set before the first letter.
caf::actor spawn_inbox_courier(caf::actor_system& system, const host_services& host);

}  // namespace carillon
