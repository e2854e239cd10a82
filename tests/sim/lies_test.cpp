// Shells that go wrong around sound cores: the simulator catches each by the name of the invariant
// that it breaks, within a few seeds. (Cores that go wrong are the mutants in CMakeLists.txt.)
#include <doctest/doctest.h>

#include "runtime/base/logging.hpp"
#include "tools/sim/run.hpp"
#include "tools/sim/shrink.hpp"

namespace carillon::sim {
namespace {

// The first seed whose run breaks something.
struct caught {
  run_options how;
  plan faults;
  outcome came;
};
caught catch_it(run_options how, std::uint64_t seeds) {
  start_logging(log_level::off, false);
  for (how.seed = 1; how.seed <= seeds; ++how.seed) {
    plan faults = draw_plan(how);
    outcome came = play(how, faults);
    if (came.broken)
      return {how, std::move(faults), std::move(came)};
  }
  FAIL("nothing was caught");
  return {};
}

bool is_caught_as(run_options how, std::uint64_t seeds, std::string_view invariant) {
  start_logging(log_level::off, false);
  for (how.seed = 1; how.seed <= seeds; ++how.seed)
    if (auto broken = play(how, draw_plan(how)).broken; broken && broken->invariant == invariant)
      return true;
  return false;
}

}  // namespace

TEST_CASE("sim: a disk that forgets what it said was synced breaks durability") {
  run_options how;
  how.weather = profile::crashes;
  how.lying.disk_forgets_syncs = true;
  CHECK(catch_it(how, 5).came.broken->invariant == invariant::durability);
}

TEST_CASE("sim: a post that is acknowledged before it is committed breaks durability") {
  run_options how;
  how.weather = profile::calm;
  how.lying.answers_before_commit = true;
  CHECK(catch_it(how, 5).came.broken->invariant == invariant::durability);
}

TEST_CASE("sim: an event that is shown before it is committed breaks integrity") {
  run_options how;
  how.weather = profile::calm;
  how.lying.shows_before_commit = true;
  CHECK(catch_it(how, 5).came.broken->invariant == invariant::integrity);
}

TEST_CASE("sim: an emptied disk that votes under its old name contradicts what is committed") {
  run_options how;
  how.weather = profile::storm;
  how.lying.same_name_new_disk = true;
  // Mostly a core that is told two things of one place in its log is the first to see it, and stops.
  CHECK((is_caught_as(how, 100, invariant::sound_cores) ||
         is_caught_as(how, 100, invariant::single_owner)));
}

TEST_CASE("sim: a channel that is read from tables behind its log breaks the order") {
  run_options how;
  how.weather = profile::storm;
  how.lying.activates_early = true;
  CHECK(is_caught_as(how, 200, invariant::total_order));
}

// It happens that two leaders of the ring plan from the same view. The second plan follows nothing, and
// nobody takes it (sim_mutant_takes_any_plan: unless a line is wrong).
TEST_CASE("sim: a leader of the ring that plans before it knows what is committed does no harm") {
  start_logging(log_level::off, false);
  run_options how;
  how.weather = profile::ring;
  how.lying.plans_early = true;
  for (how.seed = 1; how.seed <= 20; ++how.seed) {
    CAPTURE(how.seed);
    const auto broken = play(how, draw_plan(how)).broken;
    CHECK_MESSAGE(!broken, (broken ? broken->words : std::string()));
  }
}

TEST_CASE("sim: what breaks is shrunk to few faults that break it again") {
  run_options how;
  how.weather = profile::storm;
  how.lying.same_name_new_disk = true;
  const caught found = catch_it(how, 100);
  const shrunk least = shrink(found.how, found.faults, found.came, 60);
  CHECK(least.faults.faults.size() <= found.faults.faults.size());
  const outcome again = play(found.how, least.faults);
  REQUIRE(again.broken.has_value());
  CHECK(again.broken->invariant == found.came.broken->invariant);
  CHECK(again.trace_hash == least.result.trace_hash);
  const std::string script = script_of(found.how, least);
  CAPTURE(script);
  CHECK(script.find("power_cut host") != std::string::npos);
  CHECK(script.find("broken: ") != std::string::npos);
}

}  // namespace carillon::sim
