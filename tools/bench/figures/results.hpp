// A set of results: what `--json` prints, `--compare` and `check --from` read, and BENCHMARKS.md is
// written from. One JSON object on one line:
//   {"carillon_bench":1,"machine":"...","commit":"...","date":"...",
//    "runs":[{"name":"fanout","command":"carillon bench fanout --pin","failure":"",
//             "figures":{"deliveries_per_second":{"value":1.0,"unit":"1/s","decimals":0,
//                        "better":"higher","spread":0.03}, ...},
//             "curves":{"delivery":[[0.5,2.13], ...]},
//             "shown":["carillon_lagging_connections 1", ...], "broken":["..."]}]}
// The last two only where there are any.
// The number in carillon_bench rises when the meaning of something changes. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/figures/report.hpp"

namespace carillon::bench {

// One workload with its options, as it was run.
struct run_result {
  std::string name;    // in the plan ("fanout_one"); of a single workload: the workload's
  std::string command; // what repeats it
  std::string failure; // why there are no figures; empty: there are
  report measured;
};

struct results {
  std::string machine; // processors, memory, kernel: for people
  std::string commit;  // of the working tree; empty: not known
  std::string date;    // as 2026-11-22
  std::vector<run_result> runs;

  const run_result* find(std::string_view name) const;
};

std::string to_json(const results& all); // one line, without its end
// What is wrong with it is told in `why`.
std::optional<results> parse_results(std::string_view json, std::string& why);

} // namespace carillon::bench
