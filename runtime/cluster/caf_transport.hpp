// The transport over CAF's middleman: every host publishes one actor, the owner of its transport;
// frames are messages between two such actors, each in the one message type that crosses hosts. No
// handles travel inside messages, nobody else is reachable by name, automatic connections are off.
//
// CAF tells apart nodes, not connections: a handle made after a break compares equal to the one
// before. So whoever dials draws a number for the connection, and every frame carries it.
#pragma once

#include <map>
#include <memory>

#include <caf/all.hpp>
#include <caf/io/middleman_actor.hpp>

#include "config/settings.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/cluster/middleman.hpp"
#include "runtime/cluster/transport.hpp"

namespace carillon::cluster {

// The only thing that crosses: bytes, with a checksum over them.
struct peer_frame {
  std::uint64_t connection = 0;  // drawn by whoever dialed
  bool from_dialer = false;
  std::uint32_t crc32c = 0;
  std::string bytes;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, peer_frame& x) {
    return f(caf::meta::type_name("carillon.peer_frame"), x.connection, x.from_dialer, x.crc32c,
             x.bytes);
  }
};

// Own notes of the transport to its owner: a dial that came so far, or did not; a socket that has
// lingered long enough.
struct socket_connected {
  std::string name;
  std::shared_ptr<socket_fd> fd;  // null: it failed
  std::string why;
};
struct socket_to_end {
  std::shared_ptr<socket_fd> fd;
};

// On the configuration of an actor system, before it is made: loads the middleman (and TLS when the
// settings name certificates), sets its heartbeats and the name that both sides must share.
void configure_middleman(caf::actor_system_config& cfg, const settings::cluster_settings& cluster);

// invalid_config, with the file and OpenSSL's words, when a certificate, key or CA cannot be used.
status check_tls_files(const settings::cluster_settings& cluster);

using checksum_function = std::uint32_t (*)(std::string_view bytes);

class caf_transport final : public transport {
public:
  // `owner` outlives this, and its behavior includes handlers() and hands down_msgs to on_down().
  caf_transport(caf::event_based_actor& owner, transport_events events, checksum_function checksum,
                bool with_tls);
  ~caf_transport() override;

  // Publishes the owner there.
  void listen(socket_fd on);
  // Every so often: ends dials whose handshake takes too long, and strangers at the door. (CAF's own
  // timeouts would keep the owner alive until they expire.)
  void tick(tick_time now);
  // Takes no more connections and ends those there are, for an owner that ends. Nothing is called
  // back any more.
  void stop();

  caf::message_handler handlers();
  void on_down(const caf::down_msg& gone);

  void dial(const peer_address& to) override;
  void send(connection_id connection, std::string frame) override;
  void close(connection_id connection) override;

private:
  struct connection {
    caf::strong_actor_ptr peer;
    std::uint64_t number = 0;  // in frames
    bool dialed = false;
    socket_fd twin;            // of the socket, where we dialed: the means to end it
  };

  void socket_ready(const socket_connected& made);
  void handshake_done(const std::string& name, socket_fd twin, const caf::strong_actor_ptr& peer);
  void frame_came(peer_frame& frame);
  void drop_older(const caf::strong_actor_ptr& peer);
  connection_id add(connection made);

  caf::event_based_actor& owner_;
  const transport_events events_;
  const checksum_function checksum_;
  secure_random random_;
  std::shared_ptr<socket_desk> desk_ = std::make_shared<socket_desk>();
  std::shared_ptr<waiting_room> room_;  // null: no TLS
  caf::io::middleman_actor middleman_;
  std::map<connection_id, connection> connections_;
  struct handshake {
    std::shared_ptr<socket_fd> twin;
    tick_time until;
  };
  std::map<std::string, handshake> handshakes_;  // by the name that was dialed
  connection_id last_connection_ = 0;
};

}  // namespace carillon::cluster

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::cluster::socket_connected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(carillon::cluster::socket_to_end)
