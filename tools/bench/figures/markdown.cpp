#include "tools/bench/figures/markdown.hpp"

#include <iomanip>
#include <sstream>

#include "tools/bench/figures/goals.hpp"

namespace carillon::bench {
namespace {

// A cell's text: the one character that would end it is put in another way.
std::string cell(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '|')
      out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

void write_goals(std::ostream& out, const results& all) {
  out << "## Numbers to reach\n\n"
         "| number | to reach | measured | of it | |\n|---|---|---|---|---|\n";
  for (const goal_state& state : check_goals(all)) {
    const goal& wanted = *state.wanted;
    out << "| " << wanted.what << " | " << goal_text(wanted) << " | ";
    if (state.state == reached::not_measured)
      out << "- | - | ";
    else
      out << value_text({"", state.measured, std::string(wanted.unit), wanted.decimals}) << " | "
          << std::fixed << std::setprecision(2) << state.ratio << " | ";
    out << words_of(state.state) << " |\n";
  }
}

void write_run(std::ostream& out, const run_result& run) {
  out << "\n## " << run.name << "\n\n    " << run.command << "\n\n";
  if (!run.failure.empty()) {
    out << "No figures: " << cell(run.failure) << "\n";
    return;
  }
  out << "| figure | value | rounds apart |\n|---|---|---|\n";
  for (const figure& row : run.measured.figures) {
    out << "| " << row.name << " | " << value_text(row) << " | ";
    if (row.spread >= 0)
      out << std::fixed << std::setprecision(0) << row.spread * 100 << " %";
    out << " |\n";
  }
  for (const std::string& words : run.measured.broken)
    out << "\n**Broken:** " << words << "\n";
  if (!run.measured.shown.empty())
    out << "\nWhat the host itself showed meanwhile:\n\n";
  for (const std::string& line : run.measured.shown)
    out << "    " << line << '\n';
}

} // namespace

std::string written_by_hand(const std::string& page) {
  const std::size_t begin = page.find("\n## Why not more\n");
  if (begin == std::string::npos)
    return {};
  const std::size_t end = page.find("\n## ", begin + 1);
  return page.substr(begin + 1, end == std::string::npos ? end : end - begin);
}

std::string benchmarks_markdown(const results& all, const std::string& by_hand) {
  std::ostringstream out;
  out << "# Benchmarks\n\n"
         "Written by `carillon bench all --write BENCHMARKS.md`; every section is one command, which\n"
         "starts its own hosts and ends them. `raw_…` is a bare epoll loop (`_coalesced`: it joins\n"
         "what is pending for a socket), or one that appends and syncs, doing the same in the same\n"
         "run; `ratio_to_raw` compares with the mean of the raw rounds before and after. \"Rounds\n"
         "apart\" is how far the parts of one run differ: smaller differences mean nothing. In `fanout`\n"
         "one connection in 16 reads and checks every message; of the others, and of the raw loop's,\n"
         "the bytes are counted, and must be as many to the byte. `pressure_…` measures others, in a\n"
         "channel of their own, before and while something presses on the host, and then looks for\n"
         "everything that was acknowledged in history. \"Why not more\" is written by people, and kept.\n\n"
      << "- machine: " << all.machine << "\n- commit: " << all.commit << "\n- date: " << all.date
      << "\n\n";
  write_goals(out, all);
  if (!by_hand.empty())
    out << '\n' << by_hand;
  for (const run_result& run : all.runs)
    write_run(out, run);
  return out.str();
}

} // namespace carillon::bench
