// A WebSocket as an operator sees it; made on its I/O thread when somebody looks. A value.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "runtime/edge/gateway.hpp"

namespace carillon::edge {

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
};

// Of one I/O thread; any order.
using pictures_then = std::function<void(std::vector<connection_picture>)>;

}  // namespace carillon::edge
