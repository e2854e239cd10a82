// Where a client that asks a resting host for a WebSocket is sent: to another host's gateway. Pure.
//
// Only to where it can surely go. Hosts with a public URL have that. Without one, who came to exactly the
// address that this host listens on comes to the others' in the same way; who came by another name came
// through a proxy, and that knows by /readyz that this host takes nobody.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon::api {

// "http://host:port", no slash at the end; nullopt: here. `heard`: store ids of the hosts that are there;
// `asked`: the call's Host header; `turn` chooses among several.
std::optional<std::string> gateway_elsewhere(const wire::ring_view& view, const settings& config,
                                             std::uint64_t self,
                                             const std::vector<std::uint64_t>& heard,
                                             const std::string& asked, std::uint64_t turn);

}  // namespace carillon::api
