// A connection of CAF's middleman under TLS: CAF's OpenSSL session (both sides show certificates of
// the configured CA), with two things put right. OpenSSL keeps errors of one connection in a queue of
// the thread, where CAF would take them for those of the next: the queue is emptied before each use.
// And a certificate that cannot be loaded refuses the connection instead of ending the process.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/scribe.hpp>

namespace carillon::cluster {

enum class tls_side { accepting, connecting };

// Takes `fd`, closes it when it fails; null then. The handshake goes on with the scribe's first uses.
caf::io::scribe_ptr make_tls_scribe(caf::io::network::default_multiplexer& multiplexer,
                                    caf::actor_system& system, int fd, tls_side side);

}  // namespace carillon::cluster
