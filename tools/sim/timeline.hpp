// Virtual time: what is to happen, in order. Two tasks due at the same microsecond run in the order
// in which they were put down, so a run depends on nothing but its seed. Tasks live in place in a
// pool that is reused: putting one down allocates nothing once the pool has grown.
// One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace carillon::sim {

using sim_time = std::uint64_t;  // microseconds since the run began

inline constexpr sim_time millisecond = 1'000;
inline constexpr sim_time second = 1'000'000;

// Something to do, once. Larger closures than `room` go to the heap.
class task {
public:
  static constexpr std::size_t room = 88;

  task() = default;
  template <class Work>
    requires(!std::is_same_v<std::decay_t<Work>, task>)
  task(Work&& work) {  // NOLINT: a closure is a task
    using closure = std::decay_t<Work>;
    if constexpr (sizeof(closure) <= room && alignof(closure) <= alignof(std::max_align_t) &&
                  std::is_nothrow_move_constructible_v<closure>) {
      new (place_) closure(std::forward<Work>(work));
      verbs_ = &in_place<closure>;
    } else {
      new (place_) std::unique_ptr<closure>(std::make_unique<closure>(std::forward<Work>(work)));
      verbs_ = &on_heap<closure>;
    }
  }
  task(task&& other) noexcept { take(other); }
  task& operator=(task&& other) noexcept {
    if (this != &other) {
      drop();
      take(other);
    }
    return *this;
  }
  ~task() { drop(); }

  // REQUIRES: there is something to do.
  void operator()() { verbs_->run(place_); }
  explicit operator bool() const { return verbs_ != nullptr; }

private:
  struct verbs {
    void (*run)(void*);
    void (*move)(void* from, void* to) noexcept;
    void (*drop)(void*) noexcept;
  };
  template <class Held>
  static void move_held(void* from, void* to) noexcept {
    new (to) Held(std::move(*static_cast<Held*>(from)));
    static_cast<Held*>(from)->~Held();
  }
  template <class Held>
  static void drop_held(void* at) noexcept {
    static_cast<Held*>(at)->~Held();
  }
  template <class Closure>
  static constexpr verbs in_place{[](void* at) { (*static_cast<Closure*>(at))(); },
                                  move_held<Closure>, drop_held<Closure>};
  template <class Closure>
  static constexpr verbs on_heap{
      [](void* at) { (**static_cast<std::unique_ptr<Closure>*>(at))(); },
      move_held<std::unique_ptr<Closure>>, drop_held<std::unique_ptr<Closure>>};

  void take(task& other) noexcept {
    verbs_ = std::exchange(other.verbs_, nullptr);
    if (verbs_)
      verbs_->move(other.place_, place_);
  }
  void drop() noexcept {
    if (auto* held = std::exchange(verbs_, nullptr))
      held->drop(place_);
  }

  const verbs* verbs_ = nullptr;
  alignas(std::max_align_t) std::byte place_[room];
};

class timeline {
public:
  sim_time now() const { return now_; }
  std::uint64_t done() const { return done_; }

  void at(sim_time when, task what) {
    std::uint32_t place = 0;
    if (free_.empty()) {
      place = static_cast<std::uint32_t>(pool_.size());
      pool_.push_back(std::move(what));
    } else {
      place = free_.back();
      free_.pop_back();
      pool_[place] = std::move(what);
    }
    due_.push_back({std::max(when, now_), ++order_, place});
    std::push_heap(due_.begin(), due_.end(), later);
  }
  void after(sim_time delay, task what) { at(now_ + delay, std::move(what)); }

  // Does what comes next, if it is due by `until`; otherwise time stands at `until`.
  bool step(sim_time until) {
    if (due_.empty() || due_.front().when > until) {
      now_ = std::max(now_, until);
      return false;
    }
    std::pop_heap(due_.begin(), due_.end(), later);
    const entry next = due_.back();
    due_.pop_back();
    now_ = next.when;
    ++done_;
    task what = std::move(pool_[next.place]);
    free_.push_back(next.place);
    what();
    return true;
  }

private:
  struct entry {
    sim_time when;
    std::uint64_t order;
    std::uint32_t place;
  };
  static bool later(const entry& a, const entry& b) {
    return a.when != b.when ? a.when > b.when : a.order > b.order;
  }

  sim_time now_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t done_ = 0;
  std::vector<entry> due_;  // a heap, the next in front
  std::vector<task> pool_;
  std::vector<std::uint32_t> free_;
};

}  // namespace carillon::sim
