// What becomes of a request that may have been carried out before: its answer was lost with the host
// that led the slot, and the asker asks again (wire::channel_request, attempt above 0). A retry that
// finds its effect in place is answered as the first time: the caller wanted it so, and it is so.
// Posts are not here: they are known by their client_msg_id or request_key (posting.hpp). Pure.
#pragma once

#include <optional>

#include "actors/channel/channel_state.hpp"

namespace carillon::retries {

// `outcome`: what the rules say to the request. `current`: for an edit, the message as it stands.
// First attempts, and refusals of another kind, come back as they are.
channel_outcome forgive(const channel_state& state, const wire::channel_request& request,
                        channel_outcome outcome,
                        const std::optional<wire::chat_message>& current = std::nullopt);

}  // namespace carillon::retries
