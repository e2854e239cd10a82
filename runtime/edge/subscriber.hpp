// What gets frames: a WebSocket or an event stream. Its queue and its topics, what is left out while its
// client is slow and read back from the log (subscriber_lag.cpp), how it ends, what operators see of it
// (look.cpp). What its bytes look like, what its client says, and whether that is there at all, is for the
// sessions below it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/system/error_code.hpp>

#include "runtime/edge/event_text.hpp"
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

// RFC 6455 section 7.1.5, for gateway::on_close.
inline constexpr std::uint16_t no_status = 1005;  // the client ended it and named no code
inline constexpr std::uint16_t no_close = 1006;   // the connection was lost

class subscriber : public session {
public:
  bool is_subscriber() const final { return true; }
  // Where those of its kind are counted.
  virtual counter& counted(thread_counters& all) const = 0;

  // Queues a frame, drops it (transient, and much is waiting), leaves it to the log (an event that
  // finds no room, catch_up.hpp), or gives the connection up as slow. A few instructions and a copy:
  // this is the inner loop of fan-out.
  void deliver(const frame& what, send_class how);
  // -- while it is behind --
  // A frame from the log, or the end of a page.
  void deliver_late(const frame& what);
  // This frame went to all others of its topic, because this client knows what is in it.
  void passed_over(const frame& what) {
    if (is_behind_) [[unlikely]]
      lag_->state.has(what.position());
  }
  void leave(topic_id topic);

  // Says so to the client and ends. Nothing if that was done already.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  // Its socket failed, and it is its turn (io_thread::end_later).
  virtual void end_lost();

  bool takes_frames() const { return stage_ == stage::open; }

  // For operators.
  connection_picture look(tick_time now);
  // Those whose kernel takes no more first, the longest of them first; then by what is queued.
  bool waits_more_than(const subscriber& other) const {
    const auto late = [](const subscriber& of) {
      return of.waits_since() == tick_time{} ? tick_time::max() : of.waits_since();
    };
    return late(*this) != late(other) ? late(*this) < late(other)
                                      : outbound_.size() > other.outbound_.size();
  }

  topic_table<subscriber>::links topics;  // topic_table's field

protected:
  enum class stage : std::uint8_t {
    handshake,
    open,
    lost,        // its socket failed; the end is carried out in its turn
    close_sent,  // nothing may be queued any more; we still read, for the client's close frame
    over         // there is nothing more to say
  };
  enum class framing : std::uint8_t { websocket, chunked_events, bare_events };

  subscriber(io_thread& loop, connection_id id, tcp_socket socket, framing form,
             std::shared_ptr<void> context);
  ~subscriber() override;

  // What was sent before then has arrived, as far as is known.
  virtual tick_time heard_until() const { return last_heard_; }
  // When on_deadline() is wanted next, whether it is behind or not.
  virtual tick_time next_look() const = 0;
  // Of an event stream: the frame is queued next.
  virtual void before_event(const frame&) {}
  void on_drained() override;
  void on_dropped() override;

  // It is open now: the gateway is told.
  void say_open();
  void give_up();
  void note_queue_at_close() {
    queued_at_close_ = static_cast<std::uint32_t>(outbound_.size());
  }
  // The last words, whatever they look like, and the report of them.
  void say_goodbye(std::string_view wire, stage then, std::uint16_t code, std::string_view reason);
  void report_close(std::uint16_t code, ended_by by, std::string_view reason);
  // The socket failed: end_lost() comes in its turn.
  void lose(boost::system::error_code why);

  // on_deadline() comes at this time, or earlier if the time to catch up is over then.
  void wake_at(tick_time when);
  // It is closed for that.
  bool is_behind_too_long(tick_time now);

  // How far the peer is, and where it will be when it has all that is queued by now.
  void mark_progress();
  struct progress {
    bool arrived;  // all that was queued at the mark is with the peer's machine
    bool moved;    // some more of it is, since the last look
    bool more;     // there is something on the way
  };
  progress look_at_mark();

  const framing form_;
  stage stage_ = stage::handshake;
  bool given_up_ = false;  // over its limit, about to be closed
  boost::system::error_code failure_;  // how reading ended
  tick_time last_heard_;

private:
  struct lag_file {  // of a connection that was ever behind
    lag_state state;
    tick_time began{};
    tick_time ended{};  // the spell before
    std::chrono::microseconds took{0};
    std::uint32_t spells = 0;
    std::uint64_t skipped = 0, read_back = 0;
  };

  std::string_view wire_of(const frame& what) const {
    if (form_ == framing::websocket) [[likely]]
      return what.wire();
    return loop_.events().of(what, form_ == framing::chunked_events);
  }
  // `queued`: with the frame.
  void queue(const frame& what, std::string_view wire, std::size_t queued) {
    if (queued == wire.size())
      frames_before_queue_ = frames_;
    ++frames_;
    if (form_ != framing::websocket)
      before_event(what);
    append(wire);
    if (what.is_followed()) [[unlikely]]
      when_sent(what.claim_hook());
    loop_.counters().deliveries.add();
    if (queued > std::min(flush_at_bytes, loop_.limits().outbound_max_bytes / 2))
      loop_.flush_after_command(*this);
  }
  std::uint64_t frames_queued(std::size_t queued_bytes) const {
    return queued_bytes == 0 ? 0 : frames_ - frames_before_queue_;
  }
  std::string remote_text() const;

  bool makes_room(const frame& what, std::size_t queued);
  void fall_behind();
  void ask_for_missed();
  void look_whether_over();
  void end_spell();
  tick_time behind_until() const;
  void look_behind(connection_picture& out, tick_time now) const;

  std::shared_ptr<void> context_;  // until on_open
  std::unique_ptr<lag_file> lag_;  // nearly always null
  const tick_time opened_at_ = steady_now();
  const boost::asio::ip::tcp::endpoint remote_;  // a socket that failed does not know it any more
  std::uint64_t frames_ = 0;               // queued since then
  std::uint64_t frames_before_queue_ = 0;  // of these, before what is in the queue
  std::uint32_t transient_dropped_ = 0;
  std::uint32_t queued_at_close_ = 0;  // bytes, before the last words
  std::uint32_t acknowledged_ = 0;     // by its kernel when we last looked; of the mark, as below
  std::uint32_t mark_ends_ = 0;        // bytes from the first to the mark's last, modulo 2^32
  bool is_behind_ = false;             // a spell is on: lag_ is there
  bool close_reported_ = false;
};

}  // namespace carillon::edge
