// One I/O thread: its loop, its sockets, its topics, its timeouts. Everything of a connection
// happens here, so nothing of it is locked; other threads speak to it through commands() only.
// A turn of the loop handles what is ready, then sends what was queued meanwhile, one system call
// per socket, hands the requests that came in to the gateway, all at once, and lets go of the
// sessions that ended. Where thousands of sockets fail together (a network is gone, a proxy), their ends
// take turns: each costs several times what it takes to see that a socket failed, and others wait.
#pragma once

#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "runtime/edge/catch_up.hpp"
#include "runtime/edge/command_queue.hpp"
#include "runtime/edge/counters.hpp"
#include "runtime/edge/event_text.hpp"
#include "runtime/edge/limits.hpp"
#include "runtime/edge/outbound_budget.hpp"
#include "runtime/edge/outbound_queue.hpp"
#include "runtime/edge/pictures.hpp"
#include "runtime/edge/session.hpp"
#include "runtime/edge/timer_wheel.hpp"
#include "runtime/edge/topic_table.hpp"

namespace carillon::edge {

class subscriber;

class io_thread {
public:
  // `index`: which of the I/O threads this is; the upper 16 bits of its connection ids.
  // `knock` and `budget` must outlive this object.
  io_thread(std::uint16_t index, const edge_limits& limits, gateway& knock, outbound_budget& budget);
  ~io_thread();
  io_thread(const io_thread&) = delete;
  io_thread& operator=(const io_thread&) = delete;

  // Whom WebSockets and event streams that end are told to. Before start().
  void tell_of_ends(ended_then then) { when_ended_ = std::move(then); }
  // Whom to ask for what clients have missed; nobody: who is behind stays so. Before start().
  void ask_for_missed(missed_then then) { when_missed_ = std::move(then); }
  void start();
  // After a stop_command: waits until every connection is gone and the thread has ended.
  void join();

  // Any thread. Shared, because answers may arrive when the thread is gone.
  const std::shared_ptr<command_queue>& commands() const { return commands_; }
  const thread_counters& counters() const { return counters_; }
  boost::asio::io_context& context() { return context_; }

  // -- for the sessions of this thread --
  thread_counters& counters() { return counters_; }
  const edge_limits& limits() const { return limits_; }
  gateway& knock() { return knock_; }
  const ended_then& when_ended() const { return when_ended_; }  // empty: nobody wants to know
  const missed_then& when_missed() const { return when_missed_; }
  buffer_pool& buffers() { return buffers_; }
  event_text& events() { return events_; }  // forgets with the last of the commands at hand
  // How long a queue may grow whose kernel takes no more, now.
  std::size_t outbound_limit() const { return outbound_limit_; }
  // The counter of waiting bytes is another.
  void waiting_changed() {
    const std::uint64_t waiting = counters_.waiting_bytes.read();
    if (waiting > told_waiting_ + outbound_budget::step || waiting + outbound_budget::step < told_waiting_)
      tell_waiting();
  }
  timer_wheel& wheel() { return wheel_; }
  topic_table<subscriber>& topics() { return topics_; }
  // Room to read into; its content is anyone's after the handler returns.
  boost::asio::mutable_buffer scratch() { return boost::asio::buffer(scratch_); }
  // The value of a Date header, now.
  std::string_view http_date();
  bool stopping() const { return stopping_; }

  // Answers leave first: behind an event for a thousand sockets they would wait for milliseconds, and
  // each of them has somebody who does. Then what is for few; what is for a crowd leaves a part in each
  // turn, so that others' requests and events do not wait for all of it.
  void flush_later(session& who) {
    if (!who.is_subscriber())
      answering_.push_back(&who);
    else if (to_crowd_)
      crowd_.push_back(who.shared_from_this());
    else
      dirty_.push_back(&who);
  }
  static constexpr std::size_t crowd_min = 64;  // subscribers: what fewer cost is a fraction of a millisecond
  // As many as the others' of that turn, and at least so many.
  static constexpr std::size_t crowd_sends_per_turn = 128;
  // The gateway hears of it at the end of the turn.
  void ask_later(http_request&& request, responder&& answer) {
    asked_.push_back({std::move(request), std::move(answer)});
  }
  // A connection is over.
  void forget(session& who);
  // The connection lives on in another session, under the same id.
  void replace(session& by_now, std::shared_ptr<subscriber> successor);
  // Its socket failed; end_lost() comes soon, in the order of the calls.
  void end_later(subscriber& who);
  // Of each millisecond: 4,000 in a second take some percent of a core, here and as many again behind the
  // gateway, which says farewell at that pace.
  static constexpr std::size_t ends_per_ms = 4;
  // Both when the command at hand is done: a session that ends leaves its topics, and the command
  // may be walking through one. `close_as_slow`: the queue is over its limit.
  void flush_after_command(session& who) { full_.push_back(&who); }
  void close_as_slow(subscriber& who) { slow_.push_back(&who); }

private:
  void run();
  void run_turn();
  void end_turn();
  void flush_all(std::vector<session*>& dirty);
  void flush_crowd(std::size_t at_most);
  void hand_over();
  void end_some(tick_time now);
  void arm_timer();

  void carry_out_commands();
  void carry_out(send_command& c);
  void carry_out(publish_command& c);
  void carry_out(subscribe_command& c);
  void carry_out(unsubscribe_command& c);
  void carry_out(close_command& c);
  void carry_out(answer_command& c);
  void carry_out(adopt_command& c);
  void carry_out(stop_command& c);
  void carry_out(look_command& c);  // look.cpp
  void after_command();
  void tell_waiting();
  void leave_if_empty();

  session* find(connection_id who);
  subscriber* find_subscriber(connection_id who);

  const std::uint16_t index_;
  const edge_limits& limits_;
  gateway& knock_;
  ended_then when_ended_;
  missed_then when_missed_;
  outbound_budget& budget_;
  std::uint64_t told_waiting_ = 0;  // of counters_.waiting_bytes, to budget_
  std::size_t outbound_limit_;

  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  using timer_type =
      boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                        boost::asio::wait_traits<std::chrono::steady_clock>,
                                        boost::asio::io_context::executor_type>;
  timer_type timer_;
  tick_time timer_at_ = tick_time::max();
  std::shared_ptr<command_queue> commands_;
  std::thread thread_;

  timer_wheel wheel_;
  buffer_pool buffers_;
  event_text events_;
  thread_counters counters_;
  std::uint64_t next_serial_ = 1;
  bool stopping_ = false;
  tick_time stop_at_ = tick_time::max();

  std::unordered_map<connection_id, std::shared_ptr<session>> sessions_;
  topic_table<subscriber> topics_;
  // Sessions that ended in this turn: the lists below and callers further up may still point at
  // them.
  std::vector<std::shared_ptr<session>> ended_;
  std::deque<std::shared_ptr<session>> lost_;  // subscribers that wait for their end
  tick_time next_ends_at_{};
  std::vector<session*> answering_;  // HTTP
  std::vector<session*> dirty_;      // subscribers
  std::deque<std::shared_ptr<session>> crowd_;  // subscribers too; these may have ended in an earlier turn
  bool to_crowd_ = false;  // the command at hand is for many
  std::vector<session*> full_;
  std::vector<subscriber*> slow_;
  std::vector<command> batch_;
  std::vector<asked_request> asked_;

  std::string date_;
  std::int64_t date_second_ = 0;
  std::array<char, 65'536> scratch_;
};

}  // namespace carillon::edge
