// The door of a host: what is taken on under load, and what is turned away at once with status 429 and
// when to come again. Nothing ever queues here (who is let in may have to wait: waiting_room.hpp). Asked
// on the I/O threads before any work is done for a request, and for each message posted over a WebSocket;
// operators are not asked. The rules are in admission_rules.hpp; this keeps the numbers that they go by,
// and a book of what was turned away.
//
// Thread-safe; a question costs some relaxed atomics. Times are those of the caller. look() is for one
// thread, about ten times a second (memory_watch.hpp).
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/admission_rules.hpp"
#include "actors/call_window.hpp"

namespace carillon::storage {
class journal;
}

namespace carillon {

class admission;

// One call in progress: it counts from when it was let in until the last copy is gone, whatever ended
// it. A call that the client gave up counts as long as somebody here works on it.
class call_pass {
public:
  call_pass() = default;
  call_pass(const call_pass& other);
  call_pass(call_pass&& other) noexcept
      : door_(std::exchange(other.door_, nullptr)),
        caller_(std::exchange(other.caller_, nullptr)),
        begun_(other.begun_) {}
  call_pass& operator=(call_pass other) noexcept {
    std::swap(door_, other.door_);
    std::swap(caller_, other.caller_);
    begun_ = other.begun_;
    return *this;
  }
  ~call_pass();

  // It was a post, and is acknowledged now.
  void posted(tick_time now) const;

private:
  friend class admission;
  call_pass(admission* door, tick_time begun) : door_(door), begun_(begun) {}
  admission* door_ = nullptr;
  std::atomic<std::uint32_t>* caller_ = nullptr;  // of the door; null: not known whose call it is
  tick_time begun_{};  // when it was handed on to be worked on; none: not known
};

struct refused_entry {
  door_reason why;
  std::uint32_t retry_after = 1;  // seconds
};

class admission {
public:
  // `journal` outlives this; null: no disk is waited for.
  admission(const settings& config, const storage::journal* journal, std::uint64_t memory_ceiling);
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;

  // -- asked --
  // nullopt: come in; the call counts from now on, and whoever works on it owes take_over().
  std::optional<refused_entry> call(errand what, tick_time now, std::uint64_t chance);
  // An operator's call counts like any, and is let in whatever else is there.
  void let_in() { calls_.fetch_add(1, std::memory_order_relaxed); }
  // For one call that was let in: the end of what is given here is the end of the call.
  call_pass take_over(tick_time handed_on = {}) { return call_pass(this, handed_on); }
  // Whose call it is, once that is known: a user or bot that has its share of calls unanswered is turned
  // away, alone. Operators are not asked. A pass that counts for nobody, or for this one already, is good.
  std::optional<refused_entry> charge(call_pass& pass, std::uint64_t user, tick_time now,
                                      std::uint64_t chance);
  // One of those who were let in and wait is turned away after all: it is in no call any more.
  refused_entry send_away(door_reason why, std::uint32_t retry_after, tick_time now);
  // A WebSocket whose ticket is good. It had its turn when the ticket was handed out, so there is room
  // for as many as were handed out lately, and for no ticket that is shown again and again.
  std::optional<refused_entry> upgrade(tick_time now, std::uint64_t chance);
  // Would a write be turned away now, whatever else is in progress? On a host among others only
  // memory says so here: which disk a write waits for, its slot's leader knows.
  bool shuts_out_writes(tick_time now) const;
  // Asked by the slots that this host leads, for a write from any host; without others the edge has
  // asked already, and they need not.
  bool slots_ask() const { return has_peers_; }
  std::optional<refused_entry> slot_write(tick_time now, std::uint64_t chance);

  // -- of those who were let in: who is worked on, and who waits for that --
  // So many begin to wait, or have waited.
  void set_aside(std::size_t calls) { aside_.fetch_add(static_cast<std::int64_t>(calls)); }
  void take_up(std::size_t calls) { aside_.fetch_sub(static_cast<std::int64_t>(calls)); }
  bool has_waiting() const { return aside_.load(std::memory_order_relaxed) > 0; }
  std::size_t at_work() const;
  // How many are worked on at the same time, now.
  std::size_t window(tick_time now);
  // What posts take here.
  post_times posts(tick_time now);
  // A worker begins with a call that was handed to it so long ago.
  void began_after(std::chrono::nanoseconds delay, tick_time now);
  // How many calls one who has something waiting may have waiting: an eighth of what is free, so that
  // there is always room for others, however many there are who want more. At least 1.
  std::size_t may_wait() const;
  // Before anybody is let in: what to do when a call ends after wake_below(). Any thread calls it.
  void when_room(std::function<void()> then) { when_room_ = std::move(then); }
  // The next call that leaves fewer than so many at work says so, once; 0: none does.
  void wake_below(std::size_t at_work) { wake_below_.store(static_cast<std::int64_t>(at_work)); }

