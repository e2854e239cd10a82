// Who takes a channel's events, read from its tables, for inbox_lanes::loaded(). Blocks on the disk: on the
// storage readers' threads.
#pragma once

#include <vector>

#include "actors/slot/inbox_audience.hpp"
#include "storage/message_store.hpp"

namespace carillon {

struct inbox_members {
  std::vector<inbox_audience::member> members;
  bool read_at_sync = false;
};

// `everybody`: also the members of a channel that is read at sync; otherwise it comes without.
result<inbox_members> read_inbox_members(const storage::message_store& stored, const entity_id& channel,
                                         bool everybody);

}  // namespace carillon
