#include "tools/inspect/trace_text.hpp"

#include <algorithm>
#include <cstdlib>

#include "runtime/base/logging.hpp"
#include "runtime/base/trace.hpp"
#include "tools/cli/tables.hpp"

namespace carillon::inspect {
namespace {

using rows = std::vector<std::vector<std::string>>;

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

// Numbers stand under one another.
void align_right(rows& table, std::size_t column) {
  std::size_t width = 0;
  for (const auto& row : table)
    width = std::max(width, row[column].size());
  for (auto& row : table)
    row[column].insert(0, width - row[column].size(), ' ');
}

std::string clocks(const wire::trace_picture& picture) {
  constexpr std::uint64_t worth_telling = 10'000;  // microseconds of doubt
  std::vector<std::string> set, doubted, odd;
  for (const auto& clock : picture.clocks()) {
    const std::string host = harmless(clock.host());
    const bool known = clock.exact_to() != UINT64_MAX;
    const std::string exact =
        known ? fmt::format(" (exact to {} ms)", ms(static_cast<std::int64_t>(clock.exact_to())))
              : std::string();
    if (clock.offset() != 0)
      set.push_back(fmt::format("{} is {} ms {}{}", host, ms(std::abs(clock.offset())),
                                clock.offset() > 0 ? "ahead" : "behind", exact));
    else if (clock.exact_to() >= worth_telling)
      doubted.push_back(known ? host + exact : host);
    if (clock.odd())
      odd.push_back(host);
  }
  std::string out;
  if (!set.empty())
    out += fmt::format("clocks that were set right: {}\n", join(set, ", "));
  if (!doubted.empty())
    out += fmt::format("clocks that may be off: {}\n", join(doubted, ", "));
  if (!odd.empty())
    out += fmt::format("clocks that were set meanwhile, so their times are wrong: {}\n", join(odd, ", "));
  return out;
}

std::string steps_table(const wire::trace_picture& picture, const look& how) {
  const auto hosts = hosts_of(picture);
  rows table = {{"STEP"}};
  for (const std::string& host : hosts)
    table[0].push_back("ON " + harmless(host));
  table[0].insert(table[0].end(), {"WAITED", ""});
  const int longest = picture.has_longest() ? static_cast<int>(picture.longest().step()) : -1;
  const std::uint64_t start = picture.steps(0).at();
  for (int i = 0; i < picture.steps_size(); ++i) {
    const auto& step = picture.steps(i);
    std::vector<std::string> line{harmless(step.step())};
    for (const std::string& host : hosts)
      line.push_back(host == step.host() ? ms(static_cast<std::int64_t>(step.at() - start)) : "");
    const std::string waited = ms(static_cast<std::int64_t>(step.waited()));
    line.push_back(step.after() == 0  ? std::string()
                   : step.awaited() ? fmt::format("{} ", waited)
                                    : fmt::format("({})", waited));
    line.push_back(i == longest ? fmt::format("<== the longest wait  {}", harmless(step.detail()))
                                : harmless(step.detail()));
    table.push_back(std::move(line));
  }
  for (std::size_t column = 1; column < table[0].size() - 1; ++column)
    align_right(table, column);
  // Colours come last: they have no width.
  std::string out;
  const std::string all = cli::format_table(table);
  int line = -1;
  for (std::size_t begin = 0; begin < all.size(); ++line) {
    const std::size_t end = all.find('\n', begin);
    const std::string text = all.substr(begin, end - begin);
    out += (line >= 0 && line == longest ? warning(text, how) : text) + '\n';
    begin = end + 1;
  }
  return out;
}

std::string whole(const wire::trace_picture& picture) {
  std::vector<std::string> out;
  if (picture.until_replied() != 0)
    out.push_back(fmt::format("the poster had its answer after {} ms",
                              ms(static_cast<std::int64_t>(picture.until_replied()))));
  if (picture.until_written() != 0)
    out.push_back(fmt::format("the last host's first subscriber had the message after {} ms",
                              ms(static_cast<std::int64_t>(picture.until_written()))));
  return out.empty() ? std::string() : join(out, "; ") + '\n';
}

}  // namespace

std::string trace_text(const wire::trace_picture& picture, const look& how) {
  std::string out = "trace " + carillon::trace_text(picture.trace());
  if (!picture.channel().empty())
    out += fmt::format(", channel/{}", harmless(picture.channel()));
  if (picture.seq() != 0)
    out += fmt::format(" seq {}", picture.seq());
  out += '\n';
  if (picture.steps_size() == 0)
    return out + "no host knows of it (any more)\n";
  out += steps_table(picture, how) + whole(picture);
  if (picture.has_longest())
    out += warning(fmt::format("longest: {} ms for {}",
                               ms(static_cast<std::int64_t>(picture.longest().time())),
                               harmless(picture.longest().words())),
                   how) +
           '\n';
  for (const std::string& note : picture.notes())
    out += fmt::format("also: {}\n", harmless(note));
  return out + clocks(picture);
}

}  // namespace carillon::inspect
