// What one host goes through by the ring's orders, one step after the other, while the load goes on:
// it is drained and gets its share back, or it joins a cluster that did not know it, gets its share,
// and leaves again. Nothing here waits: go_on() is called often. One thread.
#pragma once

#include <functional>
#include <optional>

#include "runtime/base/clock.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon::chaos {

// What the ring says of a host.
struct ring_place {
  bool is_member = false;
  std::size_t slots = 0;  // replicas of slots that it holds, or is to get
  std::size_t moves = 0;  // of them all, towards it or away from it
};

// How an errand reaches the host and the ring. Answers that do not come (false, nothing) are asked for
// again; an order may so be said twice.
struct ring_access {
  std::function<void(std::size_t host)> launch;     // with an empty data folder
  std::function<bool(std::size_t host)> is_running;
  std::function<void(std::size_t host)> end_in_order;
  std::function<bool(std::size_t host, wire::host_intent wish)> order;
  std::function<std::optional<ring_place>(std::size_t host)> place_of;
};

class ring_errand {
public:
  enum class kind { drain, visit };

  // `stay`: how long it holds no slot (drain), or its share (visit).
  ring_errand(kind what, std::size_t host, std::chrono::nanoseconds stay);
  void go_on(const ring_access& access, tick_time now);
  bool is_over() const { return now_ == phase::over; }

private:
  enum class phase { begins, arrives, stays, leaves, ends, over };
  void go_on_draining(const ring_access& access, tick_time now);
  void go_on_visiting(const ring_access& access, tick_time now);
  void enter(phase next, tick_time now);

  kind what_;
  std::size_t host_;
  std::chrono::nanoseconds stay_;
  phase now_ = phase::begins;
  tick_time asked_{}, since_{};
};

}  // namespace carillon::chaos
