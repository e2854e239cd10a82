// A WebSocket or event stream as an operator sees it; made on its I/O thread when somebody looks, and when it ends.
// Values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/edge/gateway.hpp"

namespace carillon::edge {

// What the kernel knows of a TCP connection; zeros where it says nothing (tcp_look.cpp).
struct tcp_picture {
  std::uint64_t unacknowledged_bytes = 0;  // with the kernel, sent or not, and not acknowledged
  std::uint64_t unsent_bytes = 0;          // of these, not sent yet
  std::uint64_t window_bytes = 0;          // what the peer would take now
  std::chrono::microseconds sent_ago{0};
  std::chrono::microseconds acknowledged_ago{0};
  std::chrono::microseconds round_trip{0};  // smoothed
  std::uint32_t segments_unacknowledged = 0;
  std::uint32_t segments_repeated = 0;     // since it opened
  std::uint32_t timeouts = 0;              // of the segment at hand: sent again so often
};
// One system call or two. `socket`: a file descriptor.
tcp_picture look_at_tcp(int socket);

struct connection_picture {
  connection_id connection = 0;
  std::string remote;                      // ADDRESS:PORT
  std::chrono::microseconds open_for{0};
  std::chrono::microseconds heard_ago{0};
  std::uint64_t queued_bytes = 0;
  std::uint64_t queued_frames = 0;         // since its queue was empty: some may be out by now
  std::chrono::microseconds waits_for{0};  // how long its kernel has taken nothing or too little
  std::uint64_t frames_sent = 0;           // queued, since it opened
  std::uint64_t transient_dropped = 0;
  std::uint32_t topics = 0;
  // Behind, and read back to from the log (catch_up.hpp). The spell that ended last is remembered.
  bool behind = false;
  std::chrono::microseconds behind_for{0};      // this spell, so far
  std::uint32_t behind_topics = 0;
  std::uint64_t reading_from = 0;               // the number in one of these topics that is next
  std::uint32_t spells = 0;                     // since it opened, this one too
  std::chrono::microseconds last_spell_ago{0};  // 0: none has ended
  std::chrono::microseconds last_spell_took{0};
  std::uint64_t events_skipped = 0;             // since it opened
  std::uint64_t events_read_back = 0;
  tcp_picture tcp;
};

// One that is over.
enum class ended_by : std::uint8_t { host, client, network };
struct ended_connection {
  connection_id connection = 0;
  std::string remote;                      // ADDRESS:PORT
  std::chrono::microseconds open_for{0};
  std::uint16_t code = 0;                  // as gateway::on_close has it
  std::string reason;                      // of the close frame, or what the socket said
  ended_by by = ended_by::network;
  std::uint64_t queued_bytes = 0;          // when it ended
  std::uint64_t queued_frames = 0;
};
// Called on I/O threads, just before gateway::on_close; must not block.
using ended_then = std::function<void(const ended_connection&)>;

// Of one I/O thread; any order.
using pictures_then = std::function<void(std::vector<connection_picture>)>;

}  // namespace carillon::edge
