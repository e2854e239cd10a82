// How a client that reads too slowly is brought back, past its queue: what it missed of a topic that
// numbers its frames (a log) is asked for, comes in pages, and no frame of that topic is queued but
// the one that is next. So it misses nothing and sees nothing twice, in whatever order pages, live
// frames and questions cross. Whoever publishes under such a topic publishes every number, rising, and
// says by one thread that a page is over: what it publishes after that follows the page.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "runtime/edge/gateway.hpp"

namespace carillon::edge {

struct log_position {
  topic_id topic = 0;  // 0: the frame is of no log
  std::uint64_t seq = 0;
};

// Live: to publish() under at.topic, or to send() to a newcomer ahead of its subscription. `log`: what
// the topic's log is called where this process is not known, for event_marker.
frame_ptr make_event_frame(std::string payload, log_position at, std::string log,
                           std::function<void(connection_id)> written = {});
// Read from the log: to send() in answer to a question. Ignored where nobody waits for it.
frame_ptr make_late_frame(std::string payload, log_position at, std::string log = {});
// No bytes: the page is over. `complete`: `reached.seq` is the newest of the topic, and what is
// published from here on comes after it.
frame_ptr make_page_end(log_position reached, bool complete);

// A question: send this connection late frames of the topic, from this number on, of about so many
// bytes in all, then the end of the page. One that has no right to the topic is unsubscribed from it.
struct missed_events {
  connection_id who = 0;
  topic_id topic = 0;
  std::uint64_t from = 0;
  std::size_t room = 0;
  bool first = false;  // of this spell: the client has not been told yet that it is behind here
};
// Called on I/O threads: it must only post.
using missed_then = std::function<void(const missed_events&)>;

}  // namespace carillon::edge
