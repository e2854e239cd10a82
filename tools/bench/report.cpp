#include "tools/bench/report.hpp"

#include <algorithm>
#include <iomanip>

namespace carillon::bench {

void report::add_latency(const std::string& name, const histogram& durations) {
  auto milliseconds = [](std::chrono::nanoseconds d) { return seconds(d) * 1e3; };
  add(name + "_p50", milliseconds(durations.at(0.5)), "ms", 2);
  add(name + "_p99", milliseconds(durations.at(0.99)), "ms", 2);
  add(name + "_p999", milliseconds(durations.at(0.999)), "ms", 2);
  add(name + "_max", milliseconds(durations.max()), "ms", 2);
}

void print_table(std::ostream& out, const report& what) {
  std::size_t width = 0;
  for (const auto& row : what.figures)
    width = std::max(width, row.name.size());
  out << what.workload << '\n';
  for (const auto& row : what.figures) {
    out << "  " << std::left << std::setw(static_cast<int>(width) + 2) << row.name << std::right
        << std::setw(14) << std::fixed << std::setprecision(row.decimals) << row.value;
    if (!row.unit.empty())
      out << ' ' << row.unit;
    out << '\n';
  }
}

void print_json(std::ostream& out, const report& what) {
  out << "{\"workload\":\"" << what.workload << '"';
  for (const auto& row : what.figures)
    out << ",\"" << row.name << "\":" << std::fixed << std::setprecision(row.decimals) << row.value;
  out << "}\n";
}

} // namespace carillon::bench
