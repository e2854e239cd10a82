#include "tools/client/event_loop.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

#include "runtime/base/ensure.hpp"

namespace carillon::client {
namespace {

constexpr std::size_t scratch_bytes = 256 * 1024; // a burst of frames in one read

std::uint32_t events_of(bool for_writing) {
  return EPOLLIN | (for_writing ? EPOLLOUT : 0u);
}

epoll_event event_for(event_source& owner, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &owner;
  return event;
}

} // namespace

event_loop::event_loop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC)), now_(steady_now()), scratch_(scratch_bytes) {
  ENSURE(epoll_ >= 0, "epoll_create1 works");
}

event_loop::~event_loop() {
  ::close(epoll_);
}

void event_loop::watch(int descriptor, event_source& owner, bool for_writing) {
  watch_for(descriptor, owner, events_of(for_writing));
}

void event_loop::rewatch(int descriptor, event_source& owner, bool for_writing) {
  rewatch_for(descriptor, owner, events_of(for_writing));
}

void event_loop::watch_for(int descriptor, event_source& owner, std::uint32_t epoll_events) {
  epoll_event event = event_for(owner, epoll_events);
  ENSURE(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0, "a new descriptor");
}

void event_loop::rewatch_for(int descriptor, event_source& owner, std::uint32_t epoll_events) {
  epoll_event event = event_for(owner, epoll_events);
  ENSURE(::epoll_ctl(epoll_, EPOLL_CTL_MOD, descriptor, &event) == 0, "a watched descriptor");
}

void event_loop::forget(int descriptor, event_source& owner) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  for (int i = event_next_; i < event_count_; ++i)
    if (events_[static_cast<std::size_t>(i)].data.ptr == &owner)
      events_[static_cast<std::size_t>(i)].data.ptr = nullptr;
}

bool event_loop::run_until(const std::function<bool()>& done, tick_time deadline) {
  ENSURE(!running_, "the loop is not entered from its own handlers");
  // Restored also when a handler throws.
  struct running_guard {
    bool& flag;
    explicit running_guard(bool& f) : flag(f) { flag = true; }
    ~running_guard() { flag = false; }
  } guard(running_);
  now_ = steady_now();
  while (!done()) {
    if (now_ >= deadline)
      return false;
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - now_);
    turn(left + std::chrono::milliseconds(1));
  }
  return true;
}

void event_loop::run_for(std::chrono::milliseconds how_long) {
  run_until([] { return false; }, how_long);
}

// How many events there are, as soon as there are any; 0: none came while we were to stay awake.
int event_loop::look() {
  auto peek = [this] {
    return ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), 0);
  };
  int found = peek();
  if (found != 0)
    return found;
  const tick_time began = steady_now();
  tick_time now = began;
  while (found == 0 && now - began < stay_awake_) {
    found = peek();
    now = steady_now();
  }
  looked_ += now - began;
  return found;
}

void event_loop::turn(std::chrono::milliseconds wait) {
  auto most = static_cast<int>(std::min<std::int64_t>(wait.count(), 1'000));
  event_count_ = stay_awake_.count() > 0 ? look() : 0;
  if (event_count_ == 0)
    event_count_ = ::epoll_wait(epoll_, events_.data(), static_cast<int>(events_.size()), most);
  ENSURE(event_count_ >= 0 || errno == EINTR, "epoll_wait works");
  now_ = steady_now();
  for (event_next_ = 0; event_next_ < event_count_;) {
    epoll_event event = events_[static_cast<std::size_t>(event_next_++)];
    if (event.data.ptr)
      static_cast<event_source*>(event.data.ptr)->on_ready(event.events);
  }
  event_count_ = 0;
}

} // namespace carillon::client
