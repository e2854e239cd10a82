// A connection of CAF's middleman under TLS: CAF's OpenSSL session (both sides show certificates of
// the configured CA), with three things put right. OpenSSL keeps errors of one connection in a queue of
// the thread, where CAF would take them for those of the next: the queue is emptied before each use.
// And a certificate that cannot be loaded refuses the connection instead of ending the process.
// And whoever takes a connection in writes nothing of its own before the handshake is done: a socket
// that can be written while OpenSSL waits for bytes to read would keep the multiplexer spinning.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/scribe.hpp>

#include "runtime/cluster/waiting_room.hpp"

namespace carillon::cluster {

// Takes `fd`, closes it when it fails; null then. The handshake goes on with the scribe's first uses.
// accept_tls lets go of `waiting` when the handshake is done or the connection is over.
caf::io::scribe_ptr accept_tls(caf::io::network::default_multiplexer& multiplexer,
                               caf::actor_system& system, int fd, waiting_room::ticket waiting);
caf::io::scribe_ptr connect_tls(caf::io::network::default_multiplexer& multiplexer,
                                caf::actor_system& system, int fd);

}  // namespace carillon::cluster
