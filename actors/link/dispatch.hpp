// From an item of a peer's to the actor of this host that it is for. Whatever makes no sense (bytes
// that do not parse, slots that do not exist, kinds of a newer version) is refused with a word on why
// and goes nowhere.
#pragma once

#include <functional>
#include <string>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "runtime/cluster/link_effects.hpp"

namespace carillon {

using reply_function = std::function<void(wire::peer_reply)>;

// Empty: delivered, or knowingly dropped because this host has no such replica. `answer` is called
// for requests only, once, now or later in the context of `link`; also for one that was refused.
// REQUIRES: host.slots is filled.
std::string dispatch(caf::event_based_actor& link, const host_services& host,
                     cluster::arrival& arrived, reply_function answer);

wire::peer_reply refusal(errc why, std::string words);

}  // namespace carillon
