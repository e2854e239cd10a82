// One RTM WebSocket: upgrade, frames in (their payload handed on unread), pongs, close codes.
// One thread: the loop's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "tools/client/stream.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon::client {

class rtm_client final : stream_owner {
public:
  enum class state { connecting, ready, closed }; // ready: the server's hello came
  // Every text frame after the hello; the view is valid during the call.
  using text_handler = std::function<void(std::string_view payload)>;

  rtm_client(event_loop& loop, text_handler on_text)
      : stream_(loop, *this), on_text_(std::move(on_text)) {}

  // `url`: what rtm.connect answered; `from`: as endpoint::from. REQUIRES: not connected.
  void connect(std::string_view url, std::string_view from = {});
  void send_text(std::string_view payload);
  void close(); // drops the TCP connection without a close frame
  // The socket, for who reads it in a way of their own; we are closed then. REQUIRES: state ready,
  // nothing to send waits. Throws client_error between the halves of a frame.
  int release();

  state current() const { return state_; }
  // Of the close frame that the server sent; 1006 (RFC 6455, 7.1.5): it left without one.
  std::uint16_t close_code() const { return close_code_; }
  // When state is closed: why, for people ("HTTP 503", "closed by the other side").
  const std::string& end_words() const { return end_words_; }

private:
  std::size_t on_bytes(std::string_view bytes) override;
  void on_lost(std::string_view why) override;
  std::size_t on_upgrade_answer(std::string_view bytes);
  void on_frame(const ws_frame_view& frame);
  void send_frame(ws_opcode opcode, std::string_view payload);

  stream stream_;
  text_handler on_text_;
  state state_ = state::closed;
  bool upgraded_ = false;
  std::uint32_t mask_ = 0x5a17c3e1; // any value does: masking protects proxies, not secrets
  std::uint16_t close_code_ = 1006;
  std::string end_words_;
};

} // namespace carillon::client
