#include "tools/bench/figures/report.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

namespace carillon::bench {
namespace {

double milliseconds(std::chrono::nanoseconds duration) {
  return seconds(duration) * 1e3;
}

} // namespace

void report::add_latency(const std::string& name, const histogram& durations) {
  auto add_one = [&](const char* which, std::chrono::nanoseconds duration) {
    add(name + which, milliseconds(duration), "ms", 2, better::lower);
  };
  add_one("_p50", durations.at(0.5));
  add_one("_p99", durations.at(0.99));
  add_one("_p999", durations.at(0.999));
  add_one("_max", durations.max());
  // One slow moment says nothing about what is better.
  figures.back().direction = better::neither;
  curves.push_back(curve_of(name, durations));
}

const figure* report::find(std::string_view name) const {
  auto found = std::find_if(figures.begin(), figures.end(),
                            [&](const figure& row) { return row.name == name; });
  return found == figures.end() ? nullptr : &*found;
}

double report::at(std::string_view name) const {
  const figure* found = find(name);
  return found ? found->value : 0;
}

double median_of(std::vector<double> values) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  std::size_t half = values.size() / 2;
  return values.size() % 2 ? values[half] : (values[half - 1] + values[half]) / 2;
}

double spread_of(std::vector<double> values) {
  double middle = median_of(values);
  if (values.size() < 2 || middle == 0)
    return 0;
  auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  return (*highest - *lowest) / std::abs(middle);
}

void add_spreads(report& whole, const std::vector<report>& rounds) {
  if (rounds.size() < 2)
    return;
  for (figure& row : whole.figures) {
    std::vector<double> values;
    for (const report& round : rounds)
      if (const figure* same = round.find(row.name))
        values.push_back(same->value);
    if (values.size() == rounds.size() && row.direction != better::neither)
      row.spread = spread_of(values);
  }
}

// Shares as HdrHistogram's plots have them: each step halves what is left to 1, cut in four.
curve curve_of(const std::string& name, const histogram& durations) {
  curve out{name, {}};
  if (durations.count() == 0)
    return out;
  for (double left = 1; left * static_cast<double>(durations.count()) >= 0.5; left /= 2)
    for (double part : {0.0, 0.125, 0.25, 0.375}) {
      double share = 1 - left * (1 - part);
      out.points.push_back({share, milliseconds(durations.at(share))});
    }
  out.points.push_back({1, milliseconds(durations.max())});
  return out;
}

std::string value_text(const figure& row) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(row.decimals) << row.value;
  if (!row.unit.empty())
    text << ' ' << row.unit;
  return text.str();
}

void print_table(std::ostream& out, const report& what) {
  std::size_t width = 0;
  for (const auto& row : what.figures)
    width = std::max(width, row.name.size());
  out << what.workload << '\n';
  for (const auto& row : what.figures) {
    out << "  " << std::left << std::setw(static_cast<int>(width) + 2) << row.name << std::right
        << std::setw(14) << std::fixed << std::setprecision(row.decimals) << row.value;
    if (row.spread >= 0)
      out << ' ' << std::left << std::setw(5) << row.unit << std::right << " (rounds "
          << std::setprecision(0) << row.spread * 100 << " % apart)";
    else if (!row.unit.empty())
      out << ' ' << row.unit;
    out << '\n';
  }
  if (!what.shown.empty())
    out << "  what the host showed meanwhile:\n";
  for (const std::string& line : what.shown)
    out << "    " << line << '\n';
  for (const std::string& words : what.broken)
    out << "  BROKEN: " << words << '\n';
}

} // namespace carillon::bench