  // -- told --
  // Of those who arrive (waiting_room.hpp).
  struct arrivals_now {
    std::uint64_t waiting = 0;
    double per_second = 0;           // let in
    std::uint64_t slowed_ticks = 0;  // since the start: times that fewer were let in, because ticks were late,
    std::uint64_t slowed_posts = 0;  // because posts took long
  };
  void told(const arrivals_now& now);
  struct looked {
    memory_level memory = memory_level::calm;
    std::uint64_t memory_bytes = 0;       // resident
    std::uint64_t uncommitted_bytes = 0;  // of all groups led here
    std::uint64_t bodies_refused = 0;     // since the start
  };
  // Takes the numbers in and writes into the log which doors were shut or opened since the last look.
  void look(const looked& seen, tick_time now);

  // -- told of --
  struct numbers {
    std::uint64_t calls_in_progress = 0;
    std::array<std::uint64_t, door_reasons> refused{};  // since the start, by door_reason
    std::chrono::milliseconds disk_delay{0};
    std::uint64_t memory_ceiling = 0;
    std::uint64_t memory_bytes = 0;
    memory_level memory = memory_level::calm;
    std::uint64_t calls_waiting = 0;  // of those in progress: nobody works on them yet
    std::uint64_t calls_window = 0;   // how many are worked on at the same time
    arrivals_now arrivals;
  };
  numbers count(tick_time now) const;
  // A sentence for each door that is shut: what is turned away, why, since when, how many. Shut is a
  // door that turned somebody away in the last shut_memory.
  std::vector<std::string> turned_away(tick_time now) const;
  static constexpr std::chrono::seconds shut_memory{2};

private:
  friend class call_pass;

  // Calls in progress by user, as cells that users are dealt to: exact numbers would need a lock. Who has
  // the cell of one that floods is turned away with it, one user in 16,384.
  static constexpr unsigned caller_bits = 14;

  // Of one reason. Two threads that write at once may lose a microsecond of `since`.
  struct book_page {
    std::atomic<std::uint64_t> refused{0};
    std::atomic<tick_time::rep> since{0};  // the first of the refusals that follow each other closely
    std::atomic<tick_time::rep> last{0};
    std::atomic<std::uint64_t> before{0};  // refused before them
  };

  void took(std::chrono::nanoseconds time, tick_time now);
  void end_call() {
    calls_.fetch_sub(1);
    if (wake_below_.load() != 0) [[unlikely]]
      say_room();
  }
  void say_room();

  load_now load(tick_time now) const;
  load_now load_at_edge(tick_time now) const;
  refused_entry turn_away(door_reason why, std::uint32_t retry_after, tick_time now);
  void note(door_reason why, std::uint64_t times, tick_time now);
  bool is_shut(const book_page& page, tick_time now) const;
  std::string words(door_reason why, tick_time now) const;

  const settings config_;
  const storage::journal* const journal_;
  const std::uint64_t ceiling_;
  const load_limits limits_;
  const bool has_peers_;
  const std::uint32_t share_;

  std::atomic<std::uint64_t> calls_{0};
  // Who waits first writes wake_below_ and then reads calls_, who ends the other way round: one of the
  // two sees the other, since all of it is sequentially consistent.
  std::atomic<std::int64_t> aside_{0};  // of the calls
  std::atomic<std::int64_t> wake_below_{0};
  std::function<void()> when_room_;
  std::array<std::atomic<std::uint32_t>, 1u << caller_bits> callers_{};
  std::atomic<std::uint64_t> uncommitted_bytes_{0};
  std::atomic<std::uint64_t> memory_bytes_{0};
  std::atomic<memory_level> memory_{memory_level::calm};
  std::array<book_page, door_reasons> book_;

  mutable std::mutex window_lock_;
  call_window window_;  // guarded by window_lock_

  mutable std::mutex arrivals_lock_;
  arrivals_now arrivals_now_;  // guarded by arrivals_lock_

  std::mutex pace_lock_;
  arrival_pace arrivals_;  // guarded by pace_lock_
  arrival_pace upgrades_;  // guarded by pace_lock_

  // Of the one who looks.
  std::array<bool, door_reasons> said_shut_{};
  std::uint64_t bodies_seen_ = 0;
};

inline call_pass::call_pass(const call_pass& other) : door_(other.door_), caller_(other.caller_), begun_(other.begun_) {
  if (door_)
    door_->calls_.fetch_add(1, std::memory_order_relaxed);
  if (caller_)
    caller_->fetch_add(1, std::memory_order_relaxed);
}
inline call_pass::~call_pass() {
  if (caller_)
    caller_->fetch_sub(1, std::memory_order_relaxed);
  if (door_)
    door_->end_call();
}

inline void call_pass::posted(tick_time now) const {
  if (door_ && begun_ != tick_time{})
    door_->took(now - begun_, now);
}

}  // namespace carillon
