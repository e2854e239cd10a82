// Bytes as they go on the wire. A frame is one whole WebSocket message: header and payload encoded
// once, then shared by every connection that gets it (RFC 6455 section 5.2; from a server, so never
// masked; one frame per message, because some clients deliver fragments truncated).
// Immutable after construction, but for who follows it; any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/edge/catch_up.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon::edge {

enum class opcode : std::uint8_t { text = 0x1, binary = 0x2, close = 0x8, ping = 0x9, pong = 0xa };

class frame {
public:
  // Who follows the frame, told once that it is with the kernel for one of its connections.
  using written_hook = std::function<void(connection_id)>;

  enum class role : std::uint8_t { live, late, page_end, log_end };

  frame(opcode kind, std::string_view payload, written_hook written = {});
  // One of a log's frames (catch_up.hpp).
  frame(opcode kind, std::string_view payload, log_position at, role what, std::string log = {},
        written_hook written = {});

  std::string_view wire() const { return wire_; }
  std::string_view payload() const { return wire().substr(header_size_); }

  const log_position& position() const { return at_; }
  const std::string& log() const { return log_; }  // its name; empty: it is an event of none
  role what() const { return role_; }

  bool is_followed() const { return follower_ != nullptr; }
  // The hook, for the connection that asks first; empty for all others. REQUIRES: is_followed().
  written_hook claim_hook() const;

private:
  struct follower {
    std::atomic_flag claimed;
    written_hook written;
  };

  std::string wire_;
  std::size_t header_size_;
  log_position at_;
  std::string log_;
  role role_ = role::live;
  std::unique_ptr<follower> follower_;  // nearly always null
};

// A ping without payload. Clients answer it from their WebSocket library.
std::string_view ping_wire();

// A close frame. The reason is cut to the 123 bytes that fit into a control frame, at a character's
// border. REQUIRES: `code` is one that may be sent (not 1005, 1006, 1015).
std::string close_wire(std::uint16_t code, std::string_view reason);

// Does `text` end inside a UTF-8 sequence? Looks at the last three bytes only; what precedes them
// has been checked already.
bool ends_inside_character(std::string_view text);

}  // namespace carillon::edge
