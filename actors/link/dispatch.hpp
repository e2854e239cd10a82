// From an item of a peer's to the actor of this host that it is for. Whatever makes no sense (bytes
// that do not parse, slots that do not exist, kinds of a newer version) is refused with a word on why
// and goes nowhere.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "runtime/cluster/link_effects.hpp"
#include "runtime/raft/types.hpp"

namespace carillon {

using reply_function = std::function<void(wire::peer_reply)>;

// What came as ITEM_RAFT. nullopt, with a word in `trouble`: it makes no sense. The link takes from it what it
// answers by itself (raft_line.hpp); the rest is for deliver_raft.
std::optional<std::vector<raft::message>> read_raft(const host_services& host, const wire::peer_item& item,
                                                    std::string& trouble);
void deliver_raft(caf::event_based_actor& link, const host_services& host, std::uint32_t group,
                  std::vector<raft::message> messages);

// Every other kind. Empty: delivered, or knowingly dropped because this host has no such replica. `answer` is called
// for requests only, once, now or later in the context of `link`; also for one that was refused.
// REQUIRES: host.slots is filled.
std::string dispatch(caf::event_based_actor& link, const host_services& host,
                     cluster::arrival& arrived, reply_function answer);

wire::peer_reply refusal(errc why, std::string words);

}  // namespace carillon
