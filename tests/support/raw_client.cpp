#include "tests/support/raw_client.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace carillon::testing {

namespace {

// Longer than any wait of a passing test, even on a loaded machine with sanitizers.
constexpr int patience_ms = 20'000;

void wait_for(int socket, short what) {
  pollfd p{socket, what, 0};
  if (::poll(&p, 1, patience_ms) <= 0)
    throw client_error("nothing happened on the socket in time");
}

}  // namespace

std::string http_answer::header(std::string_view name) const {
  const auto at = head.find("\r\n" + std::string(name) + ": ");
  if (at == std::string::npos)
    return {};
  const auto begin = at + 2 + name.size() + 2;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::uint16_t ws_frame::close_code() const {
  if (payload.size() < 2)
    return 1005;
  return static_cast<std::uint16_t>((static_cast<unsigned char>(payload[0]) << 8) |
                                    static_cast<unsigned char>(payload[1]));
}

std::string client_frame(int opcode, std::string_view payload, frame_options how) {
  std::string wire;
  wire.push_back(static_cast<char>((how.final ? 0x80 : 0) | (how.reserved << 4) | opcode));
  const char mask_bit = how.masked ? '\x80' : '\0';
  int length_bytes = how.length_bytes;
  if (length_bytes < 0)
    length_bytes = payload.size() <= 125 ? 0 : payload.size() <= 0xffff ? 2 : 8;
  if (length_bytes == 0)
    wire.push_back(static_cast<char>(mask_bit | static_cast<char>(payload.size())));
  else
    wire.push_back(static_cast<char>(mask_bit | (length_bytes == 2 ? 126 : 127)));
  for (int i = length_bytes - 1; i >= 0; --i)
    wire.push_back(static_cast<char>((static_cast<std::uint64_t>(payload.size()) >> (8 * i))));
  if (!how.masked) {
    wire.append(payload);
    return wire;
  }
  constexpr char mask[4] = {'\x37', '\xfa', '\x21', '\x3d'};
  wire.append(mask, 4);
  const std::size_t header = wire.size();
  wire.append(payload);
  for (std::size_t i = 0; i < payload.size(); ++i)
    wire[header + i] = static_cast<char>(wire[header + i] ^ mask[i % 4]);
  return wire;
}

std::string close_payload(std::uint16_t code, std::string_view reason) {
  std::string payload;
  payload.push_back(static_cast<char>(code >> 8));
  payload.push_back(static_cast<char>(code & 0xff));
  payload.append(reason);
  return payload;
}

raw_client::raw_client(std::uint16_t port) {
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket_ < 0 || ::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
    throw client_error(std::string("connect: ") + std::strerror(errno));
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

raw_client::~raw_client() {
  if (socket_ >= 0)
    ::close(socket_);
}

void raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    wait_for(socket_, POLLOUT);
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN)
      throw client_error(std::string("send: ") + std::strerror(errno));
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void raw_client::send_one_byte_at_a_time(std::string_view bytes) {
  for (char c : bytes)
    send(std::string_view(&c, 1));
}

void raw_client::shut_down_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void raw_client::receive_little() {
  // Not less: below one segment of the loopback the kernel waits for its probe timer between any
  // two.
  const int bytes = 65'536;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void raw_client::reset() {
  const linger none{1, 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  ::close(std::exchange(socket_, -1));
}

bool raw_client::silent_for(std::chrono::milliseconds time) {
  pollfd p{socket_, POLLIN, 0};
  return buffer_.empty() && ::poll(&p, 1, static_cast<int>(time.count())) == 0;
}

bool raw_client::fill() {
  wait_for(socket_, POLLIN);
  const std::size_t have = buffer_.size();
  constexpr std::size_t step = 65'536;
  buffer_.resize(have + step);
  const ssize_t size = ::recv(socket_, buffer_.data() + have, step, 0);
  buffer_.resize(have + static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
  return size > 0;
}

void raw_client::need(std::size_t bytes) {
  while (buffer_.size() < bytes) {
    if (!fill())
      throw client_error("the server closed");
  }
}

std::string raw_client::take(std::size_t bytes) {
  need(bytes);
  std::string taken = buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return taken;
}

http_answer raw_client::receive_answer(bool to_head) {
  http_answer answer;
  answer.head = receive_through("\r\n\r\n");
  answer.status = std::stoi(answer.head.substr(answer.head.find(' ') + 1, 3));
  const std::string size = answer.header("Content-Length");
  if (!size.empty() && !to_head)
    answer.body = take(std::stoul(size));
  return answer;
}

std::string raw_client::receive_through(std::string_view end) {
  std::size_t found = 0;
  while ((found = buffer_.find(end)) == std::string::npos) {
    if (!fill())
      throw client_error("the server closed");
  }
  return take(found + end.size());
}

std::string raw_client::receive_chunk() {
  const std::size_t size = std::stoul(receive_through("\r\n"), nullptr, 16);
  std::string chunk = take(size);
  if (take(2) != "\r\n")
    throw client_error("a chunk is not as long as it says");
  return chunk;
}

ws_frame raw_client::receive_frame() {
  const std::string start = take(2);
  ws_frame frame;
  frame.final = (start[0] & 0x80) != 0;
  frame.reserved = (start[0] >> 4) & 7;
  frame.opcode = start[0] & 0x0f;
  if ((start[1] & 0x80) != 0)
    throw client_error("a server's frame is masked");
  std::uint64_t size = start[1] & 0x7f;
  const int length_bytes = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (length_bytes > 0) {
    size = 0;
    for (char c : take(static_cast<std::size_t>(length_bytes)))
      size = (size << 8) | static_cast<unsigned char>(c);
  }
  frame.payload = take(size);
  return frame;
}

ws_frame raw_client::receive_frame_but_ping() {
  for (;;) {
    ws_frame frame = receive_frame();
    if (frame.opcode != 9)
      return frame;
  }
}

std::string raw_client::receive_until_closed() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

std::string upgrade_request(std::string_view path) {
  return "GET " + std::string(path) +
         " HTTP/1.1\r\n"
         "Host: test\r\n"
         "Connection: Upgrade\r\n"
         "Upgrade: websocket\r\n"
         "Sec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

raw_client open_websocket(std::uint16_t port, std::string_view path) {
  raw_client client(port);
  client.send(upgrade_request(path));
  const auto answer = client.receive_answer();
  if (answer.status != 101)
    throw client_error("no upgrade: " + answer.head);
  return client;
}

raw_client open_event_stream(std::uint16_t port, const std::string& path,
                             const std::string& http_version) {
  raw_client client(port);
  client.send("GET " + path + " HTTP/" + http_version + "\r\nHost: test\r\n\r\n");
  const auto answer = client.receive_answer();
  if (answer.status != 200 || answer.header("Content-Type") != "text/event-stream")
    throw client_error("no event stream: " + answer.head);
  return client;
}

}  // namespace carillon::testing
