// BENCHMARKS.md from a set of results: machine, commit, the command of each run, its figures with
// their spread, and how they stand to the numbers to reach. Pure.
#pragma once

#include <string>

#include "tools/bench/figures/results.hpp"

namespace carillon::bench {

// The one section of an earlier page that people wrote: "## Why not more", from its heading to the next
// one. Empty: it has none.
std::string written_by_hand(const std::string& page);

// `by_hand`, as written_by_hand() found it, stands after the numbers to reach.
std::string benchmarks_markdown(const results& all, const std::string& by_hand = {});

} // namespace carillon::bench
