// What is said of a run: the table and sentences for the terminal, and the timeline's picture. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/chaos/run.hpp"
#include "tools/chaos/scenario.hpp"
#include "tools/chaos/timeline.hpp"

namespace carillon::chaos {

struct report {
  bool held = true;                // every expectation
  std::string table;               // many lines
  std::vector<std::string> facts;  // the same in few
  std::vector<std::string> broken; // what did not hold, a sentence each
};
// Of a run that came to its end.
report report_of(const scenario& what, const run_outcome& outcome);
// Of one that did not, and why.
report report_of_failure(const run_outcome& outcome, const std::string& why);

// REQUIRES: outcome.seen.
timeline timeline_of(const scenario& what, std::uint64_t seed, const run_outcome& outcome,
                     run_end end, const report& words);

} // namespace carillon::chaos
