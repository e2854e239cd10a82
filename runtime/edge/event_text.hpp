// What an event stream looks like on the wire: Server-Sent Events (WHATWG HTML, section 9.2.5), each a
// chunk of its own for HTTP/1.1 (RFC 9112, section 7.1), or bare until the connection ends for HTTP/1.0.
// Pure, but for the text of one frame that event_text keeps. Used by one I/O thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/edge/frame.hpp"

namespace carillon::edge {

// A frame as an event, made once for all streams that get it, one after the other.
class event_text {
public:
  // Good until the next call. The frame lives until forget().
  std::string_view of(const frame& what, bool chunked);
  // Frames may go from now on: another one may come to stand at the same address.
  void forget();

private:
  // More is given back: a large message to one stream does not stay resident.
  static constexpr std::size_t kept_max = 65'536;

  const frame* made_of_ = nullptr;
  std::string chunk_;           // the event with its chunk's header and end
  std::size_t event_begin_ = 0;  // in chunk_
};

// The line that an event begins with: `mark`, which holds no line break, is what a client that comes back
// shows as its Last-Event-ID once it has all of the event.
std::string event_id_text(std::string_view mark, bool chunked);

// A comment: says nothing, and shows both ends that the connection is there.
std::string_view heartbeat_text(bool chunked);

// The last event: type `close`, data {"code":4010,"reason":"..."}; then the end of the body.
std::string close_event_text(std::uint16_t code, std::string_view reason, bool chunked);

}  // namespace carillon::edge
