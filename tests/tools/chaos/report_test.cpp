// What is said of a run: each expectation that does not hold breaks it and has its sentence, on the
// terminal and in the picture alike.
#include <doctest/doctest.h>

#include "tools/chaos/report.hpp"

using namespace carillon::chaos;

namespace {

struct run_of_kills {
  scenario what;
  run_outcome outcome;

  run_of_kills() {
    what.name = "kills";
    what.rounds.emplace_back().fault = fault_kind::kill;
    what.unavailable_p99_ms = 2'000;
    what.unavailable_max_ms = 10'000;
    outcome.figures.push_back({.fault = fault_kind::kill,
                               .rounds = 1,
                               .affected = {0.5, 2},
                               .others = {0.1},
                               .gaps = {10, 0.1},
                               .waits = {},
                               .recovery = {1.5}});
    outcome.seen.emplace(1, recording::totals{});
  }
  report words() const { return report_of(what, outcome); }
};

}  // namespace

TEST_CASE("report: what is exactly as long as expected holds, what is longer is broken") {
  run_of_kills run;
  CHECK(run.words().held);
  CHECK(run.words().broken.empty());
  run.outcome.figures[0].affected.back() = 2.001;
  CHECK_FALSE(run.words().held);
  CHECK(run.words().broken ==
        std::vector<std::string>{"kill: p99 of 2001 ms to the first post, expected are 2000 ms at most"});
  CHECK(run.words().table.find("expected: p99 of 2000 ms at most to the first post\n") !=
        std::string::npos);
  run.outcome.figures[0].affected.back() = 2;
  run.outcome.figures[0].gaps.front() = 10.001;
  CHECK(run.words().broken == std::vector<std::string>{
                                  "kill: a channel took no post for 10001 ms, expected are 10000 ms at most"});
  run.outcome.figures[0].gaps.front() = 10;
  run.outcome.figures[0].waits = {0.05, 0.01};
  run.what.wait_p99_ms = 50;
  CHECK(run.words().held);
  run.outcome.figures[0].waits.front() = 0.051;
  CHECK(run.words().broken ==
        std::vector<std::string>{"kill: p99 of 51 ms for a channel's slowest post, expected are 50 ms at most"});
  run.what.wait_p99_ms = 0;
  CHECK(run.words().held);
  run.outcome.figures.clear();
  run.outcome.gaps = {10.001};
  CHECK(run.words().broken.front().starts_with("schedule: a channel took no post for 10001 ms"));
}

TEST_CASE("report: sentences of the judge and connections broken without cause break it") {
  run_of_kills run;
  run.outcome.broken = {"a client was disconnected"};
  CHECK_FALSE(run.words().held);
  run.outcome.verdict.say("validity: something");
  CHECK(run.words().broken ==
        std::vector<std::string>{"validity: something", "a client was disconnected"});
}

TEST_CASE("report: a power failure may take as long as a start takes") {
  run_of_kills run;
  run.outcome.figures[0].fault = fault_kind::kill_all;
  run.outcome.figures[0].affected = {5};
  CHECK(run.words().held);
}

TEST_CASE("report: the picture has the seed, the numbers and the sentences; and why a run ended early") {
  run_of_kills run;
  run.outcome.verdict.lost = 1;
  auto picture = timeline_of(run.what, 7, run.outcome, run_end::broken, run.words());
  CHECK(picture.facts.front().starts_with("seed 7 "));
  CHECK(picture.facts.back().find("1 lost") != std::string::npos);
  CHECK(picture.wait_expected_seconds == 2);
  CHECK(picture.gap_expected_seconds == 10);
  run.what.rounds.clear();
  run.outcome.broken = {"a client was disconnected"};
  auto words = report_of_failure(run.outcome, "host b ended by itself");
  CHECK_FALSE(words.held);
  picture = timeline_of(run.what, 7, run.outcome, run_end::unfinished, words);
  CHECK(picture.broken == std::vector<std::string>{"host b ended by itself", "a client was disconnected"});
  CHECK(picture.wait_expected_seconds == 10);  // of a schedule nothing else is expected
}

TEST_CASE("report: a fault is described by what it was told and what its kind knows") {
  fault_plan plan;
  plan.fault = fault_kind::network;
  plan.peer = "b";
  plan.delay_ms = 40;
  plan.loss_percent = 0.5;
  plan.bandwidth_kbit = 200'000;
  plan.step_seconds = 3;  // a network has none
  CHECK(describe(plan) == "network, peer b, delay_ms 40, loss_percent 0.5, bandwidth_kbit 200000");
  plan = {};
  plan.fault = fault_kind::kill;
  CHECK(describe(plan) == "kill");
}
