// The numbers to reach, the plan that measures them, the page they are written to, and the times of
// an open loop.
#include <algorithm>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

#include "tools/bench/figures/goals.hpp"
#include "tools/bench/figures/markdown.hpp"
#include "tools/bench/figures/plan.hpp"
#include "tools/bench/figures/schedule.hpp"
#include "tools/bench/raw/raw_shape.hpp"

namespace carillon::bench {
namespace {

results fanout_at(double rate, double cpu) {
  report measured{"fanout", {}, {}};
  measured.add("deliveries_per_second", rate, "1/s");
  measured.add("server_cpu_per_delivery", cpu, "us", 2);
  measured.add("ratio_to_raw", 2.5, "", 3);
  return {"a machine", "abc", "2026-11-22", {{"fanout", "carillon bench fanout", {}, measured}}};
}

const goal_state& state_of(const std::vector<goal_state>& all, std::string_view figure) {
  auto found = std::find_if(all.begin(), all.end(), [&](const goal_state& state) {
    return state.wanted->run == "fanout" && state.wanted->figure == figure;
  });
  REQUIRE(found != all.end());
  return *found;
}

} // namespace

TEST_CASE("goals: exactly the number to reach is reached, from either side") {
  auto states = check_goals(fanout_at(900'000, 1.0));
  CHECK(state_of(states, "deliveries_per_second").state == reached::yes);
  CHECK(state_of(states, "deliveries_per_second").to_raw == doctest::Approx(2.5));
  CHECK(state_of(states, "server_cpu_per_delivery").state == reached::yes);
  states = check_goals(fanout_at(899'999, 1.01));
  CHECK(state_of(states, "deliveries_per_second").state == reached::no);
  CHECK(state_of(states, "server_cpu_per_delivery").state == reached::no);
  CHECK(state_of(states, "server_cpu_per_delivery").ratio == doctest::Approx(1.01));
}

TEST_CASE("goals: what was not run, or failed, is not measured") {
  results all = fanout_at(1e6, 0.5);
  all.runs[0].failure = "it broke";
  for (const goal_state& state : check_goals(all))
    CHECK(state.state == reached::not_measured);
}

TEST_CASE("goals: every one names a run of the plan") {
  for (const goal& wanted : goals()) {
    CAPTURE(wanted.run);
    CHECK(std::any_of(plan().begin(), plan().end(),
                      [&](const planned_run& run) { return run.name == wanted.run; }));
  }
}

TEST_CASE("plan: names are unique, and each quick run is of the same workload") {
  std::set<std::string_view> names;
  for (const planned_run& run : plan()) {
    CHECK(names.insert(run.name).second);
    CHECK(split_at_blanks(run.words).front() == split_at_blanks(run.quick).front());
  }
  CHECK(split_at_blanks("a  b c") == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("markdown: what people wrote of it stays in the page, whatever is measured anew") {
  const std::string mine = "## Why not more\n\nBecause.\n\n";
  CHECK(written_by_hand("# Benchmarks\n\n" + mine + "## fanout\n") == mine);
  CHECK(written_by_hand("# Benchmarks\n\n## Why not more\n\nEnd.\n") == "## Why not more\n\nEnd.\n");
  CHECK(written_by_hand("# Benchmarks\n\n## fanout\n").empty());
  const std::string page = benchmarks_markdown({}, mine);
  CHECK(written_by_hand(page).starts_with("## Why not more\n\nBecause.\n"));
  CHECK(written_by_hand(benchmarks_markdown({}, written_by_hand(page))) == written_by_hand(page));
}

TEST_CASE("markdown: the page has machine, commit, commands, figures and what was not reached") {
  results all = fanout_at(500'000, 0.5);
  all.runs[0].measured.figures[0].spread = 0.04;
  all.runs.push_back({"storm", "carillon bench storm", "too few | files", {}});
  std::string page = benchmarks_markdown(all);
  all.runs[0].measured.shown = {"carillon_slow_closes_total +1"};
  all.runs[0].measured.broken = {"2 posts are lost"};
  page = benchmarks_markdown(all);
  for (const char* part : {"    carillon_slow_closes_total +1\n", "**Broken:** 2 posts are lost\n", "- machine: a machine", "- commit: abc", "    carillon bench fanout\n",
                           "| deliveries_per_second | 500000 1/s | 4 % |", "NOT REACHED",
                           "No figures: too few \\| files"}) {
    CAPTURE(part);
    CHECK(page.find(part) != std::string::npos);
  }
  std::ostringstream table;
  print_goals(table, check_goals(all));
  CHECK(table.str().find("NOT REACHED") != std::string::npos);
}

TEST_CASE("schedule: the intended times do not drift and do not wait for anything") {
  tick_time start{};
  schedule times(start, 3);
  CHECK(times.intended(3'000'000) == start + std::chrono::seconds(1'000'000));
  CHECK(times.is_due(start));
  CHECK(times.take() == start);
  CHECK_FALSE(times.is_due(start));
  // A stall of a second: the three that were meant for it are due, each with its own time.
  auto now = start + std::chrono::seconds(1);
  int due = 0;
  for (; times.is_due(now); ++due)
    CHECK(times.take() <= now);
  CHECK(due == 3);
  CHECK(times.given() == 4);
}

TEST_CASE("raw shape: members are spread evenly over the people") {
  std::vector<int> of_each(10, 0);
  for (std::size_t group = 0; group < 20; ++group)
    for (std::size_t member = 0; member < 5; ++member)
      ++of_each[person_of(group, member, 5, of_each.size())];
  CHECK(std::all_of(of_each.begin(), of_each.end(), [](int count) { return count == 10; }));
}

TEST_CASE("raw shape: a post's head is read as it was written") {
  raw_shape shape;
  shape.request_bytes = 64;
  std::string bytes = raw_request(shape, 7, 123'456'789'012);
  CHECK(bytes.size() == 64);
  CHECK(read_raw_request(bytes.data()).group == 7);
  CHECK(read_raw_request(bytes.data()).stamp == 123'456'789'012);
}

} // namespace carillon::bench
