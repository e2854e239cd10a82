#include "tools/bench/pressure/slow_reader.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include "tools/bench/listener.hpp"

namespace carillon::bench {

slow_reader::slow_reader(client::event_loop& loop, std::string channel)
    : loop_(loop), channel_(std::move(channel)),
      rtm_(loop, [this](std::string_view payload) { hear(payload); }) {}

slow_reader::~slow_reader() {
  end();
}

void slow_reader::stall(int kernel_bytes) {
  descriptor_ = rtm_.release();
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &kernel_bytes, sizeof kernel_bytes);
  loop_.watch_for(descriptor_, *this, 0); // errors are always told
}

void slow_reader::sip(std::size_t bytes) {
  if (is_open())
    receive(bytes);
}

void slow_reader::read() {
  if (!is_open())
    return;
  reads_ = true;
  // With the little room of before, the sender's probes would set the pace.
  int room = 1 << 20;
  ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
  loop_.rewatch_for(descriptor_, *this, EPOLLIN);
}

void slow_reader::pong() {
  if (!is_open())
    return;
  std::string frame;
  client::append_ws_frame(frame, client::ws_opcode::pong, {}, 0x5a17c3e1);
  // Six bytes; when there is no room for them the host hears enough of us.
  [[maybe_unused]] ssize_t sent =
      ::send(descriptor_, frame.data(), frame.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void slow_reader::on_ready(std::uint32_t epoll_events) {
  if (reads_ || (epoll_events & (EPOLLERR | EPOLLHUP)))
    receive(loop_.scratch().size());
}

void slow_reader::receive(std::size_t at_most) {
  auto room = loop_.scratch();
  ssize_t got = ::recv(descriptor_, room.data(), std::min(at_most, room.size()), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got <= 0)
    return end();
  bytes_ += static_cast<std::uint64_t>(got);
  unread_.append(room.data(), static_cast<std::size_t>(got));
  take_frames();
}

void slow_reader::take_frames() {
  std::size_t done = 0;
  while (is_open()) {
    auto frame = client::scan_ws_frame(std::string_view(unread_).substr(done));
    if (!frame)
      break;
    done += frame->size;
    if (frame->opcode == client::ws_opcode::text)
      hear(frame->payload);
    if (frame->opcode == client::ws_opcode::ping)
      pong();
    if (frame->opcode == client::ws_opcode::close) {
      close_code_ = frame->close_code();
      end();
    }
  }
  unread_.erase(0, done);
}

void slow_reader::hear(std::string_view payload) {
  if (payload.find("\"type\":\"lagging\"") != std::string_view::npos) {
    ++notices_;
    told_ = true;
    return;
  }
  if (payload.find("\"type\":\"message\"") == std::string_view::npos ||
      payload.find(channel_) == std::string_view::npos)
    return;
  std::uint64_t seq = number_after(payload, "\"seq\":").value_or(0);
  if (seq == 0)
    return;
  if (last_seq_ != 0 && seq != last_seq_ + 1 && !told_)
    missed_ += seq > last_seq_ ? seq - last_seq_ - 1 : 1;
  told_ = false;
  last_seq_ = seq;
}

void slow_reader::end() {
  if (!is_open())
    return;
  loop_.forget(descriptor_, *this);
  ::close(descriptor_);
  descriptor_ = -1;
}

} // namespace carillon::bench
