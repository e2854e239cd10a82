#include "tools/client/stream.hpp"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"

namespace carillon::client {

endpoint endpoint::parse(std::string_view url) {
  endpoint where;
  std::string_view rest = url;
  for (std::string_view scheme : {"http://", "ws://"})
    if (rest.substr(0, scheme.size()) == scheme)
      rest.remove_prefix(scheme.size());
  rest = rest.substr(0, rest.find('/'));
  std::size_t colon = rest.find(':');
  if (colon == std::string_view::npos)
    throw client_error("no port in the address: " + std::string(url));
  where.host = rest.substr(0, colon);
  if (where.host == "localhost")
    where.host = "127.0.0.1";
  std::string_view port = rest.substr(colon + 1);
  auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), where.port);
  if (failure != std::errc{} || end != port.data() + port.size())
    throw client_error("not a port in the address: " + std::string(url));
  return where;
}

void stream::connect(const endpoint& where) {
  ENSURE(!is_open(), "a stream connects when it is closed");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(where.port);
  if (::inet_pton(AF_INET, where.host.c_str(), &address.sin_addr) != 1)
    throw client_error("not an IPv4 address: " + where.host);
  descriptor_ = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0)
    throw client_error(std::string("no more sockets: ") + std::strerror(errno));
  int yes = 1;
  ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (!where.from.empty())
    bind_to(where.from);
  if (::connect(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS) {
    std::string why = std::strerror(errno);
    ::close(descriptor_);
    descriptor_ = -1;
    throw client_error("cannot connect to " + where.authority() + ": " + why);
  }
  writing_ = true;
  loop_.watch(descriptor_, *this, true);
}

void stream::bind_to(const std::string& own) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  int yes = 1; // the port is chosen by connect(), which knows that only both ends together must differ
  if (::inet_pton(AF_INET, own.c_str(), &address.sin_addr) == 1 &&
      ::setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes) == 0 &&
      ::bind(descriptor_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0)
    return;
  std::string why = std::strerror(errno);
  ::close(std::exchange(descriptor_, -1));
  throw client_error("not an address of ours: " + own + ": " + why);
}

void stream::send(std::string_view bytes) {
  if (!is_open())
    return;
  if (writing_) {
    unsent_.append(bytes);
    return;
  }
  ssize_t sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  // An error shows again as an event of the loop, so that owners hear of it outside of send().
  std::size_t taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (taken < bytes.size()) {
    unsent_.append(bytes.substr(taken));
    writing_ = true;
    loop_.rewatch(descriptor_, *this, true);
  }
}

void stream::close() {
  if (!is_open())
    return;
  loop_.forget(descriptor_, *this);
  ::close(descriptor_);
  descriptor_ = -1;
  writing_ = false;
  unsent_.clear();
  partial_.clear();
}

int stream::release() {
  ENSURE(is_open() && !writing_, "a quiet stream is handed over");
  if (!partial_.empty())
    throw client_error("a stream is handed over between two messages");
  loop_.forget(descriptor_, *this);
  return std::exchange(descriptor_, -1);
}

void stream::on_ready(std::uint32_t epoll_events) {
  if (epoll_events & EPOLLOUT)
    flush();
  if (is_open() && (epoll_events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
    receive();
}

void stream::flush() {
  ssize_t sent = ::send(descriptor_, unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno != EAGAIN)
      lose(std::strerror(errno));
    return;
  }
  unsent_.erase(0, static_cast<std::size_t>(sent));
  if (unsent_.empty()) {
    writing_ = false;
    loop_.rewatch(descriptor_, *this, false);
  }
}

void stream::receive() {
  auto room = loop_.scratch();
  ssize_t got = ::recv(descriptor_, room.data(), room.size(), 0);
  if (got < 0) {
    if (errno != EAGAIN)
      lose(std::strerror(errno));
    return;
  }
  if (got == 0)
    return lose("closed by the other side");
  std::string_view bytes(room.data(), static_cast<std::size_t>(got));
  if (partial_.empty()) {
    std::size_t done = owner_.on_bytes(bytes);
    if (is_open())
      partial_.assign(bytes.substr(done));
  } else {
    // Moved out, because the owner may close the stream under our feet.
    std::string joined = std::move(partial_);
    partial_.clear();
    joined.append(bytes);
    std::size_t done = owner_.on_bytes(joined);
    if (is_open())
      partial_.assign(joined, done);
  }
}

void stream::lose(std::string_view why) {
  std::string words(why); // `why` may be strerror's buffer
  close();
  owner_.on_lost(words);
}

} // namespace carillon::client
