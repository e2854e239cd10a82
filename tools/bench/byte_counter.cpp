#include "tools/bench/byte_counter.hpp"

#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include "tools/client/stream.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon::bench {

byte_counter::byte_counter(client::event_loop& loop, int descriptor, std::size_t low_water,
                           std::uint64_t& sum)
    : loop_(loop), descriptor_(descriptor), sum_(sum) {
  if (int bytes = static_cast<int>(low_water); bytes > 1)
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof bytes);
  loop_.watch_for(descriptor_, *this, EPOLLIN | EPOLLRDHUP | EPOLLET);
}

byte_counter::~byte_counter() {
  loop_.forget(descriptor_, *this);
  ::close(descriptor_);
}

// With EPOLLET what comes after a short read wakes us again, so one read is enough.
void byte_counter::on_ready(std::uint32_t) {
  drain();
}

void byte_counter::drain() {
  auto room = loop_.scratch(); // of TCP nothing is written into it
  while (true) {
    ssize_t got = ::recv(descriptor_, room.data(), room.size(), MSG_TRUNC | MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
      return;
    if (got <= 0)
      throw client::client_error("a connection ended whose deliveries are counted");
    bytes_ += static_cast<std::uint64_t>(got);
    sum_ += static_cast<std::uint64_t>(got);
    if (static_cast<std::size_t>(got) < room.size())
      return;
  }
}

void byte_counter::pong() {
  std::string frame;
  client::append_ws_frame(frame, client::ws_opcode::pong, {}, 0x5a17c3e1);
  [[maybe_unused]] ssize_t sent =
      ::send(descriptor_, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

} // namespace carillon::bench
