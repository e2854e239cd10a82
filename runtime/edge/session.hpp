// One accepted socket: what HTTP, WebSockets and event streams have in common. Collects what is to be sent, sends
// it once per turn of the loop, keeps one deadline, and ends the connection without losing its last
// words. Lives on one I/O thread, which owns it; handlers under way keep it alive.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "runtime/base/clock.hpp"
#include "runtime/edge/gateway.hpp"
#include "runtime/edge/outbound_queue.hpp"
#include "runtime/edge/timer_wheel.hpp"

namespace carillon::edge {

class io_thread;

// A bare socket on a concrete executor: no strand, no type-erased executor.
using tcp_socket =
    boost::asio::basic_stream_socket<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;

class session : public std::enable_shared_from_this<session> {
public:
  session(io_thread& loop, connection_id id, tcp_socket socket);
  virtual ~session() = default;
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  connection_id id() const { return id_; }
  virtual bool is_subscriber() const { return false; }

  // -- called by io_thread --

  // Sends what is queued, as much as the kernel takes.
  void flush();
  // An entry of the wheel fired. Calls on_deadline() if the deadline still stands.
  void on_tick(timer_wheel::tick filed_under, tick_time now);
  // The host is stopping: say so and end.
  virtual void stop() = 0;
  // Ends the connection now. Nothing more is sent, read or called.
  void drop();

protected:
  enum class ending { at_once, lingering };

  // Its own deadline has passed.
  virtual void on_deadline(tick_time now) = 0;
  // Everything queued is out. Not called once finish() was.
  virtual void on_drained() {}
  // Some is out and the kernel takes no more for now.
  virtual void on_progress() {}
  // What discard_input() read ended, and finish() was not called: the peer closed or its socket failed.
  virtual void on_input_ended(boost::system::error_code) {}
  // discard_input() has thrown away more than anybody has to say who is not heard, and goes on no further
  // unless finish() is called.
  virtual void on_input_excess() {}
  // The connection is over (drop() was called, by us or because the socket failed).
  virtual void on_dropped() {}

  // Queues bytes; they leave at the end of this turn.
  void append(std::string_view bytes);
  // Calls `then` once everything queued by now is with the kernel, or never. One waits at a time: the
  // next one takes its place. Empty: nothing happens.
  void when_sent(std::function<void(connection_id)> then);
  void set_deadline(tick_time when);
  // No more input is wanted: sends what is queued, then closes. `lingering`: the peer may still be
  // sending; closing at once would make the kernel answer with a reset that can overtake our last
  // words, so its input is read and thrown away until it closes or the linger time is over.
  void finish(ending how);
  // From now on what the peer sends is read and thrown away.
  void discard_input();
  bool finishing() const { return life_ != life::open; }
  bool dropped() const { return life_ == life::dropped; }

  // Gives up the socket and what is still queued, for the session that takes over.
  tcp_socket release_socket();

  io_thread& loop_;
  tick_time deadline() const { return deadline_; }
  bool is_waiting() const { return waiting_writable_; }
  // Since when its kernel takes no more; {}: it does.
  tick_time waits_since() const { return waits_since_; }

  tcp_socket socket_;
  outbound_queue outbound_;

private:
  enum class life : std::uint8_t { open, flushing, lingering, dropped };

  void wait_writable();
  void after_progress();
  void after_flush();
  void linger();
  // So many bytes wait for a kernel that takes no more; 0: it does.
  void count_waiting(std::size_t bytes);

  void count_sent(std::size_t bytes);

  struct sent_watch {
    std::size_t bytes_left = 0;
    std::function<void(connection_id)> then;
  };

  const connection_id id_;
  std::size_t discarded_ = 0;  // bytes of input, while it was open
  std::unique_ptr<sent_watch> sent_watch_;  // nearly always null
  std::size_t counted_waiting_ = 0;
  tick_time waits_since_{};
  tick_time deadline_ = tick_time::max();
  timer_wheel::tick filed_under_ = 0;  // our entry in the wheel that counts; 0: none
  life life_ = life::open;
  ending ending_ = ending::at_once;
  bool dirty_ = false;             // in the loop's list of sessions to flush
  bool discarding_ = false;        // a wait of discard_input() is under way
  bool waiting_writable_ = false;  // the kernel's buffer is full
};

}  // namespace carillon::edge
