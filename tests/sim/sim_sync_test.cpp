// People with three devices each, from seeds: the devices are cut off and come back, sync in pages or live on
// a connection that makes up for what was missed, while hosts die and channels are joined, left and become
// too large for inboxes. After every sync and at the end each device has what is its owner's, once and in
// order. The long form is `carillon sim --seeds 1..1000 --profile sync`; CARILLON_SIM_SEEDS plays as many
// here.
#include <doctest/doctest.h>

#include "tests/sim/seeds.hpp"
#include "tools/sim/run.hpp"

namespace carillon::sim {
namespace {

run_options sync_run(std::uint64_t seed) {
  run_options how;
  how.seed = seed;
  how.weather = profile::sync;
  return how;
}

}  // namespace

TEST_CASE("sim sync: whoever is cut off whenever misses nothing, hears nothing twice, on every device") {
  const std::uint64_t last = seeds_to_play(150, 10);
  const coverage sum = play_seeds(last, sync_run(1));
  // What never happens is not tested.
  CHECK(sum.sync.rounds > last * 50);
  CHECK(sum.sync.answers_lost > last);
  CHECK(sum.sync.resumes > last * 10);
  CHECK(sum.sync.told > last * 100);
  CHECK(sum.sync.told_live > last * 100);
  CHECK(sum.sync.deliveries > last * 50);
  CHECK(sum.sync.deliveries_failed > 0);
  CHECK(sum.sync.deliveries_repeated > 0);
  CHECK(sum.sync.taken_up > last * 4);
  CHECK(sum.sync.crossings > last);
  CHECK(sum.sync.comings > last * 10);
  CHECK(sum.sync.mentions > last * 5);
}

TEST_CASE("sim sync: the same seed is the same run") {
  start_logging(log_level::off, false);
  for (std::uint64_t seed : {3, 4}) {
    const run_options how = sync_run(seed);
    CHECK(play(how, draw_plan(how)).trace_hash == play(how, draw_plan(how)).trace_hash);
  }
}

}  // namespace carillon::sim
