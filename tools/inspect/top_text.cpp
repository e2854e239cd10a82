#include "tools/inspect/top_text.hpp"

#include <algorithm>

#include "runtime/base/logging.hpp"
#include "tools/cli/tables.hpp"

namespace carillon::inspect {
namespace {

using rows = std::vector<std::vector<std::string>>;

// Microseconds in a mailbox that is empty: looking at it takes some time by itself.
constexpr std::uint64_t wait_worth_telling = 5'000;

std::string titled(const char* title, const rows& table, const char* none) {
  std::string out = std::string(title) + '\n';
  return out + (table.size() > 1 ? cli::format_table(table) : std::string(none) + '\n');
}

std::string channels(const wire::top_picture& picture) {
  rows table = {{"CHANNEL", "HOST", "POSTS/S"}};
  for (const auto& line : picture.channels())
    table.push_back({harmless(line.name()), harmless(line.host()), rate_text(line.value())});
  return titled("HOTTEST CHANNELS", table, "nobody posts");
}

std::string mailboxes(const wire::top_picture& picture) {
  rows table = {{"ACTOR", "HOST", "WAITING", "FOR"}};
  for (const auto& line : picture.mailboxes())
    if (line.value() > 0 || line.time() >= wait_worth_telling)
      table.push_back({harmless(line.name()), harmless(line.host()),
                       fmt::format("{:.0f}", line.value()), duration_text(line.time())});
  return titled("LONGEST MAILBOXES", table, "all are empty");
}

// A histogram as blocks, one per bucket, from the first that holds anything to the last.
std::string blocks(const wire::actor_line& line) {
  static constexpr const char* heights[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto& counts = line.histogram();
  const std::uint64_t most = counts.empty() ? 0 : *std::max_element(counts.begin(), counts.end());
  if (most == 0)
    return {};
  int first = 0;
  int last = counts.size() - 1;
  while (counts[first] == 0)
    ++first;
  while (counts[last] == 0)
    --last;
  std::string out;
  for (int i = first; i <= last; ++i)
    out += heights[counts[i] == 0 ? 0 : 1 + counts[i] * 7 / most];
  return out;
}

std::string nanos(std::uint64_t nanoseconds) {
  return nanoseconds < 1'000'000 ? fmt::format("{:.1f} µs", static_cast<double>(nanoseconds) / 1e3)
                                 : duration_text(nanoseconds / 1'000);
}

std::string actors(const wire::top_picture& picture) {
  rows table = {{"KIND", "HOST", "CORES", "HANDLED", "P50", "P99", "LONGEST", "TIMES"}};
  for (const auto& line : picture.actors())
    table.push_back({harmless(line.kind()), harmless(line.host()),
                     fmt::format("{:.3f}", line.busy_cores()), std::to_string(line.handled()),
                     nanos(line.p50_ns()), nanos(line.p99_ns()), nanos(line.longest_ns()), blocks(line)});
  return titled("BUSIEST ACTORS, BY TIME IN THEIR HANDLERS", table, "none did anything");
}

std::string connections(const wire::top_picture& picture, const look& how) {
  rows table = {{"CONNECTION", "USER", "FROM", "OLDEST WAITS", "QUEUED", "FRAMES", "DROPPED", "HEARD",
                 "STATE"}};
  for (const auto& each : picture.connections()) {
    if (each.why().empty())
      continue;  // a burst on its way is nobody's slowness
    table.push_back({fmt::format("session/{}:{}", harmless(each.host()), each.connection()),
                     harmless(each.user()), harmless(each.remote()), duration_text(each.queued_for()),
                     bytes_text(each.queued_bytes()), std::to_string(each.queued_frames()),
                     std::to_string(each.transient_dropped()),
                     duration_text(each.heard_ago()) + " ago", each.behind() ? "BEHIND" : each.lagging() ? "LAGGING" : ""});
  }
  std::string out = titled("SLOWEST CONNECTIONS", table, "nobody keeps us waiting");
  if (!how.colour)
    return out;
  std::string marked = warning("LAGGING", how);
  for (std::size_t at = out.find("LAGGING"); at != std::string::npos;
       at = out.find("LAGGING", at + marked.size()))
    out.replace(at, 7, marked);
  return out;
}

std::string queues(const wire::top_picture& picture) {
  rows table = {{"QUEUE", "HOST", "BYTES"}};
  for (const auto& line : picture.queues())
    if (line.value() > 0)
      table.push_back({harmless(line.name()), harmless(line.host()),
                       bytes_text(static_cast<std::uint64_t>(line.value()))});
  return titled("BIGGEST QUEUES", table, "all are empty");
}

}  // namespace

std::string top_text(const wire::top_picture& picture, const look& how) {
  return channels(picture) + '\n' + mailboxes(picture) + '\n' + actors(picture) + '\n' +
         connections(picture, how) + '\n' + queues(picture);
}

}  // namespace carillon::inspect
