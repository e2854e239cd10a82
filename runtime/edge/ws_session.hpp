// One WebSocket. Beast reads it (frames, masks, UTF-8, pings, the close handshake: RFC 6455) over a
// layer of ours that collects what Beast writes; what the gateway sends is appended to the same
// queue as finished frames, past Beast. Appending is safe because every Beast write is taken whole,
// and because nothing is appended before the handshake's answer or after a close frame.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/edge/subscriber.hpp"

namespace carillon::edge {

class ws_session final : public subscriber {
public:
  // `early`: what the client sent behind its request head.
  ws_session(io_thread& loop, connection_id id, tcp_socket socket, std::string early,
             std::shared_ptr<void> context);
  ~ws_session() override;

  counter& counted(thread_counters& all) const override { return all.websockets; }

  // Answers the handshake. `key`: Sec-WebSocket-Key, checked by the caller.
  void start(std::string_view key);

  // Sends a close frame and waits for the client's.
  void close(std::uint16_t code, std::string_view reason) override;
  void stop() override;

private:
  friend class ws_layer;
  struct stream_box;

  void on_deadline(tick_time now) override;
  tick_time next_look() const override;

  void on_accepted();
  void read();
  void on_read(bool failed, std::size_t size);
  void on_message_complete();
  void on_stream_failed();
  void heard();

  void ping();
  bool ping_is_late();

  // What Beast writes: the handshake's answer, pongs, and its own close frames.
  void append_from_stream(std::string_view bytes);

  std::unique_ptr<stream_box> stream_;
  std::string early_;
  std::string message_;            // what has arrived of the message that is being read
  std::array<char, 4> idle_room_;  // all that an idle connection holds ready for its next message
  bool pinged_ = false;            // we asked, and nothing was heard since
  bool ping_was_late_ = false;     // it had not reached its machine when we looked
};

}  // namespace carillon::edge
