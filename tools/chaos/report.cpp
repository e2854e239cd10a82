#include "tools/chaos/report.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "tools/chaos/svg.hpp"

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

std::string milliseconds_text(double milliseconds) {
  return join({number_text(milliseconds), " ms"});
}

void check_gaps(std::ostream& out, const scenario& what, std::string_view of,
                const std::vector<double>& gaps, report& words) {
  const double longest = quantile(gaps, 1) * 1'000;
  if (longest <= what.unavailable_max_ms)
    return;
  words.held = false;
  out << "  expected: " << what.unavailable_max_ms << " ms at most without a post\n";
  words.broken.push_back(join({of, ": a channel took no post for ", milliseconds_text(longest),
                               ", expected are ", milliseconds_text(what.unavailable_max_ms),
                               " at most"}));
}

void check_waits(std::ostream& out, const scenario& what, std::string_view of,
                 const std::vector<double>& waits, report& words) {
  const double p99 = quantile(waits, 0.99) * 1'000;
  if (what.wait_p99_ms == 0 || p99 <= what.wait_p99_ms)
    return;
  words.held = false;
  out << "  expected: p99 of " << what.wait_p99_ms << " ms at most for a channel's slowest post\n";
  words.broken.push_back(join({of, ": p99 of ", milliseconds_text(p99),
                               " for a channel's slowest post, expected are ",
                               milliseconds_text(what.wait_p99_ms), " at most"}));
}

// "3 hosts", "1 host".
std::string count(std::uint64_t number, std::string_view of_many) {
  const bool is_one = number == 1 && of_many.ends_with('s');
  return join({count_text(static_cast<double>(number)), " ",
               of_many.substr(0, of_many.size() - (is_one ? 1 : 0))});
}

std::string seconds_text(double seconds) {
  return join({number_text(seconds, 2), " s"});
}

// What the crowd did and saw, in a line.
std::string crowd_fact(const run_outcome& outcome) {
  std::string words = join({count(outcome.accepted, "posts"), " accepted, ",
                            count(outcome.events, "events"), " seen, ",
                            count(outcome.retries, "tries repeated, "),
                            count(outcome.reconnections, "reconnections")});
  if (outcome.bytes_lost > 0)
    words += join({", ", count(outcome.bytes_lost, "unsynced bytes"), " lost with the power"});
  return words;
}

std::string rounds_fact(const fault_figures& figures) {
  std::string first = figures.affected.empty()
                          ? std::string("led no channel")
                          : join({"first post of a channel it led after p50 ",
                                  seconds_text(quantile(figures.affected, 0.5)), ", p99 ",
                                  seconds_text(quantile(figures.affected, 0.99))});
  return join({to_string(figures.fault), ", ", count(figures.rounds, "rounds"), ": ", first,
               "; longest without a post ",
               seconds_text(quantile(figures.gaps, 1)), "; all well ",
               seconds_text(quantile(figures.recovery, 1)), " after its end at worst"});
}

std::vector<std::string> facts_of(const run_outcome& outcome) {
  std::vector<std::string> facts{crowd_fact(outcome)};
  for (const fault_figures& figures : outcome.figures)
    facts.push_back(rounds_fact(figures));
  if (!outcome.gaps.empty())
    facts.push_back(join({"schedule: longest without a post ", seconds_text(quantile(outcome.gaps, 1)),
                          "; all well ", seconds_text(outcome.recovery), " after its end"}));
  return facts;
}

} // namespace

