// What the faults that are on make of links, disks and clocks. Pure: always the whole, made anew from
// all of them, so what two faults did to one link is right again when both are over.
#pragma once

#include <vector>

#include "tools/chaos/fault.hpp"
#include "tools/cluster/link_model.hpp"
#include "tools/faults/host_shim.hpp"

namespace carillon::chaos {

// Whom a fault meets.
struct target {
  std::vector<std::size_t> hosts;  // empty: it is about none of them
  std::vector<std::size_t> peers;  // the other ends of the links that it meets
  bool outwards = false;           // of one_way: what it says is lost, not what it hears
  bool has(std::size_t host) const;
};

struct fault_at {
  fault_plan plan;
  target whom;
};

// Of each direction: [from * hosts + to].
std::vector<cluster::link_weather> links_under(const std::vector<fault_at>& faults, std::size_t hosts);
faults::host_weather host_under(const std::vector<fault_at>& faults, std::size_t host);

} // namespace carillon::chaos
