// Which addresses a push may go to whose URL a user chose. Without it whoever subscribes could have
// this host speak to what only it can reach: itself, its neighbours, the cloud's metadata (server-side
// request forgery). Pure; any thread.
#pragma once

#include "config/networks.hpp"

namespace carillon::push {

// Of the Internet at large: not loopback, private, link-local, shared, multicast, reserved or for
// documentation (the IANA registries of special-purpose addresses, RFC 6890), nor a way to such a one
// through an IPv6 address that has an IPv4 one in it.
bool is_public(const ip_address& address);

}  // namespace carillon::push
