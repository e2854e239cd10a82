#include "runtime/cluster/caf_transport.hpp"

#include <algorithm>

#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>

#include "runtime/base/logging.hpp"

namespace carillon::cluster {
namespace {

constexpr std::chrono::milliseconds connect_patience{700};
constexpr std::chrono::milliseconds handshake_patience{2'000};
// What was sent just before a close (why the other side is refused) leaves before the socket ends.
// Shorter than link_state's shortest pause before it dials again.
constexpr std::chrono::milliseconds linger{40};

// A name for one socket on its way into the middleman, which remembers the names of its peers.
std::string one_time_name(random_source& random) {
  return "socket-" + std::to_string(random.next());
}

}  // namespace

caf_transport::caf_transport(caf::event_based_actor& owner, transport_events events,
                             checksum_function checksum, bool with_tls)
    : owner_(owner),
      events_(std::move(events)),
      checksum_(checksum),
      room_(with_tls ? std::make_shared<waiting_room>() : nullptr),
      middleman_(spawn_middleman(owner.system(), desk_, room_)) {
  // Ids of actors count from 1 in every process. A message that is late for one that ended must not
  // meet another one of the same number.
  constexpr std::uint64_t spread = 1u << 20;
  for (std::uint64_t skip = random_.below(spread); skip > 0; --skip)
    (void)owner.system().next_actor_id();
}

caf_transport::~caf_transport() {
  stop();
}

void caf_transport::stop() {
  for (auto& [id, each] : connections_)
    each.twin.end();
  connections_.clear();
  for (auto& [name, each] : handshakes_)
    each.twin->end();
  if (!middleman_)
    return;
  auto broker = owner_.system().middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  caf::anon_send(broker, caf::unpublish_atom::value, owner_.address(), std::uint16_t{0});
  caf::anon_send_exit(std::exchange(middleman_, nullptr), caf::exit_reason::kill);
}

void caf_transport::tick(tick_time now) {
  for (auto& [name, each] : handshakes_)
    if (now > each.until)
      each.twin->end();  // the middleman sees it, and answers
  if (room_)
    room_->tick(now);
}

void caf_transport::listen(socket_fd on) {
  std::string name = one_time_name(random_);
  desk_->leave(name, std::move(on));
  owner_
      .request(middleman_, caf::infinite, caf::publish_atom::value, std::uint16_t{0},
               caf::actor_cast<caf::strong_actor_ptr>(&owner_), std::set<std::string>{}, name, false)
      .then([](std::uint16_t) {},
            [](const caf::error& why) {
              log_error("link", "the middleman takes no connections: {}", to_string(why));
            });
}

caf::message_handler caf_transport::handlers() {
  return {
      [this](peer_frame& frame) { frame_came(frame); },
      [this](const socket_connected& made) { socket_ready(made); },
      [](const socket_to_end& closed) { closed.fd->end(); },
  };
}

// -- dialing --------------------------------------------------------------------------------------

// A look-up of a name may block for as long as it likes, so each attempt has its own thread.
void caf_transport::dial(const peer_address& to) {
  owner_.spawn<caf::detached + caf::hidden>(
      [to, owner = caf::actor_cast<caf::actor>(&owner_)](caf::event_based_actor* dialer) {
        auto fd = connect_within(to.address, connect_patience);
        socket_connected made{to.name, nullptr, {}};
        if (fd)
          made.fd = std::make_shared<socket_fd>(std::move(*fd));
        else
          made.why = fd.error().detail;
        dialer->send(owner, std::move(made));
      });
}

void caf_transport::socket_ready(const socket_connected& made) {
  if (!made.fd) {
    events_.dial_failed(made.name, made.why);
    return;
  }
  auto twin = std::make_shared<socket_fd>(made.fd->twin());
  handshakes_[made.name] = {twin, steady_now() + handshake_patience};
  std::string socket = one_time_name(random_);
  desk_->leave(socket, std::move(*made.fd));
  owner_.request(middleman_, caf::infinite, caf::connect_atom::value, socket, std::uint16_t{0})
      .then(
          [this, name = made.name, twin](const caf::node_id&, const caf::strong_actor_ptr& peer,
                                         const std::set<std::string>&) {
            handshakes_.erase(name);
            handshake_done(name, std::move(*twin), peer);
          },
          [this, name = made.name, twin](const caf::error& why) {
            handshakes_.erase(name);
            twin->end();
            events_.dial_failed(name, "the handshake failed (no host of ours, no TLS, or another "
                                      "CA): " +
                                          owner_.system().render(why));
          });
}

void caf_transport::handshake_done(const std::string& name, socket_fd twin,
                                   const caf::strong_actor_ptr& peer) {
  if (!peer) {
    twin.end();
    events_.dial_failed(name, "it is starting");
    return;
  }
  auto id = add({peer, random_.next(), true, std::move(twin)});
  events_.connected(id, name);
}

connection_id caf_transport::add(connection made) {
  owner_.monitor(made.peer);
  connections_[++last_connection_] = std::move(made);
  return last_connection_;
}

// -- frames ---------------------------------------------------------------------------------------

void caf_transport::frame_came(peer_frame& frame) {
  auto sender = owner_.current_sender();
  if (!sender)
    return;
  auto at = std::find_if(connections_.begin(), connections_.end(), [&](const auto& each) {
    return each.second.number == frame.connection && each.second.dialed != frame.from_dialer &&
           each.second.peer == sender;
  });
  connection_id id = at == connections_.end() ? 0 : at->first;
  if (id == 0) {
    if (!frame.from_dialer)
      return;  // of a connection that we dialed and have closed
    drop_older(sender);
    id = add({sender, frame.connection, false, {}});
    events_.connected(id, {});
  }
  bool whole = checksum_(frame.bytes) == frame.crc32c;
  events_.frame(id, whole ? std::string_view(frame.bytes) : std::string_view{});
}

// Whoever dials anew has given up on what it dialed before.
void caf_transport::drop_older(const caf::strong_actor_ptr& peer) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    if (at->second.dialed || at->second.peer != peer) {
      ++at;
      continue;
    }
    connection_id id = at->first;
    at = connections_.erase(at);
    events_.closed(id, "it dialed anew");
  }
}

void caf_transport::send(connection_id connection, std::string frame) {
  auto at = connections_.find(connection);
  if (at == connections_.end())
    return;
  std::uint32_t crc = checksum_(frame);
  owner_.send(caf::actor_cast<caf::actor>(at->second.peer),
              peer_frame{at->second.number, at->second.dialed, crc, std::move(frame)});
}

// -- ends -----------------------------------------------------------------------------------------

// Where the other side dialed there is no socket to end: it ends its own when it hears the refusal
// that link_state says, or nothing any more.
void caf_transport::close(connection_id connection) {
  auto at = connections_.find(connection);
  if (at == connections_.end())
    return;
  if (at->second.twin)
    owner_.delayed_send(&owner_, linger,
                        socket_to_end{std::make_shared<socket_fd>(std::move(at->second.twin))});
  connections_.erase(at);
}

void caf_transport::on_down(const caf::down_msg& gone) {
  for (auto at = connections_.begin(); at != connections_.end();) {
    if (!at->second.peer || at->second.peer->address() != gone.source) {
      ++at;
      continue;
    }
    connection_id id = at->first;
    at = connections_.erase(at);
    events_.closed(id, "the connection broke");
  }
}

}  // namespace carillon::cluster
