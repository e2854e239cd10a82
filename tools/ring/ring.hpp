// `carillon ring`: which host holds and leads what, and what it should become: hosts are drained, taken in
// again, removed, weighed; slots are pinned; moves are held. Every word may be said twice, and tried out
// with --dry-run first. A thin shell over the inspector's /inspect/ring.
#pragma once

#include "tools/cli/program.hpp"

namespace carillon::ring {

void add_ring_command(CLI::App& program, cli::invocation& now);

}  // namespace carillon::ring
