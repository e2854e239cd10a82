// What a workload measured: named figures with their unit, in the order to print them, and the
// curves of its latencies. Values; pure but for the printing.
#pragma once

#include <chrono>
#include <cmath>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "tools/bench/figures/histogram.hpp"

namespace carillon::bench {

enum class better : std::uint8_t { neither, higher, lower };

struct figure {
  std::string name; // snake_case, unique in its report: the key in JSON
  double value = 0;
  std::string unit; // "1/s", "us", "ms", "bytes", "" for plain counts and ratios
  int decimals = 0;
  bench::better direction = better::neither;
  // How far the run's own rounds lie apart, as a share of the value (0.1: the highest is 10 % above
  // the lowest); negative: not known.
  double spread = -1;
};

// How long it took at most, for so large a share of all.
struct curve_point {
  double share = 0;
  double milliseconds = 0;
};
struct curve {
  std::string name;
  std::vector<curve_point> points; // rising in both
};

struct report {
  std::string workload;
  std::vector<figure> figures;
  std::vector<curve> curves;
  std::vector<std::string> shown = {};  // what the host itself said meanwhile, line by line
  std::vector<std::string> broken = {}; // promises that it did not keep, in words; empty: none

  // What no number is (a share of nothing) is 0: JSON knows no other.
  figure& add(std::string name, double value, std::string unit, int decimals = 0,
              better direction = better::neither) {
    value = std::isfinite(value) ? value : 0;
    figures.push_back({std::move(name), value, std::move(unit), decimals, direction});
    return figures.back();
  }
  // p50, p99, p99.9 and max in milliseconds, as NAME_p50 and so on, and the curve NAME.
  void add_latency(const std::string& name, const histogram& durations);

  const figure* find(std::string_view name) const;
  double at(std::string_view name) const; // 0 when it is not there
};

// Each figure of `whole` gets the spread that it has among `rounds`: reports of the same run's parts.
void add_spreads(report& whole, const std::vector<report>& rounds);
// (highest - lowest) / median; 0 for fewer than two values or a median of 0.
double spread_of(std::vector<double> values);
double median_of(std::vector<double> values); // 0 for none

curve curve_of(const std::string& name, const histogram& durations);

// Value and unit as the tables have them: "18100 1/s", "0.74 us".
std::string value_text(const figure& row);
void print_table(std::ostream& out, const report& what);

inline double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

} // namespace carillon::bench
