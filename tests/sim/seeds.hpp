// Seeds that a test plays, from 1 on, and what they showed.
#pragma once

#include <cstdlib>
#include <sstream>

#include <doctest/doctest.h>

#include "runtime/base/logging.hpp"
#include "tools/sim/run.hpp"
#include "tools/sim/shrink.hpp"

namespace carillon::sim {

// CARILLON_SIM_SEEDS, if set. -O0 is some ten times slower.
inline std::uint64_t seeds_to_play(std::uint64_t optimized, std::uint64_t plain) {
  if (const char* wanted = std::getenv("CARILLON_SIM_SEEDS"))
    return std::strtoull(wanted, nullptr, 10);
#ifdef __OPTIMIZE__
  static_cast<void>(plain);
  return optimized;
#else
  static_cast<void>(optimized);
  return plain;
#endif
}

// Fails with the shortest script that breaks, at the first seed that does.
inline coverage play_seeds(std::uint64_t last, run_options how) {
  start_logging(log_level::off, false);
  MESSAGE("seeds 1 to " << last);
  coverage sum;
  for (how.seed = 1; how.seed <= last; ++how.seed) {
    const plan faults = draw_plan(how);
    const outcome came = play(how, faults);
    sum.add(came.count);
    if (came.broken)
      FAIL(script_of(how, shrink(how, faults, came)));
  }
  std::ostringstream table;
  print(table, sum);
  MESSAGE(table.str());
  return sum;
}

}  // namespace carillon::sim