report report_of(const scenario& what, const run_outcome& outcome) {
  report words;
  words.held = outcome.verdict.clean() && outcome.broken.empty();
  words.facts = facts_of(outcome);
  std::ostringstream out;
  out << what.name << ": " << static_cast<int>(outcome.seconds) << " s, " << outcome.accepted
      << " posts accepted, " << outcome.events << " events seen, " << outcome.retries
      << " tries repeated, " << outcome.reconnections << " reconnections";
  if (outcome.reads_repeated > 0)
    out << ", " << outcome.reads_repeated << " reads of history repeated after a 503";
  if (outcome.bytes_lost > 0)
    out << ", " << outcome.bytes_lost << " unsynced bytes lost with the power";
  out << '\n';
  if (!outcome.no_stock_clients.empty())
    out << "without stock clients: " << outcome.no_stock_clients << '\n';
  out << "  fault           seconds                                  count      p50      p99      max\n";
  for (const fault_figures& figures : outcome.figures) {
    std::string name(to_string(figures.fault));
    out << row(name.c_str(), "to the first post, channels it led", figures.affected)
        << row(name.c_str(), "to the first post, other channels", figures.others)
        << row(name.c_str(), "longest without a post, channels", figures.gaps)
        << row(name.c_str(), "slowest post, channels", figures.waits)
        << row(name.c_str(), "from the fault's end until all well", figures.recovery);
    if (figures.fault != fault_kind::kill_all &&
        quantile(figures.affected, 0.99) * 1'000 > what.unavailable_p99_ms) {
      words.held = false;
      out << "  expected: p99 of " << what.unavailable_p99_ms << " ms at most to the first post\n";
      words.broken.push_back(join({name, ": p99 of ",
                                   milliseconds_text(quantile(figures.affected, 0.99) * 1'000),
                                   " to the first post, expected are ",
                                   milliseconds_text(what.unavailable_p99_ms), " at most"}));
    }
    check_gaps(out, what, name, figures.gaps, words);
    check_waits(out, what, name, figures.waits, words);
  }
  if (!outcome.gaps.empty()) {
    out << row("schedule", "longest without a post, channels", outcome.gaps)
        << row("schedule", "slowest post, channels", outcome.waits)
        << row("schedule", "from its end until all well", {outcome.recovery});
    check_gaps(out, what, "schedule", outcome.gaps, words);
    check_waits(out, what, "schedule", outcome.waits, words);
  }
  const counted& verdict = outcome.verdict;
  words.facts.push_back(join({count(verdict.posts, "posts"), " acknowledged: ", count(verdict.lost, "lost, "),
                              count(verdict.repeated, "repeated, "),
                              count(verdict.reordered, "reordered, "), count(verdict.gaps, "gaps, "),
                              count(verdict.invented, "invented; "),
                              count(outcome.broken.size(), "connections"), " broken without cause"}));
  out << "  acknowledged " << verdict.posts << ", lost " << verdict.lost << ", repeated "
      << verdict.repeated << ", reordered " << verdict.reordered << ", gaps " << verdict.gaps
      << ", invented " << verdict.invented << ", connections broken without cause "
      << outcome.broken.size() << '\n';
  print_sentences(out, verdict.sentences);
  print_sentences(out, outcome.broken);
  for (const auto* sentences : {&verdict.sentences, &outcome.broken})
    words.broken.insert(words.broken.end(), sentences->begin(), sentences->end());
  words.table = out.str();
  return words;
}

report report_of_failure(const run_outcome& outcome, const std::string& why) {
  report words;
  words.held = false;
  words.facts = facts_of(outcome);
  words.broken.push_back(why);
  for (const auto* sentences : {&outcome.verdict.sentences, &outcome.broken})
    words.broken.insert(words.broken.end(), sentences->begin(), sentences->end());
  return words;
}

timeline timeline_of(const scenario& what, std::uint64_t seed, const run_outcome& outcome,
                     run_end end, const report& words) {
  timeline run{.name = what.name,
               .end = end,
               .facts = {join({"seed ", std::to_string(seed), " \xC2\xB7 ", count(what.hosts, "hosts"), ", ",
                               count(what.posters, "posters"), " at ",
                               number_text(what.posts_per_second, 2), " posts a second each, ",
                               count(what.channels, "channels"), ", ",
                               count(what.subscribers, "subscribers"), ", ",
                               count(outcome.no_stock_clients.empty() ? what.stock_clients : 0,
                                     "stock clients")})},
               .broken = words.broken,
               .hosts = outcome.hosts,
               .channels = outcome.channels,
               .faults = outcome.faults,
               .phases = outcome.phases,
               .posts_wanted = static_cast<double>(what.posters) * what.posts_per_second,
               .wait_expected_seconds = what.unavailable_max_ms / 1'000,
               .wait_expected = "the longest that a channel may take no post",
               .gap_expected_seconds = what.unavailable_max_ms / 1'000,
               .seen = *outcome.seen};
  if (!what.rounds.empty()) {
    run.wait_expected_seconds = what.unavailable_p99_ms / 1'000;
    run.wait_expected = "expected of 99 in 100 first posts after a fault";
  }
  run.facts.insert(run.facts.end(), words.facts.begin(), words.facts.end());
  return run;
}

} // namespace carillon::chaos
