// What a link says of itself: to the metrics each tick, and to whoever looks into the host.
#pragma once

#include <cstdint>
#include <string>

#include "actors/host_metrics.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/cluster/link_state.hpp"
#include "runtime/wire/inspect.pb.h"

namespace carillon {

// `bad_items`: those that make no sense to the shell, besides what the state counted.
void measure_link(const cluster::link_state& link, std::uint64_t bad_items, host_metrics& into, tick_time now);
std::string words_of_link(const cluster::link_state& link, std::uint64_t bad_items);  // some lines
wire::host_picture picture_of_link(const cluster::link_state& link, tick_time now);   // its peers only

}  // namespace carillon
