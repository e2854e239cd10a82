// What the ring actor asks of whoever coordinates the hosts: may this one change the ring view, since which
// leader, and: change it, if nobody else has. Two implementations, cluster.coordination says which:
//   embedded    seed addresses (cluster.hosts) and the meta group: its leader is the ring's, its log is the
//               compare-and-set (actors/ring/embedded_coordination)
//   zookeeper   hosts find one another there, and the leader and the view are decided there
//               (actors/ring/zookeeper_coordination, and the actor that speaks to it)
//
// In both, every host gets the view out of the meta group's log, as deltas over the links. With ZooKeeper a
// view is there first and in the log afterwards: the log never has one that ZooKeeper did not take, and a
// leader that finds a later one there brings it in. Whoever runs for leader there leads the meta group: so
// a leader is one that a majority of the ring hosts hears, whatever ZooKeeper can reach, and what hosts
// have to say to the ring has one address.
//
// Keeping slots led needs no coordination at all: nominations and hand-backs change nothing in the view,
// Raft decides on each, and the meta group's leader makes them, with ZooKeeper or without. Without it only
// the view stands still: nobody joins, leaves or moves until it is back.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/event.pb.h"
#include "runtime/wire/peer.pb.h"

namespace carillon {

// Of the ring actor, called on its thread only, answering there; nothing blocks.
class coordination {
public:
  using told = std::function<void(const status& done)>;
  virtual ~coordination() = default;

  // Called whenever something may have changed. `may_lead`: this host leads the meta group. `view`: the
  // newest in the log.
  virtual void look(bool may_lead, const wire::ring_view& view, tick_time now) = 0;
  // Fencing number of this host's leadership: it may change the view. nullopt: not now.
  virtual std::optional<std::uint64_t> leads() const = 0;
  // Heard once: it is in the log; or not_owner, or why it cannot be. REQUIRES: leads().
  virtual void change(const wire::ring_view& before, wire::ring_view next, told then) = 0;
  // Why the view cannot change for longer than a moment; empty: it can.
  virtual std::string standstill() const = 0;
};

// -- ring actor <-> the actor that speaks to ZooKeeper --

struct run_for_ring {  // answered by ring_lease_is, whenever that changes
  bool wants = false;
  caf::actor whom;
};
struct ring_lease_is {
  std::uint64_t fence = 0;               // 0: this host does not lead
  std::optional<wire::ring_view> view;   // as it stands there; none: there is none
};
struct keep_view {  // answered by view_kept
  wire::ring_view view;
};
struct view_kept {
  status done = ok;
};
struct joined_ring {};  // this host is a member: it looks for others no more

// -- that actor -> link --

struct cluster_found {
  wire::founding_facts facts;
};
struct cluster_waits {  // while there is none: for people
  std::string words;
};
struct hosts_registered {
  std::vector<wire::ring_member> members;
};

// -- node -> that actor; answered with unit when its session is closed --
struct leave_coordination {};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::run_for_ring)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::ring_lease_is)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::keep_view)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::view_kept)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::joined_ring)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::cluster_found)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::cluster_waits)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::hosts_registered)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::leave_coordination)
