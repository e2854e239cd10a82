// What a ring is like when nothing is wrong any more: every move has ended, replicas and leaders are where
// the view wants them, and nothing of them anywhere else.
#pragma once

#include <string>

#include "tools/sim/world.hpp"

namespace carillon::sim {

// In words, the first thing that is not so; empty: all is.
std::string what_the_ring_lacks(const world& in);

// Of how many the meta group is to be: of as many as founded it, if so many stay.
std::size_t meta_voters_wanted(const world& in, const wire::ring_view& view);

}  // namespace carillon::sim
