#include "actors/link/host_overview.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace carillon {

std::string host_overview::shortfall() const {
  if (copies == 0 || copies >= copies_wanted)
    return {};
  std::string out = "of ";
  out += std::to_string(hosts_configured);
  out += " hosts configured, ";
  out += std::to_string(hosts_in_cluster);
  out += " are in the cluster, and slots have ";
  out += copies == 1 ? "ONE COPY" : std::to_string(copies);
  out += copies == 1 ? " ONLY" : " copies only";
  out += " instead of ";
  out += std::to_string(copies_wanted);
  out += ": the loss of a disk may lose what was acknowledged";
  if (hosts_in_cluster < hosts_configured)
    out += ". Slots stay on the disks they were founded on";
  return out;
}

host_overview overview_of(const wire::ring_view& view, const settings& config, std::uint64_t self,
                          const std::vector<std::uint64_t>& heard) {
  auto lives = [&](std::uint64_t disk) {
    return disk == self || std::find(heard.begin(), heard.end(), disk) != heard.end();
  };
  std::string own_name = config.host.name;
  std::map<std::string, bool> names;  // of members; does one of its disks live
  for (const auto& member : view.members()) {
    names[member.name()] |= lives(member.store_id());
    if (member.store_id() == self)
      own_name = member.name();
  }
  host_overview out;
  std::set<std::uint64_t> former;
  for (const auto& member : view.members())
    if (names[member.name()] && !lives(member.store_id())) {
      former.insert(member.store_id());
      out.former_disks.push_back(member.name());
    }
  for (const auto& [name, is_heard] : names)
    if (name != own_name)
      out.peers.push_back({name, is_heard});
  // ZooKeeper has the list; with it, so many found the cluster.
  out.hosts_configured = config.cluster.has_zookeeper()
                             ? std::max<std::size_t>(names.size(), config.cluster.replicas)
                             : std::max<std::size_t>(1, config.cluster.hosts.size());
  out.hosts_in_cluster = names.size();
  out.copies_wanted = std::min<std::size_t>(config.cluster.replicas, out.hosts_configured);
  for (int i = 0; i < view.slots_size(); ++i) {
    const auto& replicas = view.slots(i).replicas();
    const auto there = static_cast<std::size_t>(std::count_if(
        replicas.begin(), replicas.end(), [&](std::uint64_t id) { return !former.count(id); }));
    out.copies = i == 0 ? there : std::min(out.copies, there);
  }
  return out;
}

}  // namespace carillon
