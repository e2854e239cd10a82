#include "tools/ring/cluster_lacks.hpp"

#include <algorithm>
#include <map>
#include <vector>

#include "runtime/base/logging.hpp"
#include "runtime/ring/moves.hpp"
#include "runtime/ring/ring_lacks.hpp"

namespace carillon::ring {
namespace {

bool serves(const wire::host_picture& host) {
  return host.state() == "serving" || host.state().find(resting_words) != std::string::npos;
}

// By slot, the book of its leader; null: nobody answers as one.
std::vector<const wire::slot_picture*> leaders_in(const wire::cluster_picture& cluster, int slots) {
  std::vector<const wire::slot_picture*> out(static_cast<std::size_t>(slots), nullptr);
  for (const auto& host : cluster.hosts())
    for (const auto& replica : host.slots())
      if (replica.slot() < out.size() && replica.role() == "leader" && replica.serves())
        if (auto& known = out[replica.slot()]; !known || replica.term() > known->term())
          known = &replica;
  return out;
}

// What the followers of a slot lack, without those on `host`.
std::string followers_lack(const wire::slot_picture& leader, int wanted, const std::string& host) {
  int voters = 1;
  for (const auto& each : leader.replicas()) {
    voters += each.voter();
    if (each.host() == host)
      continue;
    const std::uint64_t behind = leader.last_index() - std::min(leader.last_index(), each.match());
    if (!each.voter())
      return fmt::format("{} learns slot {}", each.host(), leader.slot());
    if (each.state() != "replicating" || behind > entries_behind_max)
      return fmt::format("{} is {} entries behind in slot {}", each.host(), behind, leader.slot());
  }
  if (voters < wanted)
    return fmt::format("slot {} has {} replicas of {}", leader.slot(), voters, wanted);
  return {};
}

}  // namespace

const wire::host_picture* host_in(const wire::cluster_picture& cluster, const std::string& name) {
  for (const auto& host : cluster.hosts())
    if (host.name() == name)
      return &host;
  return nullptr;
}

const wire::ring_member* member_in(const wire::ring_view& view, const std::string& name) {
  const wire::ring_member* found = nullptr;
  for (const auto& member : view.members())
    if (member.name() == name && (!found || member.starts() >= found->starts()))
      found = &member;
  return found;
}

wire::ring_view view_of(const wire::cluster_picture& cluster) {
  wire::ring_view out;
  out.set_generation(cluster.generation());
  *out.mutable_members() = cluster.members();
  *out.mutable_slots() = cluster.places();
  for (const auto& move : cluster.moves())
    out.add_moves()->set_slot(move.slot());
  return out;
}

std::string cluster_lacks(const wire::ring_view& view, const wire::cluster_picture& cluster,
                          const std::string& host) {
  if (view.slots_size() == 0)
    return "the ring has no slots yet";
  const wire::ring_member* without = member_in(view, host);
  int wanted = 0;
  for (const auto& place : view.slots())
    wanted = std::max(wanted, place.replicas_size());
  std::map<std::uint64_t, const wire::host_picture*> there;
  for (const auto& each : cluster.hosts())
    there[each.store_id()] = &each;
  for (const auto& member : view.members()) {
    auto found = there.find(member.store_id());
    if (member.name() != host && found != there.end() && !serves(*found->second))
      return fmt::format("{}: {}", member.name(), found->second->state());
  }
  const auto leaders = leaders_in(cluster, view.slots_size());
  std::string why = ring_lacks(
      view, without ? without->store_id() : 0,
      {.replicas = static_cast<std::uint32_t>(wanted),
       .is_present = [&](std::uint64_t id) { return there.count(id) > 0; },
       .is_led = [&](slot_id slot) { return leaders[slot] != nullptr; }});
  if (!why.empty())
    return why;
  for (const wire::slot_picture* leader : leaders)
    if (why = followers_lack(*leader, wanted, host); !why.empty())
      return why;
  return {};
}

}  // namespace carillon::ring
