// CAF's middleman actor on sockets of ours. CAF's own would connect by a call that blocks everybody
// for minutes when packets vanish, and keeps what it once connected to in a cache; this one takes
// sockets that are connected already, by a name that is used once. With TLS it lays CAF's OpenSSL
// sessions over them. Connections on which no handshake comes are ended after the middleman's
// connection timeout, on either side; those on which TLS is not even agreed upon wait in a room.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <caf/all.hpp>
#include <caf/io/middleman_actor.hpp>

#include "runtime/cluster/sockets.hpp"
#include "runtime/cluster/waiting_room.hpp"

namespace carillon::cluster {

// Sockets on their way into the middleman, by name. Thread-safe.
class socket_desk {
public:
  void leave(const std::string& name, socket_fd fd);
  socket_fd take(const std::string& name);  // none: it is not there

private:
  std::mutex mutex_;
  std::map<std::string, socket_fd> sockets_;
};

// An actor of CAF's middleman interface, whose connect and publish take names of sockets on `desk`
// for hosts, and no ports. Ends on an exit message with exit_reason::kill. With a `room` it speaks TLS,
// without one it does not.
caf::io::middleman_actor spawn_middleman(caf::actor_system& system,
                                         std::shared_ptr<socket_desk> desk,
                                         std::shared_ptr<waiting_room> room);

}  // namespace carillon::cluster
