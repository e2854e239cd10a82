#include "tools/bench/figures/compare.hpp"

#include <algorithm>
#include <iomanip>

namespace carillon::bench {
namespace {

bool has_figures(const run_result* run) {
  return run && run->failure.empty();
}

verdict judge(const compared& row) {
  bool higher_is_better = row.after.direction == better::higher;
  if (row.ratio > 1 + row.tolerance)
    return higher_is_better ? verdict::better : verdict::worse;
  // A ratio has no lower end but 0: half as much is as far as twice as much.
  if (row.ratio < 1 / (1 + row.tolerance))
    return higher_is_better ? verdict::worse : verdict::better;
  return verdict::same;
}

void compare_runs(const run_result& before, const run_result& after, std::vector<compared>& rows) {
  for (const figure& now : after.measured.figures) {
    const figure* then = before.measured.find(now.name);
    if (!then || now.direction == better::neither || then->unit != now.unit || then->value <= 0 ||
        now.value <= 0)
      continue;
    compared row{after.name, now.name, *then, now};
    row.ratio = now.value / then->value;
    double spread = std::max(then->spread, now.spread);
    row.tolerance = spread < 0 ? tolerance_unknown : std::max(tolerance_min, spread);
    row.told = judge(row);
    rows.push_back(std::move(row));
  }
}

const char* words_of(verdict told) {
  switch (told) {
  case verdict::better: return "better";
  case verdict::worse: return "WORSE";
  case verdict::same: return "";
  }
  return "";
}

} // namespace

bool comparison::any_worse() const {
  return std::any_of(rows.begin(), rows.end(),
                     [](const compared& row) { return row.told == verdict::worse; });
}

comparison compare(const results& before, const results& after) {
  comparison out;
  for (const run_result& run : after.runs) {
    const run_result* same = before.find(run.name);
    if (has_figures(same) && has_figures(&run))
      compare_runs(*same, run, out.rows);
    else
      out.only_after.push_back(run.name);
  }
  for (const run_result& run : before.runs)
    if (!has_figures(after.find(run.name)))
      out.only_before.push_back(run.name);
  return out;
}

void print_comparison(std::ostream& out, const comparison& what) {
  std::size_t width = 0;
  for (const compared& row : what.rows)
    width = std::max(width, row.name.size());
  std::string run;
  for (const compared& row : what.rows) {
    if (row.run != run)
      out << row.run << '\n';
    run = row.run;
    out << "  " << std::left << std::setw(static_cast<int>(width) + 2) << row.name << std::right
        << std::setw(18) << value_text(row.before) << " -> " << std::left << std::setw(18)
        << value_text(row.after) << std::right << std::fixed << std::setprecision(3)
        << std::setw(8) << row.ratio << " (+-" << std::setprecision(0) << row.tolerance * 100
        << " %)";
    if (row.told != verdict::same)
      out << "  " << words_of(row.told);
    out << '\n';
  }
  for (const std::string& name : what.only_before)
    out << name << ": only before\n";
  for (const std::string& name : what.only_after)
    out << name << ": only now\n";
}

} // namespace carillon::bench
