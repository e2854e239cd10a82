// Telling the hubs of all hosts: what an entity or a call wants said to whoever is connected now,
// wherever that is. Best effort, like everything that the link carries: what a client must not miss
// is an event of a channel, or is asked for again by its hub (memberships, presence).
#pragma once

#include <optional>
#include <utility>
#include <variant>

#include "actors/host_services.hpp"
#include "actors/protocols.hpp"

namespace carillon {

// The same thing, as it travels. `self`: the store id of this host.
wire::peer_notification to_wire(const notification& what, raft::member_id self);
wire::peer_notification to_wire(const membership_notice& what);
wire::peer_notification to_wire(const friends_known& what);
// Of another host; nothing when an id in it does not parse.
std::variant<std::monostate, notification, membership_notice, friends_known> from_wire(
    const wire::peer_notification& what);

// The connection of this host that is left out; 0: none.
inline edge::connection_id excepted_here(const notification& what, raft::member_id self) {
  return what.except_host == 0 || what.except_host == self ? what.except_connection : 0;
}

namespace detail {

template <class Self>
void notify_peers(Self* self, const host_services& host, const wire::peer_notification& what) {
  send_to_peer item;
  item.kind = wire::ITEM_NOTIFICATION;
  item.body = what.SerializeAsString();
  self->send(host.link, std::move(item));
}

}  // namespace detail

// From any actor.
template <class Self>
void notify_hubs(Self* self, const host_services& host, notification what) {
  if (host.link)
    detail::notify_peers(self, host, to_wire(what, host.self));
  self->send(host.hub, std::move(what));
}
template <class Self>
void notify_hubs(Self* self, const host_services& host, const membership_notice& what) {
  if (host.link)
    detail::notify_peers(self, host, to_wire(what));
  self->send(host.hub, what);
}
// To the presence actors.
template <class Self>
void notify_hubs(Self* self, const host_services& host, const friends_known& what) {
  if (host.link)
    detail::notify_peers(self, host, to_wire(what));
  if (host.presence)
    self->send(host.presence, what);
}

}  // namespace carillon
