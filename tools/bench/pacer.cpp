#include "tools/bench/pacer.hpp"

#include <algorithm>

#include <sys/prctl.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "runtime/base/ensure.hpp"

namespace carillon::bench {
namespace {

constexpr int at_once_max = 256;

} // namespace

pacer::pacer(client::event_loop& loop, double per_second, action what)
    : loop_(loop), what_(std::move(what)), times_(steady_now(), per_second),
      timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  ENSURE(timer_ >= 0, "timerfd_create works");
  // Without this the kernel may join wake-ups that are 50 microseconds apart.
  ::prctl(PR_SET_TIMERSLACK, 1'000);
  loop_.watch(timer_, *this, false);
  set_timer();
}

pacer::~pacer() {
  loop_.forget(timer_, *this);
  ::close(timer_);
}

void pacer::on_ready(std::uint32_t) {
  std::uint64_t expirations = 0;
  [[maybe_unused]] ssize_t ignored = ::read(timer_, &expirations, sizeof expirations);
  // Far behind: the other sockets get their turn in between, or nothing would ever be answered.
  for (int i = 0; i < at_once_max && times_.is_due(steady_now()); ++i)
    what_(times_.take());
  set_timer();
}

void pacer::set_timer() {
  // steady_clock is CLOCK_MONOTONIC. Zero would turn the timer off.
  auto at = std::max<std::int64_t>(times_.next().time_since_epoch().count(), 1);
  itimerspec when{};
  when.it_value.tv_sec = at / 1'000'000'000;
  when.it_value.tv_nsec = at % 1'000'000'000;
  ::timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
}

} // namespace carillon::bench
