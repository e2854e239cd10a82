#include <algorithm>
#include <cstdio>
#include <ostream>

#include "tools/chaos/run.hpp"

namespace carillon::chaos {
namespace {

constexpr std::size_t sentences_shown = 20;

double quantile(std::vector<double> values, double q) {
  if (values.empty())
    return 0;
  std::sort(values.begin(), values.end());
  auto rank = static_cast<std::size_t>(q * static_cast<double>(values.size()));
  return values[std::min(rank, values.size() - 1)];
}

std::string row(const char* name, const char* what, const std::vector<double>& values) {
  char text[160];
  std::snprintf(text, sizeof text, "  %-15s %-34s %7zu  %7.3f  %7.3f  %7.3f\n", name, what,
                values.size(), quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1));
  return text;
}

void print_sentences(std::ostream& out, const std::vector<std::string>& sentences) {
  for (std::size_t i = 0; i < std::min(sentences.size(), sentences_shown); ++i)
    out << "  " << sentences[i] << '\n';
  if (sentences.size() > sentences_shown)
    out << "  ... and " << sentences.size() - sentences_shown << " more\n";
}

bool check_gaps(std::ostream& out, const scenario& what, const std::vector<double>& gaps) {
  if (quantile(gaps, 1) * 1'000 <= what.unavailable_max_ms)
    return true;
  out << "  expected: " << what.unavailable_max_ms << " ms at most without a post\n";
  return false;
}

} // namespace

bool print_outcome(std::ostream& out, const scenario& what, const run_outcome& outcome) {
  bool held = outcome.verdict.clean() && outcome.broken.empty();
  out << what.name << ": " << static_cast<int>(outcome.seconds) << " s, " << outcome.accepted
      << " posts accepted, " << outcome.events << " events seen, " << outcome.retries
      << " tries repeated, " << outcome.reconnections << " reconnections";
  if (outcome.reads_repeated > 0)
    out << ", " << outcome.reads_repeated << " reads of history repeated after a 503";
  out << '\n';
  if (!outcome.no_stock_clients.empty())
    out << "without stock clients: " << outcome.no_stock_clients << '\n';
  out << "  fault           seconds                                  count      p50      p99      max\n";
  for (const fault_figures& figures : outcome.figures) {
    std::string name(to_string(figures.fault));
    out << row(name.c_str(), "to the first post, channels it led", figures.affected)
        << row(name.c_str(), "to the first post, other channels", figures.others)
        << row(name.c_str(), "longest without a post, channels", figures.gaps)
        << row(name.c_str(), "from the fault's end until all well", figures.recovery);
    if (figures.fault != fault_kind::kill_all &&
        quantile(figures.affected, 0.99) * 1'000 > what.unavailable_p99_ms) {
      held = false;
      out << "  expected: p99 of " << what.unavailable_p99_ms << " ms at most to the first post\n";
    }
    held = check_gaps(out, what, figures.gaps) && held;
  }
  if (!outcome.gaps.empty()) {
    out << row("schedule", "longest without a post, channels", outcome.gaps)
        << row("schedule", "from its end until all well", {outcome.recovery});
    held = check_gaps(out, what, outcome.gaps) && held;
  }
  const counted& verdict = outcome.verdict;
  out << "  acknowledged " << verdict.posts << ", lost " << verdict.lost << ", repeated "
      << verdict.repeated << ", reordered " << verdict.reordered << ", gaps " << verdict.gaps
      << ", invented " << verdict.invented << ", connections broken without cause "
      << outcome.broken.size() << '\n';
  print_sentences(out, verdict.sentences);
  print_sentences(out, outcome.broken);
  out << (held ? "HELD" : "BROKEN") << std::endl;
  return held;
}

} // namespace carillon::chaos
