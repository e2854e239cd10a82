// How long the actors of a host have been in their handlers, by kind, from its /metrics
// (carillon_handler_seconds: estimated there from one message in 16). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace carillon::bench {

// Seconds by kind of actor ("channel", "hub"); kinds that the page does not have are not in it.
std::map<std::string, double> actor_times(std::string_view page);

} // namespace carillon::bench
