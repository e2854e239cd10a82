// One sync of a device, as actors/api/sync.cpp answers it, and one resuming, as session_actor opens it: the
// real sync_reading and sync_plan, their questions asked of the simulated cluster. Both end without a word when
// the process dies that they run in.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/hub/subscription_table.hpp"
#include "actors/sync_plan.hpp"

namespace carillon::sim {

class host;

struct sync_question {
  entity_id user;
  entity_id team;
  std::string device;
  std::string cursor;  // empty: without one
  seqs_by_channel seen;
  std::uint32_t limit = 0;
  std::size_t max_bytes = 0;  // of a page
};

struct sync_reply {
  std::vector<std::pair<entity_id, wire::channel_event>> messages;
  std::string cursor;
  bool has_more = false;
};

void sync(host& at, sync_question what, std::function<void(result<sync_reply>)> then);

// The channels of the user, and after which event each is to begin.
void resume(host& at, sync_question what,
            std::function<void(result<std::vector<subscription_table::opening>>)> then);

}  // namespace carillon::sim
