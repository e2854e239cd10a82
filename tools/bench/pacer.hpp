// An open loop in the event loop: calls at each intended time of a schedule, to some ten
// microseconds; late ones are called at once, one after the other, with the time they were meant
// for. One thread: the loop's.
#pragma once

#include <functional>

#include "tools/bench/figures/schedule.hpp"
#include "tools/client/event_loop.hpp"

namespace carillon::bench {

class pacer final : client::event_source {
public:
  using action = std::function<void(tick_time intended)>;
  // Begins at once. REQUIRES: per_second > 0.
  pacer(client::event_loop& loop, double per_second, action what);
  ~pacer() override;
  pacer(const pacer&) = delete;
  pacer& operator=(const pacer&) = delete;
  std::uint64_t given() const { return times_.given(); }

private:
  void on_ready(std::uint32_t epoll_events) override;
  void set_timer();

  client::event_loop& loop_;
  action what_;
  schedule times_;
  int timer_ = -1;
};

} // namespace carillon::bench
