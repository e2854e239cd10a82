#include "tools/inspect/trace_text.hpp"

#include <algorithm>
#include <array>

#include "runtime/base/logging.hpp"
#include "runtime/base/trace.hpp"
#include "tools/cli/tables.hpp"

namespace carillon::inspect {
namespace {

using rows = std::vector<std::vector<std::string>>;

// What was waited for when a step is late.
struct explanation {
  std::string_view step, words;
};
constexpr std::array explanations{
    explanation{"asked", "reading the request, the token and the channel's name on {}"},
    explanation{"arrived", "the way to the leader of the channel's slot: the network to {}, or its slot's mailbox"},
    explanation{"admitted", "the channel actor's mailbox on {}, or waking it up"},
    explanation{"proposed", "the channel actor's decision on {}"},
    explanation{"appended", "the network to {}, or its slot's mailbox"},
    explanation{"fsynced", "the disk of {}"},
    explanation{"committed", "the answers of a majority of replicas, on their way to {}"},
    explanation{"applied", "writing the tables of {}"},
    explanation{"answered", "the way back to {}"},
    explanation{"replied", "making the answer on {}"},
    explanation{"sent", "putting together what {} has for one host"},
    explanation{"at_hub", "the network to {}, or its hub's mailbox"},
    explanation{"published", "encoding the event on {}"},
    explanation{"written", "the I/O threads of {}, or a subscriber that does not read"},
};

std::string because(const wire::trace_step& step) {
  for (const explanation& each : explanations)
    if (step.step() == each.step)
      return fmt::format(fmt::runtime(each.words), harmless(step.host()));
  return {};
}

std::vector<std::string> hosts_of(const wire::trace_picture& picture) {
  std::vector<std::string> out;
  for (const auto& step : picture.steps())
    if (std::find(out.begin(), out.end(), step.host()) == out.end())
      out.push_back(step.host());
  return out;
}

std::string ms(std::int64_t micros) {
  return fmt::format("{:.3f}", static_cast<double>(micros) / 1e3);
}

std::int64_t between(const wire::trace_step& from, const wire::trace_step& to) {
  return static_cast<std::int64_t>(to.at() - from.at());
}

// Numbers stand under one another.
void align_right(rows& table, std::size_t column) {
  std::size_t width = 0;
  for (const auto& row : table)
    width = std::max(width, row[column].size());
  for (auto& row : table)
    row[column].insert(0, width - row[column].size(), ' ');
}

// Offsets count from the request's arrival, also when another host's clock says that it was earlier.
int start_of(const wire::trace_picture& picture) {
  for (int i = 0; i < picture.steps_size(); ++i)
    if (picture.steps(i).step() == "received")
      return i;
  return 0;
}

std::string clocks(const wire::trace_picture& picture) {
  std::vector<std::string> out;
  for (const std::string& host : hosts_of(picture))
    for (const auto& step : picture.steps())
      if (step.host() == host && step.clock_offset() != 0) {
        out.push_back(fmt::format("{} {:+.3f} ms", harmless(host),
                                  static_cast<double>(step.clock_offset()) / 1e3));
        break;
      }
  return out.empty() ? ""
                     : fmt::format("clocks set right by {}; between hosts they are known to half a "
                                   "round trip\n",
                                   join(out, ", "));
}

}  // namespace

std::optional<trace_gap> longest_gap(const wire::trace_picture& picture) {
  int end = -1;
  bool committed = false;
  std::vector<int> counted;
  for (int i = 0; i < picture.steps_size(); ++i) {
    const std::string& step = picture.steps(i).step();
    if (step == "replied" || step == "written")
      end = i;
    committed = committed || step == "committed";
    // A follower that lags behind the majority delays nobody.
    const bool waits = !committed || (step != "applied" && step != "fsynced" && step != "appended");
    if (waits)
      counted.push_back(i);
  }
  std::optional<trace_gap> out;
  for (std::size_t i = 1; i < counted.size(); ++i) {
    if (end >= 0 && counted[i] > end)
      break;
    const auto gap = between(picture.steps(counted[i - 1]), picture.steps(counted[i]));
    if (gap > 0 && (!out || static_cast<std::uint64_t>(gap) > out->micros))
      out = trace_gap{counted[i - 1], counted[i], static_cast<std::uint64_t>(gap)};
  }
  return out;
}

std::string trace_text(const wire::trace_picture& picture, const look& how) {
  std::string out = "trace " + carillon::trace_text(picture.trace());
  if (!picture.channel().empty())
    out += fmt::format(", channel/{}", harmless(picture.channel()));
  if (picture.seq() != 0)
    out += fmt::format(" seq {}", picture.seq());
  out += '\n';
  if (picture.steps_size() == 0)
    return out + "no host knows of it (any more)\n";
  const auto hosts = hosts_of(picture);
  rows table = {{"STEP"}};
  for (const std::string& host : hosts)
    table[0].push_back("ON " + harmless(host));
  table[0].insert(table[0].end(), {"+MS", ""});
  const auto& start = picture.steps(start_of(picture));
  for (int i = 0; i < picture.steps_size(); ++i) {
    const auto& step = picture.steps(i);
    std::vector<std::string> line{harmless(step.step())};
    for (const std::string& host : hosts)
      line.push_back(host == step.host() ? ms(between(start, step)) : "");
    line.push_back(i == 0 ? "" : ms(between(picture.steps(i - 1), step)));
    line.push_back(harmless(step.detail()));
    table.push_back(std::move(line));
  }
  for (std::size_t column = 1; column < table[0].size() - 1; ++column)
    align_right(table, column);
  out += cli::format_table(table);
  if (const auto gap = longest_gap(picture)) {
    const auto& from = picture.steps(gap->from);
    const auto& to = picture.steps(gap->to);
    out += warning(fmt::format("longest: {} ms, from {} on {} to {} on {}",
                               ms(static_cast<std::int64_t>(gap->micros)), from.step(),
                               harmless(from.host()), to.step(), harmless(to.host())),
                   how);
    if (const std::string why = because(to); !why.empty())
      out += "\n         " + why;
    out += '\n';
  }
  return out + clocks(picture);
}

}  // namespace carillon::inspect
