#include "runtime/edge/listener.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>

#include "runtime/base/logging.hpp"
#include "runtime/edge/server.hpp"

namespace carillon::edge {

using boost::asio::ip::tcp;
using boost::system::error_code;

namespace {

// Sockets taken from the kernel before others get their turn.
constexpr int accepts_per_turn = 64;
// Without descriptors accept() fails at once while the socket stays readable: waiting for
// readability would spin. Clients wait in the backlog meanwhile.
constexpr std::chrono::milliseconds out_of_descriptors_pause{100};

bool is_shortage(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

// Every connection is a descriptor, so the soft limit is raised to what the system grants.
void raise_descriptor_limit(std::uint32_t connections_max) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0)
    return;
  if (limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::uint32_t possible = connections_possible(connections_max, limit.rlim_cur);
  if (possible < connections_max)
    log_info("edge",
             "at most about {} connections, not edge.connections_max={}: raise the limit of open "
             "files (ulimit -n, LimitNOFILE)",
             possible, connections_max);
}

result<tcp::endpoint> resolve(const std::string& address, boost::asio::io_context& context) {
  const auto refuse = [&](std::string_view why) {
    return make_error(errc::invalid_config,
                      "listen=\"" + address + "\" is not HOST:PORT: " + std::string(why));
  };
  const auto colon = address.rfind(':');
  if (colon == std::string::npos)
    return refuse("the port is missing");
  std::string host = address.substr(0, colon);
  const std::string port_text = address.substr(colon + 1);
  std::uint16_t port = 0;
  const auto* end = port_text.data() + port_text.size();
  const auto parsed = std::from_chars(port_text.data(), end, port);
  if (parsed.ec != std::errc() || parsed.ptr != end)
    return refuse("the port is not a number up to 65535");
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  error_code failure;
  const auto number = boost::asio::ip::make_address(host, failure);
  if (!failure)
    return tcp::endpoint(number, port);
  tcp::resolver resolver(context);
  const auto found = resolver.resolve(host, port_text, failure);
  if (failure || found.empty())
    return refuse("no such host");
  return found.begin()->endpoint();
}

}  // namespace

listener::listener(std::vector<io_thread*> threads, const edge_limits& limits)
    : threads_(std::move(threads)), limits_(limits),
      acceptor_(threads_.front()->context().get_executor()),
      pause_(threads_.front()->context().get_executor()) {}

result<std::uint16_t> listener::open(const std::string& address) {
  auto where = resolve(address, threads_.front()->context());
  if (!where)
    return where.error();
  error_code failure;
  const auto check = [&](const char* step) {
    return make_error(errc::io_error,
                      "cannot listen on " + address + ": " + step + ": " + failure.message());
  };
  if (acceptor_.open(where->protocol(), failure); failure)
    return check("socket");
  if (acceptor_.set_option(tcp::acceptor::reuse_address(true), failure); failure)
    return check("SO_REUSEADDR");
  if (acceptor_.bind(*where, failure); failure)
    return check("bind");
  if (acceptor_.listen(tcp::acceptor::max_listen_connections, failure); failure)
    return check("listen");
  if (acceptor_.non_blocking(true, failure); failure)
    return check("O_NONBLOCK");
  const auto local = acceptor_.local_endpoint(failure);
  if (failure)
    return check("getsockname");
  raise_descriptor_limit(limits_.connections_max);
  wait();
  return local.port();
}

void listener::close() {
  boost::asio::post(acceptor_.get_executor(), [this] {
    error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
  });
}

void listener::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](error_code failure) {
    if (!failure && acceptor_.is_open())
      accept_some();
  });
}

void listener::accept_some() {
  for (int i = 0; i < accepts_per_turn; ++i) {
    const int descriptor =
        ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK)
        break;
      if (is_shortage(errno)) {
        pause();
        return;
      }
      continue;  // the client left while it waited (ECONNABORTED and its like)
    }
    complained_ = false;
    const bool refused = connections() >= limits_.connections_max;
    io_thread& next = *threads_[handed_over_ % threads_.size()];
    if (next.commands()->push(adopt_command{descriptor, refused}))
      ++handed_over_;
    else
      ::close(descriptor);
  }
  wait();
}

void listener::pause() {
  if (!complained_)
    log_warn("edge", "cannot accept: {}; waiting for others to leave", std::strerror(errno));
  complained_ = true;
  pause_.expires_after(out_of_descriptors_pause);
  pause_.async_wait([this](error_code failure) {
    if (!failure && acceptor_.is_open())
      accept_some();
  });
}

// Handed over and not ended: those still on their way to a thread count too.
std::uint64_t listener::connections() const {
  std::uint64_t ended = 0;
  for (const io_thread* t : threads_)
    ended += t->counters().ended.read();
  return handed_over_ - ended;
}

}  // namespace carillon::edge
