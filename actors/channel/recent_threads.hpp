// Who takes part in the threads that were replied to last, so that the next reply knows them before the
// tables do. One may be forgotten only when the tables hold its last reply, as with recent_posts. Pure. Has
// one owner.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "runtime/base/clock.hpp"

namespace carillon {

// By their numbers, in the order of their coming.
using thread_users = std::vector<std::uint64_t>;

// More than these are not remembered: who came first is forgotten.
inline constexpr std::size_t thread_users_max = 256;

struct thread_step {
  thread_users users;    // with the author of the reply
  bool joined = false;   // the author is new among them, or all of them are
};
// A reply of `author`, who may be nobody (0). known: the thread has a row.
inline thread_step joined_thread(thread_users users, bool known, std::uint64_t author) {
  thread_step out{std::move(users), !known};
  bool is_in = author == 0;
  for (const std::uint64_t user : out.users)
    is_in = is_in || user == author;
  if (!is_in) {
    out.users.push_back(author);
    out.joined = true;
  }
  if (out.users.size() > thread_users_max)
    out.users.erase(out.users.begin(), out.users.end() - static_cast<std::ptrdiff_t>(thread_users_max));
  return out;
}

class recent_threads {
public:
  static constexpr std::size_t keep = 32;

  const thread_users* find(timestamp ts) const {
    const auto found = threads_.find(ts);
    return found == threads_.end() ? nullptr : &found->second.users;
  }
  void remember(timestamp ts, thread_users users, std::uint64_t seq) { threads_[ts] = {std::move(users), seq}; }
  bool is_empty() const { return threads_.empty(); }
  bool is_overfull() const { return threads_.size() > 2 * keep; }
  // The tables hold everything up to this seq.
  void forget_until(std::uint64_t seq) {
    std::erase_if(threads_, [&](const auto& each) { return each.second.seq <= seq; });
  }

private:
  struct thread {
    thread_users users;
    std::uint64_t seq = 0;  // of the last reply
  };
  std::map<timestamp, thread> threads_;
};

}  // namespace carillon
