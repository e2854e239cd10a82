// What an I/O thread has done since start. Written by that thread alone, read by any: plain loads
// and stores of atomics, no read-modify-write in the hot path.
#pragma once

#include <atomic>
#include <cstdint>

namespace carillon::edge {

// A sum over all I/O threads at one moment; each number is exact, together they are not a snapshot.
struct edge_counters {
  std::uint64_t connections = 0;  // open now, whatever they speak
  std::uint64_t websockets = 0;   // of these, WebSockets
  std::uint64_t event_streams = 0;
  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;  // over connections_max
  std::uint64_t requests = 0;
  std::uint64_t messages_in = 0;
  std::uint64_t deliveries = 0;  // frames queued to one connection each
  std::uint64_t bytes_out = 0;
  std::uint64_t transient_dropped = 0;  // transient frames not queued to a slow connection
  std::uint64_t slow_closes = 0;        // connections closed with slow_consumer
  std::uint64_t behind = 0;             // connections that are read back to from the log now
  std::uint64_t fell_behind = 0;        // ... that began to be
  std::uint64_t caught_up = 0;          // ... that had everything again
  std::uint64_t behind_timeouts = 0;    // ... that did not in time, of the slow_closes
  std::uint64_t events_skipped = 0;     // frames of a log that found no room
  std::uint64_t events_read_back = 0;   // ... that were queued later, from the log
  std::uint64_t lagging = 0;            // connections whose kernel takes no more for now
  std::uint64_t waiting_bytes = 0;      // what these have in their queues
};

class counter {
public:
  void add(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  void subtract(std::uint64_t n = 1) {
    value_.store(value_.load(std::memory_order_relaxed) - n, std::memory_order_relaxed);
  }
  std::uint64_t read() const { return value_.load(std::memory_order_relaxed); }

private:
  std::atomic<std::uint64_t> value_{0};
};

struct thread_counters {
  counter connections, websockets, event_streams, accepted, refused, requests, messages_in, deliveries, bytes_out,
      transient_dropped, slow_closes, lagging, waiting_bytes;
  counter behind, fell_behind, caught_up, behind_timeouts, events_skipped, events_read_back;
  counter ended;  // of those handed to this thread; the listener counts what is left

  void add_to(edge_counters& sum) const {
    sum.connections += connections.read();
    sum.websockets += websockets.read();
    sum.event_streams += event_streams.read();
    sum.accepted += accepted.read();
    sum.refused += refused.read();
    sum.requests += requests.read();
    sum.messages_in += messages_in.read();
    sum.deliveries += deliveries.read();
    sum.bytes_out += bytes_out.read();
    sum.transient_dropped += transient_dropped.read();
    sum.slow_closes += slow_closes.read();
    sum.behind += behind.read();
    sum.fell_behind += fell_behind.read();
    sum.caught_up += caught_up.read();
    sum.behind_timeouts += behind_timeouts.read();
    sum.events_skipped += events_skipped.read();
    sum.events_read_back += events_read_back.read();
    sum.lagging += lagging.read();
    sum.waiting_bytes += waiting_bytes.read();
  }
};

}  // namespace carillon::edge
