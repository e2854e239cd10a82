#include "actors/slot/interest_table.hpp"

#include <algorithm>

namespace carillon {

void interest_table::add(const entity_id& channel, host_index host) {
  auto& hosts = hosts_[channel];
  if (std::find(hosts.begin(), hosts.end(), host) == hosts.end())
    hosts.push_back(host);
}

void interest_table::remove(const entity_id& channel, host_index host) {
  auto found = hosts_.find(channel);
  if (found == hosts_.end())
    return;
  std::erase(found->second, host);
  if (found->second.empty())
    hosts_.erase(found);
}

void interest_table::remove_host(host_index host) {
  for (auto at = hosts_.begin(); at != hosts_.end();) {
    std::erase(at->second, host);
    at = at->second.empty() ? hosts_.erase(at) : std::next(at);
  }
}

const std::vector<interest_table::host_index>& interest_table::hosts_of(
    const entity_id& channel) const {
  static const std::vector<host_index> nobody;
  auto found = hosts_.find(channel);
  return found == hosts_.end() ? nobody : found->second;
}

}  // namespace carillon
