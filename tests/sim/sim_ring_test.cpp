// A ring in motion, from seeds: hosts join, drain, leave, are weighed and pinned, go away for good, and are
// struck at each step of a move; nothing breaks, every move ends, and everybody was struck everywhere. The
// long form is `carillon sim --seeds 1..5000 --profile ring`; CARILLON_SIM_SEEDS plays as many here.
#include <sstream>

#include <doctest/doctest.h>

#include "tests/sim/seeds.hpp"
#include "tools/sim/run.hpp"
#include "tools/sim/shrink.hpp"

namespace carillon::sim {
namespace {

run_options ring_run(std::uint64_t seed) {
  run_options how;
  how.seed = seed;
  how.weather = profile::ring;
  return how;
}

}  // namespace

TEST_CASE("sim ring: whatever comes, goes and dies at whatever step, nothing is lost and every move ends") {
  // So many that each of the 60 pairs is waited for some dozen times.
  const std::uint64_t last = seeds_to_play(120, 12);
  const coverage sum = play_seeds(last, ring_run(1));
  // What never happens is not tested.
  CHECK(sum.moves.begun > last * 5);
  CHECK(sum.moves.begun == sum.moves.done + sum.moves.given_up);
  CHECK(sum.moves.joins > last / 2);
  CHECK(sum.moves.words > last * 2);
  if (last < 100)
    return;
  CHECK(sum.moves.given_up > 0);
  CHECK(sum.moves.left > 0);
  CHECK(sum.moves.words_at_once > 0);
  for (std::size_t step = 0; step < move_steps; ++step)
    for (std::size_t who = 0; who < victims; ++who) {
      CAPTURE(move_step_names[step]);
      CAPTURE(victim_names[who]);
      if (move_step(step) == move_step::erases && victim(who) == victim::newcomer)
        continue;  // the move is over: nobody comes any more
      CHECK(sum.moves.struck[step][who] > 0);
    }
}

// One vote of a replica that had left and was back with an empty log (442); a host that asked once
// whether it may let go, got no answer in time, and kept the slot (567).
TEST_CASE("sim ring: seeds that once broke something hold") {
  start_logging(log_level::off, false);
  for (std::uint64_t seed : {442, 567}) {
    const run_options how = ring_run(seed);
    const plan faults = draw_plan(how);
    const outcome came = play(how, faults);
    if (came.broken)
      FAIL(script_of(how, shrink(how, faults, came)));
  }
}

TEST_CASE("sim ring: the same seed is the same run") {
  start_logging(log_level::off, false);
  for (std::uint64_t seed : {3, 4, 5}) {
    const run_options how = ring_run(seed);
    CHECK(play(how, draw_plan(how)).trace_hash == play(how, draw_plan(how)).trace_hash);
  }
}

}  // namespace carillon::sim
