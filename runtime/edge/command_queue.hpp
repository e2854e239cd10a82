// The way from any thread into an I/O thread. Commands are carried out in the order in which they
// were pushed; the thread is woken once when the queue was empty, not once per command.
// push() and close(): any thread. take(): the I/O thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "runtime/edge/gateway.hpp"
#include "runtime/edge/pictures.hpp"

namespace carillon::edge {

struct send_command {
  connection_id to;
  frame_ptr what;
  send_class how;
};
struct publish_command {
  topic_id topic;
  frame_ptr what;
  send_class how;
  connection_id except;
};
struct subscribe_command {
  connection_id who;
  topic_id topic;
};
struct unsubscribe_command {
  connection_id who;
  topic_id topic;
};
struct close_command {
  connection_id who;
  std::uint16_t code;
  std::string reason;
};
// The gateway's answer to request number `serial` of this HTTP connection; null: it gave none.
struct answer_command {
  connection_id to;
  std::uint32_t serial;
  std::unique_ptr<http_response> response;
};
// An accepted socket changes hands. `refused`: over the limit, it gets a 503.
struct adopt_command {
  int descriptor;
  bool refused;
};
// Close everything politely; what is still there after `deadline` is cut.
struct stop_command {
  std::chrono::milliseconds deadline;
};
// Pictures of these connections; none named: of the `most` that wait longest.
struct look_command {
  std::vector<connection_id> only;
  std::size_t most;
  pictures_then then;  // called on the I/O thread: it must only post
};

using command = std::variant<send_command, publish_command, subscribe_command, unsubscribe_command,
                             close_command, answer_command, adopt_command, stop_command, look_command>;

class command_queue {
public:
  // `wake` is called with the lock held, from the pushing thread: it must only post.
  explicit command_queue(std::function<void()> wake) : wake_(std::move(wake)) {}

  // false: the thread has ended, and the command is dropped. `may_wait`: the thread is not woken for
  // it; the next command does that, or nudge().
  bool push(command c, bool may_wait = false) {
    std::lock_guard hold(mutex_);
    if (closed_)
      return false;
    pending_.push_back(std::move(c));
    if (!may_wait)
      wake();
    return true;
  }

  void nudge() {
    std::lock_guard hold(mutex_);
    if (!pending_.empty())
      wake();
  }

  // Swaps everything pending into `to`, which must be empty.
  void take(std::vector<command>& to) {
    std::lock_guard hold(mutex_);
    pending_.swap(to);
    woken_ = false;
  }

  // From now on nothing is taken. What is still pending is handed back.
  std::vector<command> close() {
    std::lock_guard hold(mutex_);
    closed_ = true;
    return std::exchange(pending_, {});
  }

private:
  void wake() {
    if (!std::exchange(woken_, true))
      wake_();
  }

  std::mutex mutex_;
  std::function<void()> wake_;
  std::vector<command> pending_;
  bool woken_ = false;  // since take()
  bool closed_ = false;
};

}  // namespace carillon::edge
