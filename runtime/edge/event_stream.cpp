#include "runtime/edge/event_stream.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/error.hpp>

namespace carillon::edge {

event_stream::event_stream(io_thread& loop, connection_id id, tcp_socket socket, bool chunked,
                           std::shared_ptr<void> context, event_marker marks)
    : subscriber(loop, id, std::move(socket),
                 chunked ? framing::chunked_events : framing::bare_events, std::move(context)),
      marks_(std::move(marks)), last_sent_(last_heard_), arrived_until_(last_heard_) {}

void event_stream::start() {
  wake_at(next_look());
  say_open();
  discard_input();
  if (loop_.stopping())
    stop();
}

void event_stream::before_event(const frame& what) {
  if (!marks_ || what.log().empty())
    return;
  const std::string mark = marks_(what.log(), what.position().seq);
  if (!mark.empty())
    append(event_id_text(mark, is_chunked()));
}

// -- is anybody there? --

void event_stream::on_drained() {
  last_sent_ = steady_now();
  subscriber::on_drained();
}

void event_stream::on_progress() {
  last_sent_ = steady_now();
}

tick_time event_stream::next_look() const {
  const auto& limits = loop_.limits();
  return std::min(last_sent_ + limits.ping_interval, marked_since_ == tick_time{}
                                                         ? last_heard_ + limits.ping_interval
                                                         : marked_since_ + limits.ping_timeout);
}

void event_stream::on_deadline(tick_time now) {
  if (stage_ != stage::open)
    return drop();
  if (is_behind_too_long(now))
    return;
  if (is_gone(now))
    return close(close_code::ping_timeout, "nothing arrives at the client any more");
  const auto& limits = loop_.limits();
  if (last_sent_ + limits.ping_interval <= now) {
    if (outbound_.empty())  // otherwise there is enough to see the client by
      append(heartbeat_text(is_chunked()));
    last_sent_ = now;
  }
  if (marked_since_ == tick_time{} && last_heard_ + limits.ping_interval <= now) {
    mark_progress();
    marked_since_ = marked_at_ = now;
  }
  wake_at(next_look());
}

// Who takes what waits for it, however slowly, is there.
bool event_stream::is_gone(tick_time now) {
  if (marked_since_ == tick_time{})
    return false;
  const progress seen = look_at_mark();
  if (seen.arrived) {
    marked_since_ = {};
    last_heard_ = now;
    arrived_until_ = seen.more ? marked_at_ : now;
  } else if (seen.moved && seen.more) {
    marked_since_ = last_heard_ = now;
  }
  return marked_since_ != tick_time{} && now >= marked_since_ + loop_.limits().ping_timeout;
}

// -- ending --

void event_stream::close(std::uint16_t code, std::string_view reason) {
  if (stage_ != stage::open || finishing())
    return;
  say_goodbye(close_event_text(code, reason, is_chunked()), stage::over, code, reason);
  finish(ending::lingering);
}

void event_stream::stop() {
  close(close_code::going_away, "this host is stopping");
}

void event_stream::on_input_ended(boost::system::error_code how) {
  lose(how);
}

void event_stream::on_input_excess() {
  close(close_code::policy_violation, "a stream does not listen");
}

// To close the connection is how a client ends a stream.
void event_stream::end_lost() {
  if (!dropped() && failure_ == boost::asio::error::eof)
    report_close(no_status, ended_by::client, "");
  subscriber::end_lost();
}

}  // namespace carillon::edge
