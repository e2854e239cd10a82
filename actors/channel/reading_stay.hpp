// Events of a channel for one of its members, who may have been away from it in between: what was said then
// is not theirs. Where a device stands says whether its user was in the channel there: after their own
// leaving they are told of nothing until they come again.
#pragma once

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "storage/message_store.hpp"

namespace carillon::reading {

// As message_store::events; of what was `granted` nothing is left out, but who is a member no more sees a
// tombstone where a message was edited after `last`. Blocks: storage readers only.
result<storage::event_page> read_events_for(const storage::message_store& stored, const entity_id& channel,
                                            std::string_view user, wire::read_events query);

}  // namespace carillon::reading
