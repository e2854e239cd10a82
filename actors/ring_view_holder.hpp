// The newest committed ring view on this host, as a snapshot that anyone may take at any time, and
// whether this host is cut off from the others. Written by the meta group's replica only; thread-safe,
// readers never wait for the writer.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

class ring_view_holder {
public:
  // Never null; generation 0: no view is known yet.
  std::shared_ptr<const wire::ring_view> now() const {
    return view_.load(std::memory_order_acquire);
  }
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }
  void replace(std::shared_ptr<const wire::ring_view> next) {
    generation_.store(next->generation(), std::memory_order_release);
    view_.store(std::move(next), std::memory_order_release);
  }

private:
  std::atomic<std::shared_ptr<const wire::ring_view>> view_{
      std::make_shared<const wire::ring_view>()};
  std::atomic<std::uint64_t> generation_{0};
};

// Whom this host hears. cut_off() is cheap enough to ask with every request.
class cluster_health {
public:
  // This host can promise nothing and says so. No majority of the meta group's voters has been heard
  // for cluster.suspect_ms; or that was so, or this process stood still, and what the group committed
  // meanwhile is not all applied here yet. Never true on a host without peers.
  bool cut_off() const {
    return cut_off_.load(std::memory_order_acquire) ||
           steady_now().time_since_epoch().count() > good_until_.load(std::memory_order_acquire);
  }
  // Store ids of the other hosts that are not lost; never null.
  std::shared_ptr<const std::vector<std::uint64_t>> heard() const {
    return heard_.load(std::memory_order_acquire);
  }

  // Why the ring view cannot change, or hosts not be found; empty: they can. Never null.
  std::shared_ptr<const std::string> coordination_trouble() const {
    return coordination_trouble_.load(std::memory_order_acquire);
  }
  // By whoever coordinates; everything else here is the meta group's replica's to write.
  void set_coordination_trouble(std::string why) {
    coordination_trouble_.store(std::make_shared<const std::string>(std::move(why)),
                                std::memory_order_release);
  }

  void set_cut_off(bool cut_off) { cut_off_.store(cut_off, std::memory_order_release); }
  // What was set counts until then. Whoever wakes from standing still finds it over, and so does not
  // act on what it knew before. Never called: what was set counts for ever.
  void good_until(tick_time then) {
    good_until_.store(then.time_since_epoch().count(), std::memory_order_release);
  }
  void set_heard(std::vector<std::uint64_t> hosts) {
    heard_.store(std::make_shared<const std::vector<std::uint64_t>>(std::move(hosts)),
                 std::memory_order_release);
  }

private:
  std::atomic<bool> cut_off_{false};
  std::atomic<tick_time::rep> good_until_{std::numeric_limits<tick_time::rep>::max()};
  std::atomic<std::shared_ptr<const std::string>> coordination_trouble_{
      std::make_shared<const std::string>()};
  std::atomic<std::shared_ptr<const std::vector<std::uint64_t>>> heard_{
      std::make_shared<const std::vector<std::uint64_t>>()};
};

}  // namespace carillon
