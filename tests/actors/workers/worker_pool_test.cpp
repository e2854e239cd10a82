// The scheduler's promises: every message is handled once and in its sender's order, a burst wakes at
// its end, delayed messages come, and a system with work left ends.
#include <doctest/doctest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "actors/worker_pool.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

struct pool_config : caf::actor_system_config {
  explicit pool_config(std::size_t workers) {
    set("scheduler.max-threads", workers);
    set("scheduler.max-throughput", std::size_t{5});
    module_factories.push_back(&worker_pool::make);
  }
};

// What actors of a test report, in order; the test waits for it.
class reports {
public:
  void add(int what) {
    std::lock_guard lock(mutex_);
    seen_.push_back(what);
    changed_.notify_all();
  }
  std::vector<int> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, 30s, [&] { return seen_.size() >= count; }));
    return seen_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<int> seen_;
};

caf::actor spawn_reporter(caf::actor_system& system, reports& into) {
  return system.spawn([&into]() -> caf::behavior { return {[&into](int what) { into.add(what); }}; });
}

}  // namespace

TEST_CASE("worker pool: what many threads send to many actors is handled once, in each sender's order") {
  constexpr int senders = 4, actors = 50, each = 400;
  for (std::size_t workers : {1, 3}) {
    pool_config config(workers);
    caf::actor_system system(config);
    std::atomic<int> handled = 0, out_of_order = 0;
    reports all;
    std::vector<caf::actor> receivers;
    for (int i = 0; i < actors; ++i)
      receivers.push_back(system.spawn([&]() -> caf::behavior {
        auto last = std::make_shared<std::vector<int>>(senders, -1);
        return {[&, last](int sender, int number) {
          if ((*last)[static_cast<std::size_t>(sender)] >= number)
            ++out_of_order;
          (*last)[static_cast<std::size_t>(sender)] = number;
          if (++handled == senders * actors * each)
            all.add(0);
        }};
      }));
    std::vector<std::thread> threads;
    for (int sender = 0; sender < senders; ++sender)
      threads.emplace_back([&, sender] {
        for (int number = 0; number < each; ++number) {
          std::optional<worker_pool::together> burst;
          if (sender % 2 == 0)
            burst.emplace();
          for (auto& receiver : receivers)
            caf::anon_send(receiver, sender, number);
        }
      });
    for (auto& thread : threads)
      thread.join();
    all.wait_for(1);
    CHECK(out_of_order == 0);
    for (auto& receiver : receivers)
      caf::anon_send_exit(receiver, caf::exit_reason::user_shutdown);
  }
}

TEST_CASE("worker pool: a burst is handled from its end on, in order, and its outermost counts") {
  pool_config config(1);
  caf::actor_system system(config);
  reports seen;
  caf::actor a = spawn_reporter(system, seen), b = spawn_reporter(system, seen),
             c = spawn_reporter(system, seen);
  // Those before the last one have nothing to do any more when it has reported: there is one worker.
  for (const caf::actor& each : {a, b, c})
    caf::anon_send(each, 0);
  seen.wait_for(3);
  {
    worker_pool::together burst;
    {
      worker_pool::together inside;
      caf::anon_send(a, 1);
    }
    caf::anon_send(b, 2);
    // Sent later and handled before: one worker takes what is ready in its order.
    std::thread([&] { caf::anon_send(c, 3); }).join();
    CHECK(seen.wait_for(4) == std::vector<int>{0, 0, 0, 3});
    caf::anon_send(a, 4);
  }
  CHECK(seen.wait_for(7) == std::vector<int>{0, 0, 0, 3, 1, 4, 2});
}

TEST_CASE("worker pool: actors that ask one another get their answers, and delayed messages come") {
  pool_config config(2);
  caf::actor_system system(config);
  reports seen;
  caf::actor adder = system.spawn([]() -> caf::behavior { return {[](int x) { return x + 1; }}; });
  system.spawn([&](caf::event_based_actor* self) -> caf::behavior {
    self->delayed_send(self, 1ms, 41);
    return {[&seen, self, adder](int x) {
      self->request(adder, caf::infinite, x).then([&seen](int y) { seen.add(y); });
    }};
  });
  CHECK(seen.wait_for(1) == std::vector<int>{42});
}

TEST_CASE("worker pool: a system whose actors still send to one another ends when it is told to") {
  pool_config config(2);
  caf::actor_system system(config);
  system.await_actors_before_shutdown(false);
  reports seen;
  for (int i = 0; i < 5; ++i)
    system.spawn([&seen](caf::event_based_actor* self) -> caf::behavior {
      self->send(self, 1);
      return {[self, told = false, &seen](int x) mutable {
        if (!std::exchange(told, true))
          seen.add(x);
        self->send(self, x);
      }};
    });
  seen.wait_for(5);
}

TEST_CASE("worker pool: whom actors send to while the system ends them is let go of too") {
  std::weak_ptr<int> kept;
  {
    pool_config config(1);
    caf::actor_system system(config);
    system.await_actors_before_shutdown(false);
    reports seen;
    auto mark = std::make_shared<int>(0);
    kept = mark;
    caf::actor idle = system.spawn([mark = std::move(mark)]() -> caf::behavior {
      return {[mark](int) {}};
    });
    for (int i = 0; i < 5; ++i)
      system.spawn([&seen, idle](caf::event_based_actor* self) -> caf::behavior {
        self->attach_functor([idle] { caf::anon_send(idle, 1); });
        self->send(self, 1);
        return {[self, told = false, &seen](int x) mutable {
          if (!std::exchange(told, true))
            seen.add(x);
          self->send(self, x);
        }};
      });
    seen.wait_for(5);
  }
  CHECK(kept.expired());
}

TEST_CASE("worker pool: a burst without such a pool changes nothing") {
  caf::actor_system_config config;
  caf::actor_system system(config);
  reports seen;
  caf::actor a = spawn_reporter(system, seen);
  worker_pool::together burst;
  caf::anon_send(a, 1);
  CHECK(seen.wait_for(1) == std::vector<int>{1});
}

}  // namespace carillon
