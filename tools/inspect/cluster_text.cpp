#include "tools/inspect/cluster_text.hpp"

#include <algorithm>

#include "runtime/base/logging.hpp"
#include "tools/cli/tables.hpp"
#include "tools/inspect/ring_text.hpp"

namespace carillon::inspect {
namespace {

using rows = std::vector<std::vector<std::string>>;

constexpr std::int64_t clock_worth_telling = 1'000;    // microseconds
constexpr std::uint64_t unheard_worth_telling = 1'000'000;

std::string title(const wire::cluster_picture& picture) {
  const auto hosts = static_cast<std::uint64_t>(picture.hosts_size() + picture.silent_size());
  std::string out = fmt::format("{}, {}, generation {}; asked {}",
                                count_text(hosts, "host", "hosts"),
                                count_text(static_cast<std::uint64_t>(picture.places_size()),
                                           "slot", "slots"),
                                picture.generation(), harmless(picture.asked()));
  if (!picture.meta_leader().empty())
    out += fmt::format(", the ring actor runs on {}", harmless(picture.meta_leader()));
  return out + '\n';
}

std::string uptime(const wire::host_picture& host) {
  return host.now() > host.started() ? duration_text(host.now() - host.started()) : "";
}

std::string hosts_table(const wire::cluster_picture& picture, const look& how) {
  const auto letters = host_letters(picture);
  rows table = {{"HOST", "ZONE", "REGION", "HOLDS", "LEADS", "WEBSOCKETS", "HTTP", "FREE", "AWAKE",
                 "POSTS/S", "DELIVERIES/S", "CPU", "MEMORY", "FSYNC P99", "UP", "VERSION", "STATE"}};
  for (int i = 0; i < picture.hosts_size(); ++i) {
    const auto& host = picture.hosts(i);
    const auto http = host.connections() - std::min(host.websockets(), host.connections());
    table.push_back({harmless(host.name()), harmless(host.zone()), harmless(host.region()),
                     std::to_string(host.slots_held()), std::to_string(host.slots_led()),
                     std::to_string(host.websockets()), std::to_string(http), free_text(host.connections(), host.connections_max()),
                     std::to_string(host.entities()),
                     rate_text(host.per_second().posts()),
                     rate_text(host.per_second().deliveries()),
                     fmt::format("{:.2f}", host.cpu_cores()), bytes_text(host.memory_bytes()),
                     duration_text(host.journal().fsync_p99()), uptime(host),
                     harmless(host.version()), harmless(host.state())});
  }
  for (const auto& silent : picture.silent()) {
    std::vector<std::string> line(table[0].size(), "-");
    line.front() = harmless(silent.name());
    line.back() = "SILENT: " + harmless(silent.why());
    table.push_back(std::move(line));
  }
  // Whoever is not well stands out. Colours come last: they have no width.
  std::string out, all = cli::format_table(table);
  std::size_t line = 0;
  for (std::size_t begin = 0; begin < all.size(); ++line) {
    const std::size_t end = all.find('\n', begin);
    const std::string text = all.substr(begin, end - begin);
    const bool well = line == 0 || table[line].back() == "serving";
    out += (well ? text : warning(text, how)) + '\n';
    begin = end + 1;
  }
  return out;
}

// One line for each thing that somebody should know of.
std::string troubles(const wire::cluster_picture& picture, const look& how) {
  std::string out;
  const auto say = [&](const std::string& words) { out += warning(words, how) + '\n'; };
  for (const auto& host : picture.hosts()) {
    for (const std::string& words : host.turned_away())
      say(fmt::format("{}: {}", harmless(host.name()), harmless(words)));
    for (const auto& outage : host.push_outages())
      say(fmt::format("{}: {} takes no pushes since {} UTC, for {}: they wait", harmless(host.name()),
                      harmless(outage.provider()), clock_text(outage.since()),
                      duration_text(host.now() - std::min(host.now(), outage.since()))));
    if (!host.journal().trouble().empty())
      say(fmt::format("{}: journal: {}", harmless(host.name()), harmless(host.journal().trouble())));
    if (std::abs(host.clock_offset()) >= clock_worth_telling)
      say(fmt::format("{}: its clock is {:+.1f} ms from that of {}", harmless(host.name()),
                      static_cast<double>(host.clock_offset()) / 1e3, harmless(picture.asked())));
    for (const auto& link : host.links()) {
      if (!link.up())
        say(fmt::format("{}: no link to {}{}{}", harmless(host.name()), harmless(link.host()),
                        link.trouble().empty() ? "" : ": ", harmless(link.trouble())));
      else if (!link.trouble().empty())
        say(fmt::format("{}: link to {}: {}", harmless(host.name()), harmless(link.host()),
                        harmless(link.trouble())));
      else if (link.heard_ago() >= unheard_worth_telling)
        say(fmt::format("{}: nothing heard of {} for {}", harmless(host.name()),
                        harmless(link.host()), duration_text(link.heard_ago())));
    }
    for (const auto& slot : host.slots())
      if (!slot.trouble().empty())
        say(fmt::format("{}: slot {}: {}", harmless(host.name()), slot.slot(),
                        harmless(slot.trouble())));
  }
  return out;
}

std::string moves_table(const wire::cluster_picture& picture) {
  if (picture.moves_size() == 0)
    return {};
  rows table = {{"MOVES: SLOT", "TO", "AS", "BEHIND"}};
  for (const auto& move : picture.moves())
    table.push_back({std::to_string(move.slot()), harmless(move.host()), harmless(move.what()),
                     std::to_string(move.behind())});
  return '\n' + cli::format_table(table);
}

}  // namespace

std::string cluster_text(const wire::cluster_picture& picture, const look& how) {
  std::string out = title(picture) + '\n' + hosts_table(picture, how);
  if (std::string ring = ring_text(picture, how); !ring.empty())
    out += "\nslot   by leader\n" + ring;
  out += moves_table(picture);
  if (std::string wrong = troubles(picture, how); !wrong.empty())
    out += '\n' + wrong;
  return out;
}

}  // namespace carillon::inspect
