// A socket of which only the number of bytes is wanted: the kernel throws them away where they are
// (MSG_TRUNC), wakes us once for each change (EPOLLET), and where many messages are on the way not
// before some have come together (SO_RCVLOWAT). That is what keeps a load of a million deliveries a
// second cheap beside the host that sends them. Who uses it knows how long what comes must be, and
// holds the sums against each other. One thread: the loop's.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "tools/client/event_loop.hpp"

namespace carillon::bench {

class byte_counter final : client::event_source {
public:
  // Takes the socket over. `sum` outlives it and counts for all.
  byte_counter(client::event_loop& loop, int descriptor, std::size_t low_water, std::uint64_t& sum);
  ~byte_counter() override;
  byte_counter(const byte_counter&) = delete;
  byte_counter& operator=(const byte_counter&) = delete;

  std::uint64_t bytes() const { return bytes_; }
  // Counts what is there and has woken nobody yet. Throws client_error when the other side is gone.
  void drain();
  // A WebSocket's pong that nobody asked for (RFC 6455, 5.5.3): with it the host has no reason to ping,
  // and a ping among the bytes would not be seen.
  void pong();

private:
  void on_ready(std::uint32_t epoll_events) override;

  client::event_loop& loop_;
  int descriptor_;
  std::uint64_t& sum_;
  std::uint64_t bytes_ = 0;
};

// Of so many connections to one channel these are read and checked message by message; the others are
// counted. Every so-manieth, so that they stand for all.
inline bool is_read_whole(std::size_t number) {
  constexpr std::size_t every = 16;
  return number % every == 0;
}

// Bytes that come together before a counter is woken, with so many messages of that length under way
// at once: one alone is not kept waiting.
inline std::size_t low_water_of(std::size_t in_flight, std::size_t message_bytes) {
  constexpr std::size_t few = 8, gathered = 64;
  return in_flight < few ? 1 : gathered * message_bytes;
}

} // namespace carillon::bench
