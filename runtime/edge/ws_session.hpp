// One WebSocket. Beast reads it (frames, masks, UTF-8, pings, the close handshake: RFC 6455) over a
// layer of ours that collects what Beast writes; what the gateway sends is appended to the same
// queue as finished frames, past Beast. Appending is safe because every Beast write is taken whole,
// and because nothing is appended before the handshake's answer or after a close frame.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/edge/frame.hpp"
#include "runtime/edge/io_thread.hpp"
#include "runtime/edge/lag_state.hpp"
#include "runtime/edge/session.hpp"
#include "runtime/edge/topic_table.hpp"

namespace carillon::edge {

// What may wait past the limit of a queue, of what no log can give again: answers, pongs.
inline constexpr std::size_t own_reserve = 65'536;
// A connection with so much queued is flushed after the command at hand, not only at the end of the
// turn: a long batch does not pile up, and only what the kernel refused counts against the limit.
inline constexpr std::size_t flush_at_bytes = 65'536;

class ws_session final : public session {
public:
  // `early`: what the client sent behind its request head.
  ws_session(io_thread& loop, connection_id id, tcp_socket socket, std::string early,
             std::shared_ptr<void> context);
  ~ws_session() override;

  bool is_websocket() const override { return true; }

  // Answers the handshake. `key`: Sec-WebSocket-Key, checked by the caller.
  void start(std::string_view key);

  // Queues a frame, drops it (transient, and much is waiting), leaves it to the log (an event that
  // finds no room, catch_up.hpp), or gives the connection up as slow. A few instructions and a copy:
  // this is the inner loop of fan-out.
  void deliver(const frame& what, send_class how);
  // -- while it is behind (ws_lag.cpp) --
  // A frame from the log, or the end of a page.
  void deliver_late(const frame& what);
  // This frame went to all others of its topic, because this client knows what is in it.
  void passed_over(const frame& what) {
    if (is_behind_) [[unlikely]]
      lag_->state.has(what.position());
  }
  void leave(topic_id topic);

  // Sends a close frame and waits for the client's. Nothing if one was sent already.
  void close(std::uint16_t code, std::string_view reason);
  void stop() override;
  // Its socket failed, and it is its turn (io_thread::end_later).
  void end_lost();

  bool takes_frames() const { return stage_ == stage::open; }

  // For operators (look.cpp).
  connection_picture look(tick_time now);
  // Those whose kernel takes no more first, the longest of them first; then by what is queued.
  bool waits_more_than(const ws_session& other) const {
    const auto late = [](const ws_session& of) {
      return of.waits_since() == tick_time{} ? tick_time::max() : of.waits_since();
    };
    return late(*this) != late(other) ? late(*this) < late(other)
                                      : outbound_.size() > other.outbound_.size();
  }

  topic_table<ws_session>::links topics;  // topic_table's field

private:
  friend class ws_layer;
  struct stream_box;

  enum class stage : std::uint8_t {
    handshake,
    open,
    lost,        // its socket failed; the end is carried out in its turn
    close_sent,  // nothing may be queued any more; we still read, for the client's close frame
    over         // Beast has nothing more to say either
  };

  void on_deadline(tick_time now) override;
  void on_drained() override;
  void on_dropped() override;

  void on_accepted();
  void read();
  void on_read(bool failed, std::size_t size);
  void on_message_complete();
  void on_stream_failed();
  void heard();

  // `queued`: with the frame.
  void queue(const frame& what, std::size_t queued) {
    const std::string_view wire = what.wire();
    if (queued == wire.size())
      frames_before_queue_ = frames_;
    ++frames_;
    append(wire);
    if (what.is_followed()) [[unlikely]]
      when_sent(what.claim_hook());
    loop_.counters().deliveries.add();
    if (queued > std::min(flush_at_bytes, loop_.limits().outbound_max_bytes / 2))
      loop_.flush_after_command(*this);
  }
  void give_up();
  void ping();
  bool ping_is_late();
  void wake_at(tick_time when);
  // ws_lag.cpp
  struct lag_file {  // of a connection that was ever behind
    lag_state state;
    tick_time began{};
    tick_time ended{};  // the spell before
    std::chrono::microseconds took{0};
    std::uint32_t spells = 0;
    std::uint64_t skipped = 0, read_back = 0;
  };
  bool makes_room(const frame& what, std::size_t queued);
  void fall_behind();
  void ask_for_missed();
  void look_whether_over();
  void end_spell();
  tick_time behind_until() const;
  void look_behind(connection_picture& out, tick_time now) const;

  // What Beast writes: the handshake's answer, pongs, and its own close frames.
  void append_from_stream(std::string_view bytes);
  void say_goodbye(std::uint16_t code, std::string_view reason);
  void report_close(std::uint16_t code, ended_by by, std::string_view reason);
  std::string remote_text() const;
  std::uint64_t frames_queued(std::size_t queued_bytes) const {
    return queued_bytes == 0 ? 0 : frames_ - frames_before_queue_;
  }

  std::unique_ptr<stream_box> stream_;
  std::shared_ptr<void> context_;  // until on_open
  std::string early_;
  std::unique_ptr<lag_file> lag_;  // nearly always null
  std::string message_;  // what has arrived of the message that is being read
  tick_time last_heard_;
  const tick_time opened_at_ = steady_now();
  const boost::asio::ip::tcp::endpoint remote_;  // a socket that failed does not know it any more
  std::uint64_t frames_ = 0;               // queued since then
  std::uint64_t frames_before_queue_ = 0;  // of these, before what is in the queue
  std::uint32_t transient_dropped_ = 0;
  std::uint32_t queued_at_close_ = 0;      // bytes, before the close frame
  std::uint32_t acknowledged_ = 0;         // by its kernel when we last looked; of the ping, as below
  std::uint32_t ping_ends_ = 0;            // bytes from the first to the ping's last, modulo 2^32
  std::array<char, 4> idle_room_;   // all that an idle connection holds ready for its next message
  std::uint16_t failure_code_ = 0;  // the close code that Beast's failure stands for
  stage stage_ = stage::handshake;
  bool is_behind_ = false;  // a spell is on: lag_ is there
  bool pinged_ = false;  // we asked, and nothing was heard since
  bool ping_was_late_ = false;  // it had not reached its machine when we looked
  bool close_reported_ = false;
  bool given_up_ = false;  // over its limit, about to be closed
};

}  // namespace carillon::edge
