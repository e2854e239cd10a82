// Presence on one host: which connections here watch whom, and telling them within the budget. Beside
// the hub and not in it, so that no event of a channel ever waits behind people who come and go. What
// may be told when is presence_pacer's; whom this host watches is announced to the users' slots in
// lanes of its own (interest_lanes), again when a slot has another leader, and now and then without any
// reason, because what a slot told us may have been lost on its way.
#pragma once

#include <caf/all.hpp>

#include "actors/host_services.hpp"

namespace carillon {

// Takes presence_interest, presence_opened, presence_closed, presence_news, friends_known, events_missed,
// and notifications of presence from hosts of earlier versions. `host.slots` and `host.outbox` must be set
// before the first session, `host.link` and `host.where` before this.
caf::actor spawn_presence(caf::actor_system& system, const host_services& host);

}  // namespace carillon
