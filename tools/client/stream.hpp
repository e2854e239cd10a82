// A TCP connection of the event loop: sends at once and keeps only what the socket would not take,
// hands received bytes to its owner in place. One thread: the loop's.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tools/client/event_loop.hpp"

namespace carillon::client {

// Where a host listens; IPv4 only, as "127.0.0.1" or "localhost".
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
  // Our own address, such as 127.0.0.7; empty: as the kernel likes. One address has some 28,000 ports
  // for one host, and the kernel looks long for the last ones.
  std::string from = {};

  // "http://HOST:PORT" or "ws://HOST:PORT/..."; throws client_error otherwise.
  static endpoint parse(std::string_view url);
  std::string authority() const { return host + ":" + std::to_string(port); }
};

// What makes a run pointless: no connection, an answer that is not ok, a deadline. The words are
// for people; main() or the test prints them.
struct client_error : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class stream_owner {
public:
  virtual ~stream_owner() = default;
  // Returns how many of the bytes are done with; the rest comes again with what follows. May call
  // send() and close(), must not destroy the stream.
  virtual std::size_t on_bytes(std::string_view bytes) = 0;
  // The other side closed, or an error ended it. Not called after close().
  virtual void on_lost(std::string_view why) = 0;
};

class stream final : event_source {
public:
  stream(event_loop& loop, stream_owner& owner) : loop_(loop), owner_(owner) {}
  ~stream() override { close(); }
  stream(const stream&) = delete;
  stream& operator=(const stream&) = delete;

  // Returns at once; bytes sent meanwhile wait. REQUIRES: !is_open().
  void connect(const endpoint& where);
  void send(std::string_view bytes);
  void close();
  // The socket, which somebody else reads and closes from now on. REQUIRES: is_open(), and nothing that
  // was sent waits here. Throws client_error when half a message was received already.
  int release();
  bool is_open() const { return descriptor_ >= 0; }

private:
  void on_ready(std::uint32_t epoll_events) override;
  void bind_to(const std::string& own);
  void receive();
  void flush();
  void lose(std::string_view why);

  event_loop& loop_;
  stream_owner& owner_;
  int descriptor_ = -1;
  bool writing_ = false; // the loop watches for room to write (also: the connect is under way)
  std::string unsent_;
  std::string partial_; // received, but not a whole message yet
};

} // namespace carillon::client
