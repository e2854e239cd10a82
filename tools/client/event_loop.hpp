// One epoll loop for thousands of client sockets. Level-triggered; one thread; no timers: a caller
// runs it until a condition holds or a deadline passes.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <sys/epoll.h>

#include "runtime/base/clock.hpp"

namespace carillon::client {

// Whoever owns a descriptor in the loop. It must call forget() before it dies.
class event_source {
public:
  virtual ~event_source() = default;
  virtual void on_ready(std::uint32_t epoll_events) = 0;
};

class event_loop {
public:
  event_loop();
  ~event_loop();
  event_loop(const event_loop&) = delete;
  event_loop& operator=(const event_loop&) = delete;

  // Always watched for reading; for writing only while the owner has bytes it could not send.
  void watch(int descriptor, event_source& owner, bool for_writing);
  void rewatch(int descriptor, event_source& owner, bool for_writing);
  // The same with epoll's own words (EPOLLIN | EPOLLET, or none while nothing is to be read).
  void watch_for(int descriptor, event_source& owner, std::uint32_t epoll_events);
  void rewatch_for(int descriptor, event_source& owner, std::uint32_t epoll_events);
  // Safe inside a handler: events of this turn that are still to come for `owner` are dropped.
  void forget(int descriptor, event_source& owner);

  // Runs handlers until `done` holds (true) or the deadline passes (false). `done` is asked once a
  // turn. Not from inside a handler.
  bool run_until(const std::function<bool()>& done, tick_time deadline);
  bool run_until(const std::function<bool()>& done, std::chrono::milliseconds at_most) {
    return run_until(done, steady_now() + at_most);
  }
  void run_for(std::chrono::milliseconds how_long);

  // Before it sleeps the loop looks for so long whether something comes; 0, as at first: not at all. Who
  // sends to a thread that sleeps pays for its waking up, in a virtual machine as much as for the sending:
  // a loop with a core of its own keeps its senders from that. On a core that others want it takes theirs.
  void stay_awake(std::chrono::microseconds how_long) { stay_awake_ = how_long; }
  // How long it has looked in all, which no work was.
  std::chrono::nanoseconds looked() const { return looked_; }

  // Time of this turn: read once when its events came in.
  tick_time now() const { return now_; }
  // Room for one read, shared by all sockets of the loop; valid until the handler returns.
  std::span<char> scratch() { return scratch_; }

private:
  void turn(std::chrono::milliseconds wait);
  int look();

  int epoll_ = -1;
  std::chrono::microseconds stay_awake_{0};
  std::chrono::nanoseconds looked_{0};
  tick_time now_;
  bool running_ = false;
  std::array<epoll_event, 512> events_{};
  int event_count_ = 0;
  int event_next_ = 0;
  std::vector<char> scratch_;
};

} // namespace carillon::client
