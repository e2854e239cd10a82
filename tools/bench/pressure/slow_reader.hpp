// One RTM connection whose reader stops, or takes a few bytes now and then, and later reads on as if
// nothing had been: what it gets then must be without a hole that nobody told it about. It pongs
// unasked (RFC 6455, 5.5.3), so that nobody takes it for dead. One thread: the loop's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tools/client/rtm_client.hpp"

namespace carillon::bench {

class slow_reader final : client::event_source {
public:
  slow_reader(client::event_loop& loop, std::string channel);
  ~slow_reader() override;
  slow_reader(const slow_reader&) = delete;
  slow_reader& operator=(const slow_reader&) = delete;

  void connect(std::string_view url) { rtm_.connect(url); }
  bool is_ready() const { return rtm_.current() == client::rtm_client::state::ready; }

  // Nothing is read from now on; the kernel keeps `kernel_bytes` for it at most, or so.
  void stall(int kernel_bytes);
  // Reads so many bytes at most, once.
  void sip(std::size_t bytes);
  // Reads everything from now on.
  void read();
  void pong();

  bool is_open() const { return descriptor_ >= 0; }
  std::uint64_t bytes() const { return bytes_; }       // since stall()
  std::uint64_t last_seq() const { return last_seq_; } // of the channel
  std::uint64_t missed() const { return missed_; }     // messages between two that came, and no word of it
  std::uint64_t notices() const { return notices_; }   // "lagging": read history from there
  std::uint16_t close_code() const { return close_code_; } // 0: none came

private:
  void on_ready(std::uint32_t epoll_events) override;
  void receive(std::size_t at_most);
  void take_frames();
  void hear(std::string_view payload);
  void end();

  client::event_loop& loop_;
  std::string channel_;
  client::rtm_client rtm_; // until stall()
  int descriptor_ = -1;    // from then on
  bool reads_ = false;
  std::string unread_; // of a frame that is not whole yet
  std::uint64_t bytes_ = 0;
  std::uint64_t last_seq_ = 0;
  std::uint64_t missed_ = 0;
  std::uint64_t notices_ = 0;
  bool told_ = false; // that messages are left out
  std::uint16_t close_code_ = 0;
};

} // namespace carillon::bench
