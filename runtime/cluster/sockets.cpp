#include "runtime/cluster/sockets.hpp"

#include <cerrno>
#include <cstring>
#include <memory>

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carillon::cluster {
namespace {

// A host that vanished without a word is found out by the beats; these clean up connections that
// never came so far. A signal must not cut a wait short, so nothing here relies on one.
constexpr int keepalive_idle_seconds = 5;
constexpr int keepalive_interval_seconds = 2;
constexpr int keepalive_probes = 3;
constexpr unsigned unacknowledged_max_ms = 10'000;
constexpr int backlog = 64;

using addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

error refused(const std::string& what, const std::string& address, const std::string& why) {
  std::string words = what;
  words.append(" ").append(address).append(": ").append(why);
  return make_error(errc::io_error, std::move(words));
}

std::string last_words() {
  return std::strerror(errno);
}

result<addresses> look_up(const std::string& address, bool to_listen) {
  std::size_t colon = address.rfind(':');
  if (colon == std::string::npos)
    return refused("cannot use", address, "it must be HOST:PORT");
  std::string host = address.substr(0, colon);
  std::string port = address.substr(colon + 1);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (to_listen ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  int code = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (code != 0)
    return refused("cannot look up", address, gai_strerror(code));
  return addresses(found, &freeaddrinfo);
}

void set_option(int fd, int level, int option, int value) {
  (void)setsockopt(fd, level, option, &value, sizeof(value));  // all of them make things better only
}

socket_fd make_socket(const addrinfo& of) {
  socket_fd fd(socket(of.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd)
    return fd;
  set_option(fd.get(), IPPROTO_TCP, TCP_NODELAY, 1);  // accepted sockets inherit all of these
  set_option(fd.get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_seconds);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_seconds);
  set_option(fd.get(), IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
  set_option(fd.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_max_ms);
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage bound{};
  socklen_t size = sizeof(bound);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0)
    return 0;
  if (bound.ss_family == AF_INET6)
    return ntohs(reinterpret_cast<const sockaddr_in6&>(bound).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(bound).sin_port);
}

// Waits until the socket is connected; the reason when it does not come to that.
std::string wait_connected(int fd, tick_time deadline) {
  pollfd waiting{fd, POLLOUT, 0};
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - steady_now());
    if (left.count() <= 0)
      return "no answer";
    int ready = poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR)
      continue;
    if (ready < 0)
      return last_words();
    if (ready > 0)
      break;
  }
  int code = 0;
  socklen_t size = sizeof(code);
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &size) != 0)
    return last_words();
  return code == 0 ? std::string{} : std::string(std::strerror(code));
}

}  // namespace

socket_fd::~socket_fd() {
  if (fd_ >= 0)
    ::close(fd_);
}

socket_fd socket_fd::twin() const {
  return socket_fd(fcntl(fd_, F_DUPFD_CLOEXEC, 0));
}

void socket_fd::end() const {
  if (fd_ >= 0)
    ::shutdown(fd_, SHUT_RDWR);
}

result<listening_socket> listen_on(const std::string& address) {
  auto found = look_up(address, true);
  if (!found)
    return found.error();
  socket_fd fd = make_socket(**found);
  if (!fd)
    return refused("cannot listen on", address, last_words());
  set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);  // a restart does not wait for old connections
  if (bind(fd.get(), (*found)->ai_addr, (*found)->ai_addrlen) != 0 || listen(fd.get(), backlog) != 0)
    return refused("cannot listen on", address, last_words());
  std::uint16_t port = port_of(fd.get());
  return listening_socket{std::move(fd), port};
}

result<socket_fd> connect_within(const std::string& address, std::chrono::milliseconds patience) {
  auto found = look_up(address, false);
  if (!found)
    return found.error();
  const auto deadline = steady_now() + patience;
  std::string why = "no address";
  for (const addrinfo* each = found->get(); each; each = each->ai_next) {
    socket_fd fd = make_socket(*each);
    if (!fd) {
      why = last_words();
      continue;
    }
    if (connect(fd.get(), each->ai_addr, each->ai_addrlen) != 0 && errno != EINPROGRESS) {
      why = last_words();
      continue;
    }
    why = wait_connected(fd.get(), deadline);
    if (why.empty())
      return fd;
  }
  return refused("cannot connect to", address, why);
}

}  // namespace carillon::cluster
