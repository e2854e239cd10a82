// Whole clusters from seeds: nothing breaks, the same seed is the same run, and the rare paths are
// walked. The long form is `carillon sim --seeds 1..20000 --minutes 1`; CARILLON_SIM_SEEDS plays as
// many here.
#include <sstream>

#include <doctest/doctest.h>

#include "runtime/base/logging.hpp"
#include "tests/sim/seeds.hpp"
#include "tools/sim/run.hpp"
#include "tools/sim/shrink.hpp"

namespace carillon::sim {

TEST_CASE("sim: every invariant holds whatever happens to a cluster") {
  const std::uint64_t last = seeds_to_play(300, 40);
  const coverage sum = play_seeds(last, {});
  // What never happens is not tested. (The rarest: dozens in 40 seeds.)
  CHECK(sum.acknowledged > last * 300);
  CHECK(sum.leaders > last * 5);
  CHECK(sum.nominations > 0);
  CHECK(sum.lost_proposals > 0);
  CHECK(sum.duplicates > 0);
  CHECK(sum.pulls_done > 0);
  CHECK(sum.repairs > 0);
  CHECK(sum.messages_lost > 0);
  CHECK(sum.disk.failures > 0);
}

TEST_CASE("sim: the same seed gives the same trace, byte for byte; another seed another") {
  start_logging(log_level::off, false);
  run_options how;
  how.seed = 11;
  how.weather = profile::everything;
  std::ostringstream first, second, other;
  const outcome once = play(how, draw_plan(how), &first);
  const outcome twice = play(how, draw_plan(how), &second);
  CHECK(once.trace_hash == twice.trace_hash);
  CHECK(first.str() == second.str());
  CHECK_FALSE(first.str().empty());
  how.seed = 12;
  CHECK(play(how, draw_plan(how), &other).trace_hash != once.trace_hash);
  CHECK(first.str() != other.str());
}

TEST_CASE("sim: five hosts hold as three do") {
  start_logging(log_level::off, false);
  run_options how;
  how.hosts = 5;
  how.weather = profile::everything;
  for (how.seed = 1; how.seed <= 5; ++how.seed) {
    const outcome came = play(how, draw_plan(how));
    CAPTURE(how.seed);
    CHECK_FALSE(came.broken.has_value());
  }
}

TEST_CASE("sim: a plan keeps a majority of hosts, except in a blackout") {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    run_options how;
    how.seed = seed;
    how.weather = profile::crashes;
    const plan drawn = draw_plan(how);
    sim_time dark_until = 0;
    for (std::size_t i = 0; i < drawn.faults.size(); ++i) {
      const fault& each = drawn.faults[i];
      std::uint32_t away = 0;
      for (std::size_t j = 0; j <= i; ++j)
        away += drawn.faults[j].kind != fault_kind::blackout &&
                drawn.faults[j].at + drawn.faults[j].lasts >= each.at;
      CHECK(away <= (drawn.hosts - 1) / 2);
      if (each.kind == fault_kind::blackout) {
        CHECK(each.at >= dark_until);
        dark_until = each.at + each.lasts;
      }
    }
  }
}

TEST_CASE("sim: a fault says itself in one line") {
  fault cut{fault_kind::cut_pair, 1'500'000, 2 * second, 0, 2, 0};
  CHECK(cut.describe() == "1.500 s  cut_pair host 0 and host 2, for 2.000 s");
  fault step{fault_kind::clock_step, 12'345'000, 0, 1, 0, -250};
  CHECK(step.describe() == "12.345 s  clock_step host 1 by -250");
}

}  // namespace carillon::sim
