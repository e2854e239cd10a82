// Which hosts want which channels of a slot: soft state, a few dozen bytes per subscribed channel,
// so that a connected user's quiet channels stay dormant (DESIGN section 5). Pure.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "runtime/base/ids.hpp"

namespace carillon {

class interest_table {
public:
  using host_index = std::uint16_t;  // place in the slot's list of hubs

  void add(const entity_id& channel, host_index host);
  void remove(const entity_id& channel, host_index host);
  void remove_host(host_index host);

  // Empty when nobody is interested.
  const std::vector<host_index>& hosts_of(const entity_id& channel) const;
  std::size_t channels() const { return hosts_.size(); }

private:
  // Invariant: no empty list is kept; a host stands in a list once.
  std::unordered_map<entity_id, std::vector<host_index>> hosts_;
};

}  // namespace carillon
