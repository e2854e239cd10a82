// What memory allows the edge at this moment. One for the process, as memory is: written by whoever
// watches it, read by every I/O thread wherever it is about to keep more; plain relaxed atomics, so
// reading costs as much as reading a number.
//
// Until somebody watches, everything that the settings allow is allowed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace carillon::edge {

struct pressure {
  // Of what may wait to be sent, on each connection and on all together: how much of it may now, in
  // percent, 1 to 100. It falls as memory fills, and the slowest connections are over it first.
  std::atomic<std::uint8_t> outbound_share{100};
  // Bodies of requests that have not ended yet, those above counted_body_min each: their sum, and what
  // it may be. A request that would pass it is refused before its body is read.
  std::atomic<std::size_t> bodies_bytes{0};
  std::atomic<std::size_t> bodies_max_bytes{std::numeric_limits<std::size_t>::max()};
  std::atomic<std::uint64_t> bodies_refused{0};

  static constexpr std::size_t counted_body_min = 4'096;  // smaller ones: connections_max bounds them

  // `limit` of the settings, in bytes, as it is now.
  std::size_t of_outbound(std::size_t limit) const {
    const std::size_t share = outbound_share.load(std::memory_order_relaxed);
    return share >= 100 ? limit : limit / 100 * share;
  }
};

inline pressure& process_pressure() {
  static constinit pressure only;
  return only;
}

}  // namespace carillon::edge
