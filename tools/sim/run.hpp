// One run: a cluster from a seed, a plan of faults, and what came of it.
//
// A run depends on nothing but its options, the plan and the code: no clock, no thread, no address,
// no order of an unordered table. So the same seed gives the same trace on every machine, byte for
// byte, as long as the code is the same; outcome::trace_hash shows it. Another version of the code
// plays another run under the same seed: a seed is a reproduction for the commit that printed it.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "tools/sim/checker.hpp"
#include "tools/sim/coverage.hpp"
#include "tools/sim/plan.hpp"

namespace carillon::sim {

struct outcome {
  std::optional<violation> broken;  // none: all invariants held
  sim_time at = 0;                  // when it broke, or the end
  std::uint64_t trace_hash = 0;
  coverage count;
  std::string state;  // of the groups and clients when it broke
};

// `trace_to`: every step as a line; null: nowhere. After the plan's last minute every fault is
// mended, clients bring what they began to its end, and everything must recover.
outcome play(const run_options& how, const plan& faults, std::ostream* trace_to = nullptr);

}  // namespace carillon::sim
