// When a word to the ring is carried out: what is still to be waited for. Pure.
#pragma once

#include <string>

#include "tools/ring/ring_look.hpp"

namespace carillon::ring {

// In words; empty: nothing, it is done.
// HOST_RESTS: it leads nothing, and the clients that it had are gone, unless they `had_time`. HOST_DRAINS
// and HOST_LEAVES: it holds nothing. HOST_SERVES: the ring is whole, with it.
std::string still_to_come(const ring_look& now, const std::string& host, wire::host_intent intent,
                          bool had_time);

}  // namespace carillon::ring
