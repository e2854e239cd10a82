// What moves frames between two hosts: link_actor uses one for as long as it lives. The seam at which
// CAF's middleman could be exchanged for something else; nothing above it knows sockets or CAF's I/O.
// Everything is called, and calls back, in the context of the actor that owns it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/cluster/link_effects.hpp"

namespace carillon::cluster {

struct transport_events {
  // `dialed`: the name given to dial(); empty when the other side dialed.
  std::function<void(connection_id, const std::string& dialed)> connected;
  std::function<void(const std::string& name, const std::string& why)> dial_failed;
  // Whole frames, in the order in which they were sent; an empty one stands for one that came damaged.
  std::function<void(connection_id, std::string_view frame)> frame;
  // The connection broke. Never for one that was closed from here.
  std::function<void(connection_id, const std::string& why)> closed;
};

class transport {
public:
  virtual ~transport() = default;
  // connected or dial_failed follows, within a few seconds whatever the network does.
  virtual void dial(const peer_address& to) = 0;
  // Never blocks and never refuses: whoever sends keeps a window. Unknown connections: nothing.
  virtual void send(connection_id connection, std::string frame) = 0;
  // Frames sent before may still arrive.
  virtual void close(connection_id connection) = 0;
};

}  // namespace carillon::cluster
