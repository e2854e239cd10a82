// What many channels are, for lists of them: those that this host leads from its tables in one go,
// the others from their leaders, because a replica here may be behind, or there is none.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "actors/api/call.hpp"

namespace carillon::api {

using facts_by_channel = std::unordered_map<entity_id, wire::channel_facts>;

// `then` gets what was found; channels that do not exist, or that the caller may not know of, are
// left out. Any other refusal ends the call.
void on_facts(const call_ptr& c, const std::vector<entity_id>& channels,
              std::function<void(facts_by_channel)> then);

}  // namespace carillon::api
