// The actor that speaks to ZooKeeper for this host: carries out what runtime/coordination/zookeeper_state
// decides, over the library, whose callbacks only post to it. It has a thread of its own, because looking
// up names and closing a session may block. Takes and gives the messages of actors/coordination.hpp.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <caf/all.hpp>

#include "config/settings.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon {

struct zookeeper_setup {
  wire::ring_member myself;  // with its starts counted
  std::optional<wire::founding_facts> founding;
  caf::actor link;
  // Why ZooKeeper is not what it should be to this host; empty: it is. On the actor's thread.
  std::function<void(const std::string& why)> trouble;
};

// REQUIRES: config.cluster.has_zookeeper(), and this host is one of cluster.hosts.
caf::actor spawn_zookeeper(caf::actor_system& system, const settings& config, zookeeper_setup setup);

}  // namespace carillon
