// The hub: one on each host. Sessions say who they are, slots send what was committed, entities send
// notifications; the hub encodes each event once as Slack's JSON and publishes it under the
// channel's topic. No actor hop per delivered message: I/O threads hand the shared frame out.
#pragma once

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "runtime/edge/catch_up.hpp"

namespace carillon {

// Takes session_expected, session_opened, session_closed, event_delivery, notification,
// membership_notice, events_missed; the link sends the last four for other hosts. And
// edge::missed_events, from the edge: a slow client has room for what it missed.
// `host.slots` and `host.outbox` must be set before the first session, `host.link` and `host.where`
// before this.
caf::actor spawn_hub(caf::actor_system& system, const host_services& host);

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::edge::missed_events)
