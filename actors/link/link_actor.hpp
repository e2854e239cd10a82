// The link of a host: the one actor that speaks to other hosts. What to say and to whom is decided in
// runtime/cluster/link_state; CAF carries it (runtime/cluster/caf_transport). Takes send_to_peer,
// ask_peer and leads_slot (actors/protocols.hpp), and what ZooKeeper tells (actors/coordination.hpp); gives
//   raft_received, nominated, peer_asks       to the replica of the slot (number N: the meta group's)
//   channel_request_box, user_request_box     to the slot, meta_request_box to the meta replica
//   host_tick                                 to the meta replica, then to every slot, each tick
//   event_delivery, notification, membership_notice, events_missed   to the hub
//   host_notice                               to the hooks of host_services
// and keeps host.where up to date with what beats say and whom it lost. What a peer sends that makes
// no sense is counted, logged and dropped.
//
// How a node starts in a cluster:
//   configure_links(cfg, config)          on the actor_system_config, before the system is made
//   start_link(system, host, setup)       binds cluster.hosts[self].peer; the address is taken then
//   wait_founded(...)                     blocks until this host has its founding facts on disk
//   ... makes the meta replica, sizes host.slots ...
//   anon_send(host.link, serve_peers{.slots = false})   items reach the meta replica from now on
//   ... makes slots and hub, fills host ...
//   anon_send(host.link, serve_peers{.slots = true})    and these
// Before, requests are refused with not_owner and everything else is dropped.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/protocols.hpp"

namespace carillon {

struct link_setup {
  wire::ring_member myself;                      // store id, incarnation, name, zone, weight, ...
  std::optional<wire::founding_facts> founding;  // what the disk says; none: not founded yet
  wire::ring_view view;                          // what the disk has of it; later host.ring tells
  // Called once, on the link's thread, before the facts count: writes them down, synced. A failure
  // is told by wait_founded.
  std::function<status(const wire::founding_facts&)> write_founding;
  // Called once by start_link, when the address is ours and before anybody hears of this start: which
  // one of this disk's it is. Empty: `myself` says it.
  std::function<result<std::uint64_t>()> count_start;
  // A host of our cluster says that our disk is an older copy, and why: this process must end. On the
  // link's thread, perhaps more than once; may be empty.
  std::function<void(const std::string& why)> old_copy;
};

// The middleman with heartbeats, the one message type that crosses hosts, and TLS when cluster.tls_*
// are set. Without peers: nothing.
void configure_links(caf::actor_system_config& cfg, const settings& config);

// `host` is kept by reference; of it, only config is read before serve_peers. Fails with io_error
// when the address of this host cannot be bound, invalid_config when a TLS file cannot be used, or as
// count_start does.
// REQUIRES: config.host.name is one of cluster.hosts.
result<caf::actor> start_link(caf::actor_system& system, const host_services& host,
                              link_setup setup);

// Blocks, without a deadline of its own, until the cluster is founded and its facts are on this disk;
// says every 5 s what it waits for. `stop` ends it with shutting_down.
result<wire::founding_facts> wait_founded(caf::actor_system& system, const caf::actor& link,
                                          const std::atomic<bool>& stop);

// -- to the link, besides protocols.hpp --

// node -> link; see above. Without slots: host.meta is there and host.slots has its size, but neither
// host.slots nor host.hub may be looked at yet: the ring view is only being founded.
struct serve_peers {
  bool slots = true;
};
// node -> link, when clients can come: from now on beats say how many are here. Before, they say that
// nobody may.
struct clients_come {
  std::function<gateway_room()> room;  // any thread
};
struct founding_wanted {};  // -> link; founding_outcome follows when there is one
struct founding_outcome {
  result<wire::founding_facts> facts = errc::internal_error;
};
// -> link; answered with std::string: peers, one a line, and what was counted. For the inspector.
struct describe_link {};

}  // namespace carillon

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::serve_peers)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::clients_come)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::founding_wanted)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::founding_outcome)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::describe_link)
