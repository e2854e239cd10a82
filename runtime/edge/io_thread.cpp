#include "runtime/edge/io_thread.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <exception>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "runtime/edge/http_session.hpp"
#include "runtime/edge/subscriber.hpp"

namespace carillon::edge {

namespace {

// Handlers run before what they queued is sent. High enough to gather a burst, low enough that the
// first of it does not wait for the last.
constexpr int handlers_per_turn = 2'000;

// Of what is sent to one client, as the kernel is asked for; it takes twice as much for its own book-keeping
// too. Left to itself it grows to about a megabyte for each client that reads slowly: memory of the
// machine that stands in no queue and under no ceiling. At 100 ms to the client this is 640 KB/s.
constexpr int kernel_buffer_bytes = 64 << 10;

constexpr int index_shift = 48;

// Requests that room is kept for from one turn to the next: a burst leaves no memory behind.
constexpr std::size_t asked_kept_max = 64;

}  // namespace

io_thread::io_thread(std::uint16_t index, const edge_limits& limits, gateway& knock,
                     outbound_budget& budget)
    : index_(index), limits_(limits), knock_(knock), budget_(budget),
      outbound_limit_(limits.outbound_max_bytes), work_(context_.get_executor()),
      timer_(context_.get_executor()), commands_(std::make_shared<command_queue>([this] {
        boost::asio::post(context_, [this] { carry_out_commands(); });
      })),
      wheel_(steady_now()) {}

io_thread::~io_thread() {
  ENSURE(!thread_.joinable(), "an I/O thread is joined before it is destroyed");
}

void io_thread::start() {
  thread_ = std::thread([this] { run(); });
}

void io_thread::join() {
  if (thread_.joinable())
    thread_.join();
}

void io_thread::run() {
  while (!context_.stopped()) {
    try {
      run_turn();
    } catch (const std::exception& e) {
      // A handler failed; its connection may be left to its deadline, the others go on.
      log_error("edge", "a handler failed: {}", e.what());
    }
  }
  for (command& c : commands_->close()) {
    if (auto* adopted = std::get_if<adopt_command>(&c))
      ::close(adopted->descriptor);
  }
}

void io_thread::run_turn() {
  if (!crowd_.empty())
    context_.poll_one();  // they wait for nobody
  else if (context_.run_one() == 0)
    return;
  for (int i = 1; i < handlers_per_turn && context_.poll_one() != 0; ++i) {
  }
  end_turn();
}

void io_thread::end_turn() {
  const tick_time now = steady_now();
  wheel_.advance(now, [&](connection_id who, timer_wheel::tick filed_under) {
    if (session* found = find(who))
      found->on_tick(filed_under, now);
  });
  if (now >= stop_at_) {
    while (!sessions_.empty())
      sessions_.begin()->second->drop();
  }
  after_command();
  flush_all(answering_);
  const std::size_t few = dirty_.size();
  flush_all(dirty_);
  flush_crowd(std::max(few, crowd_sends_per_turn));
  flush_all(dirty_);  // who has room again may have something more
  hand_over();
  end_some(now);
  ended_.clear();
  leave_if_empty();
  arm_timer();
}

// A flush may queue more (the next pipelined answer), so the list can grow on the way.
void io_thread::flush_all(std::vector<session*>& dirty) {
  for (std::size_t i = 0; i < dirty.size(); ++i)
    dirty[i]->flush();
  dirty.clear();
}

void io_thread::flush_crowd(std::size_t at_most) {
  for (; at_most > 0 && !crowd_.empty(); --at_most) {
    const auto who = std::move(crowd_.front());
    crowd_.pop_front();
    who->flush();
  }
}

// After the answers are out: whoever got one may write the next request meanwhile.
void io_thread::hand_over() {
  if (asked_.empty())
    return;
  auto all = std::exchange(asked_, {});
  asked_.reserve(std::min(all.size(), asked_kept_max));
  knock_.on_requests(std::move(all));
}

// Last in a turn: whoever asked something waits for none of them.
void io_thread::end_some(tick_time now) {
  if (lost_.empty() || now < next_ends_at_)
    return;
  next_ends_at_ = now + std::chrono::milliseconds(1);
  for (std::size_t i = 0; i < ends_per_ms && !lost_.empty(); ++i) {
    const auto who = std::move(lost_.front());
    lost_.pop_front();
    static_cast<subscriber&>(*who).end_lost();
  }
}

void io_thread::end_later(subscriber& who) {
  lost_.push_back(who.shared_from_this());
}

void io_thread::arm_timer() {
  tick_time wanted = wheel_.next().value_or(tick_time::max());
  if (!lost_.empty())
    wanted = std::min(wanted, next_ends_at_);
  if (stopping_ && !sessions_.empty() && stop_at_ < wanted)
    wanted = stop_at_;
  if (stopping_ && sessions_.empty())
    wanted = tick_time::max();
  if (wanted == timer_at_)
    return;
  timer_at_ = wanted;
  timer_.cancel();
  if (wanted == tick_time::max())
    return;
  timer_.expires_at(wanted);
  timer_.async_wait([this](boost::system::error_code failure) {
    if (!failure)
      timer_at_ = tick_time::max();  // end_turn() does the rest
  });
}

// Once the host is stopping and nobody is left, nothing keeps the loop: run_one() returns 0.
void io_thread::leave_if_empty() {
  if (stopping_ && sessions_.empty())
    work_.reset();
}

session* io_thread::find(connection_id who) {
  auto found = sessions_.find(who);
  return found == sessions_.end() ? nullptr : found->second.get();
}

subscriber* io_thread::find_subscriber(connection_id who) {
  session* found = find(who);
  return found != nullptr && found->is_subscriber() ? static_cast<subscriber*>(found) : nullptr;
}

void io_thread::forget(session& who) {
  auto found = sessions_.find(who.id());
  if (found == sessions_.end() || found->second.get() != &who)
    return;
  if (who.is_subscriber())
    static_cast<subscriber&>(who).counted(counters_).subtract();
  counters_.connections.subtract();
  counters_.ended.add();
  ended_.push_back(std::move(found->second));
  sessions_.erase(found);
}

void io_thread::replace(session& by_now, std::shared_ptr<subscriber> successor) {
  auto& place = sessions_.at(by_now.id());
  successor->counted(counters_).add();
  ended_.push_back(std::exchange(place, std::move(successor)));
}

std::string_view io_thread::http_date() {
  const std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    date_second_ = now;
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    char text[40];
    const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    date_.assign(text, size);
  }
  return date_;
}

