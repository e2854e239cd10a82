#include "tools/chaos/fault_lanes.hpp"

#include <algorithm>

namespace carillon::chaos {
namespace {

// From the top of the picture to the bottom; the hosts' own follow.
enum shared_lane : std::size_t { clients, directory, coordination, several, shared_lanes };

std::size_t lane_of(const fault_event& fault) {
  switch (fault.fault) {
  case fault_kind::postgres_kill:
  case fault_kind::postgres_stop:
  case fault_kind::postgres_restart:
    return directory;
  case fault_kind::zookeeper_kill:
  case fault_kind::zookeeper_stop:
    return coordination;
  case fault_kind::none:
  case fault_kind::reconnect_storm:
    return clients;
  default:
    return fault.hosts.size() == 1 ? shared_lanes + fault.hosts.front() : std::size_t{several};
  }
}

} // namespace

double last_of(const fault_event& fault, double end) {
  if (!fault.healed)
    return std::max(end, fault.began);
  return std::max(*fault.healed, fault.all_well.value_or(0));
}

std::vector<fault_lane> lanes_of(const std::vector<fault_event>& faults,
                                 const std::vector<std::string>& hosts, double end, double shortest) {
  std::vector<fault_lane> lanes{{"clients", {}}, {"directory", {}}, {"ZooKeeper", {}}, {"several hosts", {}}};
  for (const std::string& name : hosts)
    lanes.push_back({std::string("host ").append(name), {{}}});
  std::vector<std::vector<double>> free_from(lanes.size()); // by row
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const std::size_t lane = std::min(lane_of(faults[i]), lanes.size() - 1);
    auto& rows = lanes[lane].rows;
    auto& free = free_from[lane];
    free.resize(rows.size());
    std::size_t row = 0;
    while (row < free.size() && free[row] > faults[i].began)
      ++row;
    row = std::min(row, lane_rows_max - 1);
    if (row >= rows.size()) {
      rows.emplace_back();
      free.push_back(0);
    }
    rows[row].push_back(i);
    free[row] = std::max(free[row], std::max(last_of(faults[i], end), faults[i].began + shortest));
  }
  std::erase_if(lanes, [](const fault_lane& lane) { return lane.rows.empty(); });
  return lanes;
}

} // namespace carillon::chaos
