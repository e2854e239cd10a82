// CAF's scheduler for this host: worker threads around one queue of actors that have messages, first
// come first served, like CAF's policy "sharing". What it does that CAF's does not:
// - A worker is woken after the queue's lock was let go, so it never wakes into a lock that is held
//   (on a busy core that is two more switches of threads for each wake).
// - together: what one thread sends in a burst wakes the workers once, at the burst's end.
// - No dynamic_cast per turn of an actor (1,500 instructions through CAF's base classes).
//
// Made by the actor system when its config has module_factories.push_back(&worker_pool::make); takes
// scheduler.max-threads and scheduler.max-throughput. enqueue() may be called from any thread.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include <caf/all.hpp>
#include <caf/detail/thread_safe_actor_clock.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

namespace carillon {

class worker_pool final : public caf::scheduler::abstract_coordinator {
public:
  static caf::actor_system::module* make(caf::actor_system& system);

  explicit worker_pool(caf::actor_system& system);
  ~worker_pool() override;

  void enqueue(caf::resumable* job) override;
  caf::actor_clock& clock() noexcept override { return clock_; }

  // While one lives, actors that its thread sends messages to are made ready at its end, all at once
  // and in that order; of two within each other the outer one counts. Nothing may be awaited meanwhile.
  // Without a worker_pool it does nothing.
  class together {
  public:
    together();
    ~together();
    together(const together&) = delete;
    together& operator=(const together&) = delete;

  private:
    friend class worker_pool;
    bool outermost_ = false;
    worker_pool* pool_ = nullptr;  // of the jobs
    std::vector<caf::resumable*> jobs_;
  };

private:
  class worker;

  void start() override;
  void stop() override;

  void push(std::span<caf::resumable* const> jobs);
  caf::resumable* take();       // null: the worker's last
  caf::resumable* take_left();  // when there are no workers any more; null: nothing is left

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<caf::resumable*> queue_;  // each with a reference of its own; null: a worker ends
  std::size_t asleep_ = 0;

  caf::detail::thread_safe_actor_clock clock_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::thread timer_;
};

}  // namespace carillon
