// The fewest faults that still break a run.
#pragma once

#include <string>

#include "tools/sim/run.hpp"

namespace carillon::sim {

struct shrunk {
  plan faults;
  outcome result;
  std::uint32_t runs = 0;
};

// REQUIRES: `found` broke an invariant under `faults`. Leaves out halves, then single faults, then
// shortens what lasts, as long as the same invariant breaks; at most `runs_max` runs.
shrunk shrink(const run_options& how, const plan& faults, const outcome& found,
              std::uint32_t runs_max = 200);

// The seed, the faults with their times and what broke, for people.
std::string script_of(const run_options& how, const shrunk& what);

}  // namespace carillon::sim