// -- commands --

void io_thread::tell_waiting() {
  const std::uint64_t waiting = counters_.waiting_bytes.read();
  budget_.add(static_cast<std::int64_t>(waiting) - static_cast<std::int64_t>(told_waiting_));
  told_waiting_ = waiting;
  outbound_limit_ = budget_.limit(limits_.outbound_max_bytes);
}

void io_thread::carry_out_commands() {
  commands_->take(batch_);
  outbound_limit_ = budget_.limit(limits_.outbound_max_bytes);  // the other threads' queues count too
  for (command& c : batch_) {
    try {
      std::visit([this](auto& known) { carry_out(known); }, c);
    } catch (const std::exception& e) {
      log_error("edge", "a command failed: {}", e.what());
    }
    after_command();
  }
  events_.forget();  // the frames go now
  batch_.clear();
}

void io_thread::carry_out(send_command& c) {
  subscriber* to = find_subscriber(c.to);
  if (to == nullptr)
    return;
  if (c.what->what() == frame::role::live)
    to->deliver(*c.what, c.how);
  else
    to->deliver_late(*c.what);
}

void io_thread::carry_out(publish_command& c) {
  to_crowd_ = topics_.size_of(c.topic) > crowd_min;
  topics_.for_each(c.topic, [&](subscriber& to) {
    if (to.id() != c.except)
      to.deliver(*c.what, c.how);
    else
      to.passed_over(*c.what);
  });
}

void io_thread::carry_out(subscribe_command& c) {
  subscriber* who = find_subscriber(c.who);
  if (who != nullptr && who->takes_frames())
    topics_.subscribe(*who, c.topic);
}

void io_thread::carry_out(unsubscribe_command& c) {
  if (subscriber* who = find_subscriber(c.who))
    who->leave(c.topic);
}

void io_thread::carry_out(close_command& c) {
  if (subscriber* who = find_subscriber(c.who))
    who->close(c.code, c.reason);
}

void io_thread::carry_out(answer_command& c) {
  session* to = find(c.to);
  if (to != nullptr && !to->is_subscriber())
    static_cast<http_session*>(to)->answer(c.serial, std::move(c.response));
}

void io_thread::carry_out(adopt_command& c) {
  if (stopping_) {
    ::close(c.descriptor);
    counters_.ended.add();
    return;
  }
  tcp_socket socket(context_.get_executor());
  boost::system::error_code failure;
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  ::getsockname(c.descriptor, reinterpret_cast<sockaddr*>(&address), &size);
  const auto protocol =
      address.ss_family == AF_INET6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4();
  socket.assign(protocol, c.descriptor, failure);
  if (failure) {
    log_warn("edge", "an accepted socket could not be watched: {}", failure.message());
    ::close(c.descriptor);
    counters_.ended.add();
    return;
  }
  socket.non_blocking(true, failure);
  socket.set_option(boost::asio::ip::tcp::no_delay(true), failure);
  socket.set_option(boost::asio::socket_base::send_buffer_size(kernel_buffer_bytes), failure);
  const connection_id id = (connection_id{index_} << index_shift) | next_serial_++;
  auto fresh = std::make_shared<http_session>(*this, id, std::move(socket));
  sessions_.emplace(id, fresh);
  counters_.accepted.add();
  counters_.connections.add();
  if (c.refused)
    fresh->refuse();
  else
    fresh->start();
}

void io_thread::carry_out(stop_command& c) {
  stopping_ = true;
  stop_at_ = steady_now() + c.deadline;
  // stop() may end a session at once, so the table is copied first.
  std::vector<std::shared_ptr<session>> all;
  all.reserve(sessions_.size());
  for (const auto& [id, who] : sessions_)
    all.push_back(who);
  for (const auto& who : all)
    who->stop();
}

void io_thread::after_command() {
  to_crowd_ = false;
  for (session* who : full_)
    who->flush();
  full_.clear();
  // close() does not deliver, so the list does not grow meanwhile.
  for (subscriber* who : slow_)
    who->close(close_code::slow_consumer, "outbound queue over its limit");
  slow_.clear();
}

}  // namespace carillon::edge
