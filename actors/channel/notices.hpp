// What a committed change of a channel means for those who are connected, beyond the messages
// themselves (the slot sends those): Slack's events of channels and memberships, addressed. Pure.
#pragma once

#include <vector>

#include "actors/protocols.hpp"

namespace carillon {

// Empty for messages, edits and deletions.
std::vector<notification> notices_of(const wire::channel_change& change);

// user_typing to the channel, or an ephemeral message to its one reader. `reply`: of
// posting::transient.
notification transient_notice(const wire::channel_request& request,
                              const wire::channel_reply& reply, const entity_id& channel);

}  // namespace carillon
