#include "runtime/edge/subscriber.hpp"

#include <chrono>
#include <utility>

#include <boost/asio/error.hpp>

#include "runtime/edge/tcp_progress.hpp"

namespace carillon::edge {

namespace {

boost::asio::ip::tcp::endpoint remote_of(const tcp_socket& socket) {
  boost::system::error_code failure;
  return socket.remote_endpoint(failure);  // empty on failure
}

// It did not go: it was found to be gone.
bool is_given_up(std::uint16_t code, boost::system::error_code failure) {
  return code == close_code::ping_timeout || code == close_code::slow_consumer ||
         failure == boost::asio::error::timed_out;
}

}  // namespace

subscriber::subscriber(io_thread& loop, connection_id id, tcp_socket socket, framing form,
                       std::shared_ptr<void> context)
    : session(loop, id, std::move(socket)), form_(form), last_heard_(steady_now()),
      context_(std::move(context)), remote_(remote_of(socket_)) {}

subscriber::~subscriber() = default;

void subscriber::say_open() {
  stage_ = stage::open;
  loop_.knock().on_open(id(), std::exchange(context_, nullptr));
}

// -- writing --

void subscriber::deliver(const frame& what, send_class how) {
  if (stage_ != stage::open || given_up_)
    return;
  const std::string_view wire = wire_of(what);
  const std::size_t queued = outbound_.size() + wire.size();
  if (how == send_class::transient &&
      (queued > loop_.limits().transient_max_bytes || is_behind_ ||
       (is_waiting() && queued > loop_.outbound_limit()))) {
    loop_.counters().transient_dropped.add();
    ++transient_dropped_;
    return;
  }
  if ((is_behind_ || queued > loop_.outbound_limit()) && !makes_room(what, queued)) [[unlikely]]
    return;
  queue(what, wire, queued);
}

void subscriber::give_up() {
  given_up_ = true;
  loop_.counters().slow_closes.add();
  loop_.close_as_slow(*this);
}

// -- is it still there? --

void subscriber::mark_progress() {
  const tcp_progress seen = look_at_progress(socket_.native_handle());
  acknowledged_ = seen.acknowledged;
  mark_ends_ = seen.acknowledged + seen.on_the_way + static_cast<std::uint32_t>(outbound_.size());
}

subscriber::progress subscriber::look_at_mark() {
  const tcp_progress seen = look_at_progress(socket_.native_handle());
  return {.arrived = static_cast<std::int32_t>(mark_ends_ - seen.acknowledged) <= 0,
          .moved = std::exchange(acknowledged_, seen.acknowledged) != seen.acknowledged,
          .more = seen.on_the_way > 0 || !outbound_.empty()};
}

// -- ending --

void subscriber::say_goodbye(std::string_view wire, stage then, std::uint16_t code,
                             std::string_view reason) {
  note_queue_at_close();
  append(wire);
  stage_ = then;
  report_close(code, ended_by::host, reason);
}

void subscriber::lose(boost::system::error_code why) {
  failure_ = why;
  if (stage_ != stage::open)
    return end_lost();
  stage_ = stage::lost;
  loop_.end_later(*this);
}

void subscriber::end_lost() {
  if (dropped())
    return;
  report_close(no_close, ended_by::network, failure_.message());
  drop();
}

void subscriber::on_dropped() {
  if (stage_ != stage::handshake)
    report_close(no_close, ended_by::network, "its socket failed");
  stage_ = stage::over;
}

void subscriber::report_close(std::uint16_t code, ended_by by, std::string_view reason) {
  if (std::exchange(close_reported_, true))
    return;
  if (const ended_then& then = loop_.when_ended()) {
    const bool said_goodbye = stage_ == stage::close_sent || stage_ == stage::over;
    const std::size_t queued_bytes = said_goodbye ? queued_at_close_ : outbound_.size();
    then({.connection = id(),
          .remote = remote_text(),
          .open_for = std::chrono::duration_cast<std::chrono::microseconds>(steady_now() - opened_at_),
          .code = code,
          .reason = std::string(reason),
          .by = by,
          .queued_bytes = queued_bytes,
          .queued_frames = frames_queued(queued_bytes)});
  }
  end_spell();
  loop_.topics().unsubscribe_all(*this);
  if (is_given_up(code, failure_))
    loop_.knock().on_silent(id(), code, heard_until());
  else
    loop_.knock().on_close(id(), code);
}

}  // namespace carillon::edge
