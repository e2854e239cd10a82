#include "runtime/cluster/middleman.hpp"

#include <caf/io/all.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman_actor_impl.hpp>
#include <caf/io/network/default_multiplexer.hpp>
#include <caf/io/network/doorman_impl.hpp>

#include "runtime/cluster/tls_scribe.hpp"

namespace carillon::cluster {
namespace {

using caf::io::network::default_multiplexer;

// Takes connections in. CAF notes when it last heard of a connection only from its first bytes on;
// noted from its start, one that never says a word is timed out like any other.
class link_doorman final : public caf::io::network::doorman_impl {
public:
  link_doorman(default_multiplexer& multiplexer, int fd, std::shared_ptr<waiting_room> room)
      : doorman_impl(multiplexer, fd), room_(std::move(room)) {}

  bool new_connection() override {
    if (detached())
      return false;
    default_multiplexer& multiplexer = acceptor_.backend();
    int fd = acceptor_.accepted_socket();
    caf::io::scribe_ptr scribe = room_ ? accept_tls(multiplexer, parent()->system(), fd, wait(fd))
                                       : multiplexer.new_scribe(fd);
    if (!scribe)
      return false;
    auto handle = scribe->hdl();
    parent()->add_scribe(std::move(scribe));
    if (auto* broker = dynamic_cast<caf::io::basp_broker*>(parent()))
      broker->set_context(handle);
    return doorman::new_connection(&multiplexer, handle);
  }

  // The multiplexer lets go of a doorman when it takes it out of its loop. One that is closed in
  // the run of the broker that launched it never was in there: CAF strikes both notes against each
  // other (default_multiplexer::new_event, 0.17.6), and it would hold itself and its socket.
  void graceful_shutdown() override {
    const caf::io::doorman_ptr until_done(this);
    doorman_impl::graceful_shutdown();
    if (acceptor_.eventbf() == 0)
      acceptor_.removed_from_loop(caf::io::network::operation::read);
  }

private:
  waiting_room::ticket wait(int fd) {
    socket_fd accepted(fd);
    auto out = room_->enter(accepted.twin(), steady_now());
    (void)accepted.release();
    return out;
  }

  const std::shared_ptr<waiting_room> room_;  // null: no TLS
};

class link_middleman final : public caf::io::middleman_actor_impl {
public:
  link_middleman(caf::actor_config& config, caf::actor broker, std::shared_ptr<socket_desk> desk,
                 std::shared_ptr<waiting_room> room)
      : middleman_actor_impl(config, broker),
        broker_(std::move(broker)),
        desk_(std::move(desk)),
        room_(std::move(room)) {}

  const char* name() const override { return "link_middleman"; }

protected:
  caf::expected<caf::io::scribe_ptr> connect(const std::string& name, std::uint16_t) override {
    socket_fd fd = desk_->take(name);
    if (!fd)
      return caf::sec::cannot_connect_to_node;
    caf::io::scribe_ptr scribe =
        room_ ? connect_tls(multiplexer(), system(), fd.release())
              : multiplexer().new_scribe(fd.release());
    if (!scribe)
      return caf::sec::cannot_connect_to_node;
    // Without this the next heartbeat would take the connection for one that was silent for ever,
    // and cut it in the middle of its handshake.
    multiplexer().post([broker = broker_, handle = scribe->hdl()] {
      auto* known = dynamic_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(broker));
      if (known && !known->getf(caf::abstract_actor::is_terminated_flag))
        known->set_context(handle);
    });
    return scribe;
  }

  caf::expected<caf::io::doorman_ptr> open(std::uint16_t, const char* name, bool) override {
    socket_fd fd = desk_->take(name);
    if (!fd)
      return caf::sec::cannot_open_port;
    return caf::io::doorman_ptr(
        caf::make_counted<link_doorman>(multiplexer(), fd.release(), room_));
  }

private:
  default_multiplexer& multiplexer() {
    return static_cast<default_multiplexer&>(system().middleman().backend());
  }

  const caf::actor broker_;
  const std::shared_ptr<socket_desk> desk_;
  const std::shared_ptr<waiting_room> room_;  // null: no TLS
};

}  // namespace

void socket_desk::leave(const std::string& name, socket_fd fd) {
  std::lock_guard lock(mutex_);
  sockets_[name] = std::move(fd);
}

socket_fd socket_desk::take(const std::string& name) {
  std::lock_guard lock(mutex_);
  auto at = sockets_.find(name);
  if (at == sockets_.end())
    return {};
  socket_fd out = std::move(at->second);
  sockets_.erase(at);
  return out;
}

caf::io::middleman_actor spawn_middleman(caf::actor_system& system,
                                         std::shared_ptr<socket_desk> desk,
                                         std::shared_ptr<waiting_room> room) {
  auto broker = system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"));
  return system.spawn<link_middleman, caf::detached + caf::hidden>(broker, std::move(desk),
                                                                   std::move(room));
}

}  // namespace carillon::cluster
