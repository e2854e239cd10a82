#include "runtime/cluster/tls_scribe.hpp"

#include <exception>
#include <functional>
#include <utility>

#include <caf/io/network/stream_impl.hpp>
#include <caf/openssl/session.hpp>
#include <openssl/err.h>

#include "runtime/base/logging.hpp"
#include "runtime/cluster/sockets.hpp"

namespace carillon::cluster {
namespace {

using caf::io::network::default_multiplexer;
using caf::io::network::native_socket;
using caf::io::network::rw_state;

struct tls_policy {
  tls_policy(caf::openssl::session_ptr made, std::function<void()> when_accepted)
      : session(std::move(made)), accepted(std::move(when_accepted)) {}

  rw_state read_some(std::size_t& result, native_socket fd, void* bytes, std::size_t size) {
    ERR_clear_error();
    if (accepted) {
      // Reading nothing goes on with the handshake, and is indeterminate once that is done. (It
      // never waits to write: all that a handshake says fits into a new socket's buffer.)
      result = 0;
      rw_state handshake = session->read_some(result, fd, bytes, 0);
      if (handshake != rw_state::indeterminate)
        return handshake;
      std::exchange(accepted, nullptr)();
    }
    return session->read_some(result, fd, bytes, size);
  }
  rw_state write_some(std::size_t& result, native_socket fd, const void* bytes, std::size_t size) {
    ERR_clear_error();
    return session->write_some(result, fd, bytes, size);
  }
  bool must_read_more(native_socket fd, std::size_t threshold) {
    return session->must_read_more(fd, threshold);
  }

  caf::openssl::session_ptr session;
  std::function<void()> accepted;  // null: not our part, or done
};

// As CAF's own behind openssl::publish, which is not in a header (libcaf_openssl,
// middleman_actor.cpp, 0.17.6).
class tls_scribe final : public caf::io::scribe {
public:
  tls_scribe(default_multiplexer& multiplexer, int fd, caf::openssl::session_ptr session,
             waiting_room::ticket waiting)
      : scribe(caf::io::network::conn_hdl_from_socket(fd)),
        waiting_(std::move(waiting)),
        stream_(multiplexer, fd, std::move(session),
                waiting_ ? std::function<void()>([this] { let_in(); }) : nullptr) {}

  void configure_read(caf::io::receive_policy::config config) override {
    stream_.configure_read(config);
    if (!launched_)
      launch();
  }
  void ack_writes(bool enable) override { stream_.ack_writes(enable); }
  std::vector<char>& wr_buf() override { return stream_.wr_buf(); }
  std::vector<char>& rd_buf() override { return stream_.rd_buf(); }
  // As in link_doorman (middleman.cpp): what is closed before the loop took it in lets go of itself.
  void graceful_shutdown() override {
    const caf::io::scribe_ptr until_done(this);
    stream_.graceful_shutdown();
    detach(&stream_.backend(), false);
    if ((stream_.eventbf() & caf::io::network::input_mask) == 0)
      stream_.removed_from_loop(caf::io::network::operation::read);
  }
  void flush() override {
    if (!waiting_)
      stream_.flush(this);
  }
  std::string addr() const override {
    auto found = caf::io::network::remote_addr_of_fd(stream_.fd());
    return found ? *found : std::string{};
  }
  std::uint16_t port() const override {
    auto found = caf::io::network::remote_port_of_fd(stream_.fd());
    return found ? *found : std::uint16_t{0};
  }
  void add_to_loop() override { stream_.activate(this); }
  void remove_from_loop() override { stream_.passivate(); }

private:
  void launch() {
    launched_ = true;
    stream_.start(this);
    // Whoever dials begins the handshake, with nothing of ours to be written.
    if (!waiting_)
      stream_.force_empty_write(this);
  }
  void let_in() {
    waiting_.reset();
    stream_.flush(this);  // what was said meanwhile
  }

  bool launched_ = false;
  waiting_room::ticket waiting_;  // where we accept, until the handshake is done
  caf::io::network::stream_impl<tls_policy> stream_;
};

// Accepts with a ticket, connects without.
caf::io::scribe_ptr make_tls_scribe(default_multiplexer& multiplexer, caf::actor_system& system,
                                    int fd, waiting_room::ticket waiting) {
  socket_fd owned(fd);
  caf::io::network::nonblocking(fd, true);
  ERR_clear_error();
  try {
    auto session = caf::openssl::make_session(system, fd, waiting != nullptr);
    if (!session)
      return nullptr;
    return caf::make_counted<tls_scribe>(multiplexer, owned.release(), std::move(session),
                                         std::move(waiting));
  } catch (const std::exception& refused) {
    log_error("link", "TLS: {}", refused.what());
    return nullptr;
  }
}

}  // namespace

caf::io::scribe_ptr accept_tls(default_multiplexer& multiplexer, caf::actor_system& system, int fd,
                               waiting_room::ticket waiting) {
  return make_tls_scribe(multiplexer, system, fd, std::move(waiting));
}

caf::io::scribe_ptr connect_tls(default_multiplexer& multiplexer, caf::actor_system& system,
                                int fd) {
  return make_tls_scribe(multiplexer, system, fd, nullptr);
}

}  // namespace carillon::cluster
