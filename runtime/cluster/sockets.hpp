// Sockets between hosts, made by ourselves and handed to CAF: bound to exactly one address, connected
// within a time. CAF's own calls would bind elsewhere and wait for minutes. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

namespace carillon::cluster {

class socket_fd {
public:
  socket_fd() = default;
  explicit socket_fd(int fd) : fd_(fd) {}
  socket_fd(socket_fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  socket_fd& operator=(socket_fd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~socket_fd();

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  // A second descriptor of the same socket, to end its connection by.
  socket_fd twin() const;
  // Ends the connection for everyone who has a descriptor of it.
  void end() const;

private:
  int fd_ = -1;
};

struct listening_socket {
  socket_fd fd;
  std::uint16_t port = 0;  // the one taken, when the address had 0
};

// `address`: HOST:PORT, an IPv6 host in brackets. io_error says what the system refused.
result<listening_socket> listen_on(const std::string& address);

// The name is looked up first, which may take its own time where it is a name and not an address.
result<socket_fd> connect_within(const std::string& address, std::chrono::milliseconds patience);

}  // namespace carillon::cluster
