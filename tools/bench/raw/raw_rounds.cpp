#include "tools/bench/raw/raw_rounds.hpp"

#include <algorithm>
#include <numeric>

#include "runtime/base/ensure.hpp"

namespace carillon::bench {

double mean_of(const std::vector<double>& values) {
  return values.empty() ? 0
                        : std::accumulate(values.begin(), values.end(), 0.0) /
                              static_cast<double>(values.size());
}

std::vector<double> raw_rounds::rates() const {
  std::vector<double> all;
  for (const raw_result& one : results_)
    all.push_back(one.per_second);
  return all;
}

std::vector<double> raw_rounds::percentiles(double share) const {
  std::vector<double> all;
  for (const raw_result& one : results_)
    all.push_back(seconds(one.latency.at(share)) * 1e3);
  return all;
}

void raw_rounds::add(report& out, const char* which, const std::vector<double>& values,
                     const char* unit, int decimals) const {
  out.add(name_ + which, mean_of(values), unit, decimals).spread = spread_of(values);
}

void raw_rounds::add_ratio(report& out, const std::string& name, std::string_view of,
                           const std::vector<double>& values) const {
  const figure* measured = out.find(of);
  ENSURE(measured, "a ratio is of a figure that is there");
  double spread = std::max(measured->spread, 0.0) + spread_of(values);
  out.add(name, measured->value / mean_of(values), "", 3, measured->direction).spread = spread;
}

void raw_rounds::add_rate_to(report& out) const {
  add(out, "_per_second", rates(), "1/s", 0);
  std::vector<double> cpu;
  for (const raw_result& one : results_)
    cpu.push_back(one.cpu_us);
  add(out, "_cpu", cpu, "us", 3);
}

void raw_rounds::add_latency_to(report& out) const {
  add(out, "_p50", percentiles(0.5), "ms", 2);
  add(out, "_p99", percentiles(0.99), "ms", 2);
}

void raw_rounds::add_rate_ratio_to(report& out, const std::string& name,
                                   std::string_view of) const {
  add_ratio(out, name, of, rates());
}

void raw_rounds::add_p99_ratio_to(report& out, const std::string& name, std::string_view of) const {
  add_ratio(out, name, of, percentiles(0.99));
}

} // namespace carillon::bench
