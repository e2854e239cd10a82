// The upper part of a timeline: the run's phases, every fault in its lane, and what the colours mean.
#pragma once

#include "tools/chaos/sheet.hpp"
#include "tools/chaos/timeline.hpp"

namespace carillon::chaos {

// Draws them, and shades their times for all that comes below.
void draw_faults(sheet& on, const timeline& run);

} // namespace carillon::chaos
