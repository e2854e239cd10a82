// The little of HTTP/1.1 and RFC 6455 that a client of our own server needs: finding where a
// response or a frame ends, and writing masked frames. Bytes in, views out; nothing is copied and
// no payload is looked at, so that a load generator stays far cheaper than the server it loads.
// Pure; views point into the caller's bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace carillon::client {

// The other side sent what no correct server sends, or what this client does not take (a chunked
// body, a masked or fragmented frame).
struct protocol_violation : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct http_response_view {
  int status = 0;
  std::string_view head; // status line and headers, without the empty line
  std::string_view body;
  int retry_after = -1; // seconds; -1: no such header
  bool close = false;   // "Connection: close"
  std::size_t size = 0; // of the whole response in the stream
};

// nullopt: the response is not complete yet. A 101 has no body.
// Throws protocol_violation when there is neither a Content-Length nor a status without body.
std::optional<http_response_view> scan_http_response(std::string_view bytes);

// Value of a header (name in lower case) inside `head`; nullopt: absent.
std::optional<std::string_view> find_header(std::string_view head, std::string_view name);

enum class ws_opcode : std::uint8_t { text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

struct ws_frame_view {
  ws_opcode opcode = ws_opcode::text;
  std::string_view payload;
  std::size_t size = 0; // of the whole frame in the stream

  // Of a close frame; 1005 (RFC 6455, 7.1.5) when it carries none.
  std::uint16_t close_code() const;
};

// nullopt: the frame is not complete yet. Throws protocol_violation on a masked frame, reserved
// bits or a fragment: our server sends every message as one frame.
std::optional<ws_frame_view> scan_ws_frame(std::string_view bytes);

// Appends one masked frame (clients must mask: RFC 6455, 5.3).
void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload,
                     std::uint32_t mask);

// Appends `text` percent-encoded as a form value.
void append_form_value(std::string& out, std::string_view text);

} // namespace carillon::client
