#include "runtime/edge/session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include "runtime/edge/io_thread.hpp"

namespace carillon::edge {

namespace {

// How long the input of a peer that we have finished with is read and thrown away.
constexpr std::chrono::milliseconds linger_time{1'000};
// How much of it in one turn, so that a fast sender does not keep the loop from the others.
constexpr int discards_per_turn = 16;
// Of one that is open and is not listened to: what stood behind its request in a pipeline, and no upload.
constexpr std::size_t discarded_max = 65'536;

}  // namespace

session::session(io_thread& loop, connection_id id, tcp_socket socket)
    : loop_(loop), socket_(std::move(socket)), id_(id) {}

void session::append(std::string_view bytes) {
  outbound_.append(bytes, loop_.buffers());
  if (waiting_writable_) {
    count_waiting(outbound_.size());
  } else if (!dirty_) {
    dirty_ = true;
    loop_.flush_later(*this);
  }
}

void session::count_waiting(std::size_t bytes) {
  if (bytes == counted_waiting_)
    return;
  thread_counters& counted = loop_.counters();
  counted.waiting_bytes.add(bytes - counted_waiting_);  // modulo 2^64: also when it is less
  if (counted_waiting_ == 0) {
    counted.lagging.add();
    waits_since_ = steady_now();
  } else if (bytes == 0) {
    counted.lagging.subtract();
    waits_since_ = {};
  }
  counted_waiting_ = bytes;
  loop_.waiting_changed();
}

void session::flush() {
  dirty_ = false;
  if (life_ == life::dropped || waiting_writable_)
    return;
  bool progress = false;
  while (!outbound_.empty()) {
    boost::system::error_code failure;
    const auto unsent = outbound_.unsent();
    const std::size_t sent =
        socket_.write_some(boost::asio::buffer(unsent.data(), unsent.size()), failure);
    if (failure == boost::asio::error::would_block) {
      wait_writable();
      count_waiting(outbound_.size());
      if (progress)
        after_progress();
      return;
    }
    if (failure) {
      drop();
      return;
    }
    loop_.counters().bytes_out.add(sent);
    outbound_.consume(sent, loop_.buffers());
    if (sent_watch_) [[unlikely]]
      count_sent(sent);
    progress = true;
  }
  count_waiting(0);
  after_flush();
}

void session::when_sent(std::function<void(connection_id)> then) {
  if (then)
    sent_watch_ = std::make_unique<sent_watch>(sent_watch{outbound_.size(), std::move(then)});
}

void session::count_sent(std::size_t bytes) {
  sent_watch_->bytes_left -= std::min(bytes, sent_watch_->bytes_left);
  if (sent_watch_->bytes_left == 0)
    std::exchange(sent_watch_, nullptr)->then(id_);
}

void session::after_progress() {
  if (life_ == life::open)
    on_progress();
  else if (life_ == life::flushing)
    set_deadline(steady_now() + loop_.limits().ping_timeout);
}

void session::wait_writable() {
  waiting_writable_ = true;
  socket_.async_wait(tcp_socket::wait_write,
                     [self = shared_from_this()](boost::system::error_code failure) {
                       self->waiting_writable_ = false;
                       if (failure)
                         self->drop();
                       else
                         self->flush();
                     });
}

void session::after_flush() {
  if (life_ == life::open)
    on_drained();
  else if (life_ == life::flushing)
    linger();
}

void session::finish(ending how) {
  if (life_ != life::open)
    return;
  life_ = life::flushing;
  ending_ = how;
  set_deadline(steady_now() + loop_.limits().ping_timeout);
  if (!waiting_writable_ && !dirty_) {
    dirty_ = true;
    loop_.flush_later(*this);
  }
}

void session::linger() {
  if (ending_ == ending::at_once) {
    drop();
    return;
  }
  life_ = life::lingering;
  boost::system::error_code ignored;
  socket_.shutdown(tcp_socket::shutdown_send, ignored);
  set_deadline(steady_now() + linger_time);
  discard_input();
}

void session::discard_input() {
  if (std::exchange(discarding_, true))
    return;
  socket_.async_wait(tcp_socket::wait_read,
                     [self = shared_from_this()](boost::system::error_code failure) {
                       self->discarding_ = false;
                       if (self->dropped())
                         return;
                       std::size_t size = 0;
                       for (int i = 0; i < discards_per_turn && !failure; ++i)
                         size += self->socket_.read_some(self->loop_.scratch(), failure);
                       if (self->life_ == life::open && (self->discarded_ += size) > discarded_max)
                         self->on_input_excess();
                       else if (!failure || failure == boost::asio::error::would_block)
                         self->discard_input();
                       else if (self->life_ == life::open)
                         self->on_input_ended(failure);
                       else
                         self->drop();
                     });
}

void session::set_deadline(tick_time when) {
  deadline_ = when;
  // An entry that fires before the deadline files itself again; only one that would fire after it
  // is of no use. So a busy connection files once per timeout, not once per message.
  if (filed_under_ == 0 || loop_.wheel().due_tick(when) < filed_under_)
    filed_under_ = loop_.wheel().add(id_, when);
}

void session::on_tick(timer_wheel::tick filed_under, tick_time now) {
  if (life_ == life::dropped || filed_under != filed_under_)
    return;
  filed_under_ = 0;
  if (now < deadline_) {
    filed_under_ = loop_.wheel().add(id_, deadline_);
    return;
  }
  deadline_ = tick_time::max();
  if (life_ == life::open)
    on_deadline(now);
  else
    drop();
}

void session::drop() {
  if (life_ == life::dropped)
    return;
  life_ = life::dropped;
  count_waiting(0);
  boost::system::error_code ignored;
  socket_.close(ignored);
  on_dropped();
  loop_.forget(*this);
}

tcp_socket session::release_socket() {
  life_ = life::dropped;
  count_waiting(0);
  return std::move(socket_);
}

}  // namespace carillon::edge
