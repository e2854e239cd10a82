#include "runtime/ring/placement.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "runtime/base/ensure.hpp"
#include "runtime/ring/placement_table.hpp"

namespace carillon {

std::uint64_t placement_score(slot_id slot, std::uint64_t store_id) {
  // SplitMix64's finaliser over both (Steele, Lea and Flood 2014): every bit of either reaches all.
  std::uint64_t z = store_id + 0x9e3779b97f4a7c15ULL * (std::uint64_t{slot} + 1);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

wire::ring_view place_slots(const wire::ring_view& view, const placement_rules& rules) {
  ENSURE(rules.slots >= 1 && rules.replicas >= 1, "a table has slots and replicas");
  std::map<std::uint64_t, const wire::ring_member*> members;  // by store id: the order is fixed
  for (const auto& member : view.members())
    if (member.weight() > 0)
      members.emplace(member.store_id(), &member);
  wire::ring_view out = view;
  while (out.slots_size() < static_cast<int>(rules.slots))
    out.add_slots();
  if (members.empty())
    return out;

  std::set<std::uint64_t> resting;
  for (const auto& wish : view.wishes())
    if (wish.intent() == wire::HOST_RESTS)
      resting.insert(wish.store_id());
  std::vector<placement_table::host_facts> hosts;
  std::unordered_map<std::uint64_t, placement_table::host> host_of;
  std::map<std::string, std::uint32_t> zones;
  for (const auto& [id, member] : members) {
    auto zone = zones.emplace(member->zone(), static_cast<std::uint32_t>(zones.size())).first;
    host_of.emplace(id, static_cast<placement_table::host>(hosts.size()));
    hosts.push_back({id, member->weight(), zone->second, resting.count(id) > 0});
  }
  std::vector<placement_table::slot_row> rows(rules.slots);
  for (std::uint32_t slot = 0; slot < rules.slots; ++slot) {
    const auto& was = out.slots(static_cast<int>(slot));
    for (std::uint64_t id : was.replicas())
      if (auto found = host_of.find(id); found != host_of.end())
        rows[slot].replicas.push_back(found->second);
    if (auto found = host_of.find(was.preferred_leader()); found != host_of.end())
      rows[slot].leader = found->second;
  }
  for (const auto& pin : out.pins()) {
    auto found = host_of.find(pin.leader());
    if (pin.slot() >= rules.slots || found == host_of.end())
      continue;  // for as long as that host is away or drains, the slot is as any other
    auto& row = rows[pin.slot()];
    if (std::find(row.replicas.begin(), row.replicas.end(), found->second) == row.replicas.end())
      row.replicas.push_back(found->second);
    row.leader = found->second;
    row.pinned = true;
  }
  auto replicas = std::min<std::uint32_t>(rules.replicas, static_cast<std::uint32_t>(hosts.size()));
  placement_table table(hosts, std::move(rows), replicas);
  table.trim();
  table.fill();
  table.level();
  table.spread();
  table.choose_leaders();

  for (std::uint32_t slot = 0; slot < rules.slots; ++slot) {
    const auto& row = table.rows()[slot];
    wire::slot_place& place = *out.mutable_slots(static_cast<int>(slot));
    place.set_preferred_leader(hosts[row.leader].store_id);
    std::vector<std::uint64_t> order;
    for (placement_table::host who : row.replicas)
      order.push_back(hosts[who].store_id);
    std::sort(order.begin(), order.end(), [&](std::uint64_t a, std::uint64_t b) {
      bool leads_a = a == place.preferred_leader(), leads_b = b == place.preferred_leader();
      if (leads_a != leads_b)
        return leads_a;
      return placement_score(static_cast<slot_id>(slot), a) >
             placement_score(static_cast<slot_id>(slot), b);
    });
    place.mutable_replicas()->Assign(order.begin(), order.end());
    if (place.founders().empty())
      *place.mutable_founders() = place.replicas();
  }
  return out;
}

placement_moves count_moves(const wire::ring_view& before, const wire::ring_view& after) {
  placement_moves out;
  for (int slot = 0; slot < after.slots_size(); ++slot) {
    const auto& now = after.slots(slot);
    const auto was = slot < before.slots_size() ? before.slots(slot) : wire::slot_place();
    for (std::uint64_t id : now.replicas())
      out.replicas += std::find(was.replicas().begin(), was.replicas().end(), id) ==
                      was.replicas().end();
    out.leaders += now.preferred_leader() != was.preferred_leader();
  }
  return out;
}

}  // namespace carillon
