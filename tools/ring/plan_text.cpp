#include "tools/ring/plan_text.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "runtime/base/logging.hpp"
#include "tools/cli/tables.hpp"
#include "tools/inspect/words.hpp"

namespace carillon::ring {
namespace {

constexpr int moves_shown = 40;

using counts = std::map<std::uint64_t, std::uint32_t>;

std::string name_of(const wire::ring_view& view, std::uint64_t host) {
  if (host == 0)
    return "-";
  for (const auto& member : view.members())
    if (member.store_id() == host)
      return member.name().empty() ? "this host" : member.name();
  return fmt::format("{:x}", host);
}

const wire::host_wish* wish_of(const wire::ring_view& view, std::uint64_t host) {
  for (const auto& wish : view.wishes())
    if (wish.store_id() == host)
      return &wish;
  return nullptr;
}

// With `all`, as if every move were done.
void count(const wire::ring_view& view, bool all, counts& held, counts& led) {
  for (const auto& place : view.slots()) {
    for (std::uint64_t host : place.replicas())
      ++held[host];
    ++led[place.preferred_leader()];
  }
  if (!all)
    return;
  std::map<std::uint32_t, std::uint64_t> leaders;
  for (const auto& move : view.moves()) {
    if (move.to() != 0)
      ++held[move.to()];
    if (move.from() != 0)
      --held[move.from()];
    leaders[move.slot()] = move.leader();
  }
  for (const auto& [slot, leader] : leaders) {
    --led[view.slots(static_cast<int>(slot)).preferred_leader()];
    ++led[leader];
  }
}

std::string change(std::uint32_t before, std::uint32_t after) {
  return before == after ? std::to_string(before) : fmt::format("{} -> {}", before, after);
}

std::string weight_text(const wire::ring_view& view, const wire::ring_member& member) {
  const wire::host_wish* wish = wish_of(view, member.store_id());
  return wish && wish->has_weight() && wish->weight() != member.weight()
             ? fmt::format("{} (configured {})", wish->weight(), member.weight())
             : std::to_string(member.weight());
}

std::string state_text(const wire::ring_view& view, std::uint64_t host, std::uint32_t held) {
  const wire::host_wish* wish = wish_of(view, host);
  if (!wish || wish->intent() == wire::HOST_SERVES)
    return "serves";
  if (wish->intent() == wire::HOST_LEAVES)
    return "leaves";
  if (wish->intent() == wire::HOST_RESTS)
    return "rests";
  return held == 0 ? "drained" : "drains";
}

std::string step_text(const wire::cluster_picture& cluster, std::uint32_t slot) {
  std::string out;
  for (const auto& move : cluster.moves())
    if (move.slot() == slot)
      out += fmt::format("{}{}: {}", out.empty() ? "" : ", ", move.host(), move.what());
  return out;
}

// By the disk: of two with one name only one can be there. Hosts of before say no disk.
bool answers(const wire::cluster_picture& cluster, const wire::ring_member& member) {
  return std::any_of(cluster.hosts().begin(), cluster.hosts().end(), [&](const auto& host) {
    return host.store_id() == 0 ? host.name() == member.name()
                                : host.store_id() == member.store_id();
  });
}

// What is wished of a host does not say that it is there. `SILENT` is `carillon inspect`'s word too.
std::string state_text(const wire::ring_view& view, const wire::ring_member& member,
                       std::uint32_t held, const wire::cluster_picture* cluster) {
  const std::string wished = state_text(view, member.store_id(), held);
  if (!cluster || cluster->hosts().empty() || answers(*cluster, member))
    return wished;
  return wished == "serves" ? "SILENT" : wished + ", SILENT";
}

std::string free_of(const wire::cluster_picture& cluster, std::uint64_t id) {
  for (const auto& host : cluster.hosts())
    if (host.store_id() == id)
      return inspect::free_text(host.connections(), host.connections_max());
  return "-";
}

// `cluster`: what the hosts say of themselves; null: the table is about places only.
std::string hosts_table(const wire::ring_view& before, const wire::ring_view& after, bool all,
                        const wire::cluster_picture* cluster = nullptr) {
  counts held, led, held_after, led_after;
  count(before, false, held, led);
  count(after, all, held_after, led_after);
  std::vector<std::vector<std::string>> rows = {
      {"HOST", "ZONE", "REGION", "WEIGHT", "STATE", "SLOTS", "LEADS", "STORE"}};
  if (cluster)
    rows.front().push_back("FREE");
  for (const auto& member : after.members()) {
    const std::uint64_t id = member.store_id();
    rows.push_back({name_of(after, id), member.zone(), member.region(), weight_text(after, member),
                    state_text(after, member, held[id], cluster), change(held[id], held_after[id]),
                    change(led[id], led_after[id]), fmt::format("{:x}", id)});
    if (cluster)
      rows.back().push_back(free_of(*cluster, id));
  }
  return cli::format_table(rows);
}

std::vector<const wire::replica_move*> moves_of(const wire::ring_view& view, bool under_way) {
  std::vector<const wire::replica_move*> out;
  for (const auto& move : view.moves())
    if ((move.began() != 0) == under_way)
      out.push_back(&move);
  return out;
}

}  // namespace

std::string ring_text(const wire::ring_view& view, const wire::cluster_picture& cluster) {
  std::string out = hosts_table(view, view, true, &cluster);
  const auto under_way = moves_of(view, true);
  const auto planned = moves_of(view, false);
  out += fmt::format("\n{} slots, view {}; {} moves under way, {} planned{}\n", view.slots_size(),
                     view.generation(), under_way.size(), planned.size(),
                     view.held() ? "; held: none begins" : "");
  if (!under_way.empty()) {
    std::vector<std::vector<std::string>> rows = {{"SLOT", "FROM", "TO", "STEP"}};
    for (const auto* move : under_way)
      rows.push_back({std::to_string(move->slot()), name_of(view, move->from()),
                      name_of(view, move->to()), step_text(cluster, move->slot())});
    out += cli::format_table(rows);
  }
  for (const auto& pin : view.pins())
    out += fmt::format("slot {} is pinned to {}\n", pin.slot(), name_of(view, pin.leader()));
  return out;
}

std::string plan_text(const wire::ring_view& before, const wire::ring_view& after, bool dry_run) {
  std::uint32_t leaders = 0;
  for (int slot = 0; slot < std::min(before.slots_size(), after.slots_size()); ++slot)
    leaders += before.slots(slot).preferred_leader() != after.slots(slot).preferred_leader();
  const auto moves = static_cast<std::size_t>(after.moves_size());
  std::string out = hosts_table(before, after, true);
  out += fmt::format("\n{}: {} replicas {}, {} leaderships change at once{}\n",
                     dry_run ? "it would do this" : "done", moves, dry_run ? "would move" : "move",
                     leaders, after.held() ? "; held: no move begins" : "");
  if (dry_run) {
    int shown = 0;
    for (const auto& move : after.moves()) {
      if (++shown > moves_shown) {
        out += fmt::format("  and {} more\n", after.moves_size() - moves_shown);
        break;
      }
      out += fmt::format("  slot {}: {} -> {}\n", move.slot(), name_of(after, move.from()),
                         name_of(after, move.to()));
    }
  }
  std::size_t fewest = ~std::size_t{0};
  std::map<std::uint32_t, int> size;
  for (int slot = 0; slot < after.slots_size(); ++slot)
    size[static_cast<std::uint32_t>(slot)] = after.slots(slot).replicas_size();
  for (const auto& move : after.moves())
    size[move.slot()] += (move.to() != 0) - (move.from() != 0);
  for (const auto& [slot, count] : size)
    fewest = std::min(fewest, static_cast<std::size_t>(count));
  int most_before = 0;
  for (const auto& place : before.slots())
    most_before = std::max(most_before, place.replicas_size());
  if (!size.empty() && fewest < static_cast<std::size_t>(most_before))
    out += fmt::format("careful: slots will have {} replicas instead of {}\n", fewest, most_before);
  return out;
}

}  // namespace carillon::ring
