// One page of a user's inbox, with how far it holds each of the user's channels. What it does not hold, the
// asker reads from the channels. Pure but for the reads, which may block: storage readers only.
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"
#include "storage/inbox_store.hpp"

namespace carillon {

// `channels`: those that the user is in. cursor_expired: the inbox is not the one of which `request` has its
// place, but an earlier one that was put back.
result<wire::inbox_page>
read_inbox_page(const storage::inbox_store& inboxes, const entity_id& user,
                const wire::read_inbox& request,
                const google::protobuf::RepeatedPtrField<wire::user_channel>& channels,
                timestamp since);

}  // namespace carillon
