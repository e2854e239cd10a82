// BENCHMARKS.md from a set of results: machine, commit, the command of each run, its figures with
// their spread, and how they stand to the numbers to reach. Pure.
#pragma once

#include <string>

#include "tools/bench/figures/results.hpp"

namespace carillon::bench {

std::string benchmarks_markdown(const results& all);

} // namespace carillon::bench
