// The numbers to reach on two cores of a machine as BENCHMARKS.md describes it, per run of the plan,
// and how a set of results stands to them. Pure.
#pragma once

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/figures/results.hpp"

namespace carillon::bench {

enum class limit : std::uint8_t { at_least, at_most };

struct goal {
  std::string_view what;   // for people
  std::string_view run;    // of the plan
  std::string_view figure; // of that run
  limit kind = limit::at_least;
  double value = 0;
  std::string_view unit;
  int decimals = 0;
};
const std::vector<goal>& goals();

enum class reached : std::uint8_t { yes, no, not_measured };
struct goal_state {
  const goal* wanted = nullptr;
  reached state = reached::not_measured;
  double measured = 0;
  double ratio = 0;        // measured / wanted: for at_most, below 1 is good
  double to_raw = 0;       // ratio_to_raw of the run; 0: it has none
};
std::vector<goal_state> check_goals(const results& all);
void print_goals(std::ostream& out, const std::vector<goal_state>& states);
std::string goal_text(const goal& wanted); // ">= 900000 1/s"
std::string_view words_of(reached state);

} // namespace carillon::bench
