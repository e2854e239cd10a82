// What a host says of its cluster to people (/healthz, the log): who is in it, and on how many disks
// what is acknowledged lies. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

struct host_overview {
  struct peer {
    std::string name;
    bool heard = false;
  };
  std::vector<peer> peers;  // the names in the ring view but our own, each once, in order
  // Names whose disk was replaced: once for each disk that is gone for good.
  std::vector<std::string> former_disks;
  std::size_t hosts_configured = 1;
  std::size_t hosts_in_cluster = 0;  // names in the ring view
  std::size_t copies = 0;            // of the slot that has the fewest; 0: no places are known yet
  std::size_t copies_wanted = 1;     // of every slot, with the hosts that are configured

  // In words, what an operator must know; empty: every slot has its copies.
  std::string shortfall() const;
};

// `heard`: store ids of the others that are not lost. Which one of several disks of a name lives is
// known when one of them is heard; until then all of them count as copies.
host_overview overview_of(const wire::ring_view& view, const settings& config, std::uint64_t self,
                          const std::vector<std::uint64_t>& heard);

}  // namespace carillon
