// Two sets of results beside one another: what got better, what got worse, and what only moved
// within what its own rounds moved. Pure.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "tools/bench/figures/results.hpp"

namespace carillon::bench {

enum class verdict : std::uint8_t { same, better, worse };

struct compared {
  std::string run;
  std::string name;
  figure before;
  figure after;
  double ratio = 1;     // after / before
  double tolerance = 0; // a ratio within 1 -/+ this is no difference
  verdict told = verdict::same;
};

// Differences smaller than this are never told apart, however steady the rounds were: two runs
// minutes apart differ by more than one run's rounds do.
inline constexpr double tolerance_min = 0.03;
// Of a figure that is not cut into rounds: such machines drift by a fifth between two runs.
inline constexpr double tolerance_unknown = 0.2;

struct comparison {
  std::vector<compared> rows;          // of runs that both have, figures with a direction only
  std::vector<std::string> only_before; // names of runs that have no counterpart with figures
  std::vector<std::string> only_after;
  bool any_worse() const;
};

// The tolerance of a figure is the larger of the two runs' spreads, at least tolerance_min; without
// spreads, tolerance_unknown.
comparison compare(const results& before, const results& after);
void print_comparison(std::ostream& out, const comparison& what);

} // namespace carillon::bench
