// A TCP client that says exactly what a test wants, right or wrong, byte by byte if need be, and
// reads HTTP answers and WebSocket frames back. Written from RFC 6455 and sharing no code with the
// edge, so that both cannot be wrong in the same way. Every wait has a deadline and throws when it
// passes. Used by one thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace carillon::testing {

struct client_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct http_answer {
  int status = 0;
  std::string head;  // status line and headers, as sent
  std::string body;

  // The value of a header, empty when absent. The name is compared as it is written.
  std::string header(std::string_view name) const;
};

struct ws_frame {
  bool final = false;
  int reserved = 0;
  int opcode = 0;
  std::string payload;

  // Of a close frame; 1005 when it has no payload.
  std::uint16_t close_code() const;
};

// A client's frame: masked, unless a test wants it wrong.
struct frame_options {
  bool final = true;
  int reserved = 0;
  bool masked = true;
  int length_bytes = -1;  // -1: the shortest form; 0, 2 or 8: this one
};
std::string client_frame(int opcode, std::string_view payload, frame_options how = {});
std::string close_payload(std::uint16_t code, std::string_view reason = {});

class raw_client {
public:
  explicit raw_client(std::uint16_t port);
  ~raw_client();
  raw_client(raw_client&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}
  raw_client(const raw_client&) = delete;
  raw_client& operator=(const raw_client&) = delete;
  raw_client& operator=(raw_client&&) = delete;

  int descriptor() const { return socket_; }

  void send(std::string_view bytes);
  void send_one_byte_at_a_time(std::string_view bytes);
  // Half closes: no more from us, but we still read.
  void shut_down_sending();
  // Ends the connection with a reset instead of a close.
  void reset();
  // true: nothing arrives for so long.
  bool silent_for(std::chrono::milliseconds time);
  // Makes the kernel take only a little of what the server sends.
  void receive_little();

  // `to_head`: the answer to a HEAD request, which has no body whatever Content-Length says.
  http_answer receive_answer(bool to_head = false);
  // Of a body in chunks: the next one; empty: it was the last.
  std::string receive_chunk();
  // As far as this text, with it.
  std::string receive_through(std::string_view end);
  ws_frame receive_frame();
  // Skips the server's pings.
  ws_frame receive_frame_but_ping();
  // Reads until the server closes; returns what came before. A reset counts as closed.
  std::string receive_until_closed();

private:
  bool fill();  // false: closed
  void need(std::size_t bytes);
  std::string take(std::size_t bytes);

  int socket_ = -1;
  std::string buffer_;
};

// The request of a proper handshake, with the sample key of RFC 6455 section 1.3.
std::string upgrade_request(std::string_view path = "/");
// Connects and shakes hands; throws unless the server switches protocols.
raw_client open_websocket(std::uint16_t port, std::string_view path = "/");
// Connects and asks; throws unless the answer is an event stream. Its head has been read then.
raw_client open_event_stream(std::uint16_t port, const std::string& path,
                             const std::string& http_version = "1.1");

}  // namespace carillon::testing
