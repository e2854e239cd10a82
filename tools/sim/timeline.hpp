// Virtual time: what is to happen, in order. Two tasks due at the same microsecond run in the order
// in which they were put down, so a run depends on nothing but its seed. Tasks live in place in a
// pool that is reused, and run there: putting one down allocates nothing once the pool has grown.
// One thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
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

// Whose tasks may have to wait or to be forgotten when their time has come.
class doorkeeper {
public:
  virtual ~doorkeeper() = default;
  // `ticket`: as it was put down. Does `what`, moves it away for later, or leaves it to be dropped.
  virtual void let_in(std::uint64_t ticket, task& what) = 0;
};

class timeline {
public:
  sim_time now() const { return now_; }
  std::uint64_t done() const { return done_; }

  // `through`: who is asked when the time has come; null: nobody. It outlives this.
  void at(sim_time when, task&& what, doorkeeper* through = nullptr, std::uint64_t ticket = 0) {
    std::uint32_t place = 0;
    if (free_.empty()) {
      place = static_cast<std::uint32_t>(pool_.size());
      pool_.push_back({std::move(what), through, ticket});
    } else {
      place = free_.back();
      free_.pop_back();
      held& mine = pool_[place];
      mine.what = std::move(what);
      mine.through = through;
      mine.ticket = ticket;
    }
    if (when <= now_)
      return at_once_.push_back(place);
    due_.push_back({when, ++order_, place});
    std::push_heap(due_.begin(), due_.end(), later());
  }
  void after(sim_time delay, task&& what, doorkeeper* through = nullptr,
             std::uint64_t ticket = 0) {
    at(now_ + delay, std::move(what), through, ticket);
  }

  // Does what comes next, if it is due by `until`; otherwise time stands at `until`.
  bool step(sim_time until) {
    const bool heap_first = at_once_.empty() || (!due_.empty() && due_.front().when == now_);
    if (heap_first && (due_.empty() || due_.front().when > until)) {
      now_ = std::max(now_, until);
      return false;
    }
    std::uint32_t place = 0;
    if (heap_first) {
      std::pop_heap(due_.begin(), due_.end(), later());
      now_ = due_.back().when;
      place = due_.back().place;
      due_.pop_back();
    } else {
      place = at_once_.front();
      at_once_.pop_front();
    }
    ++done_;
    held& next = pool_[place];
    if (next.through)
      next.through->let_in(next.ticket, next.what);
    else
      next.what();
    next.what = {};
    free_.push_back(place);
    return true;
  }

private:
  struct held {
    task what;
    doorkeeper* through;
    std::uint64_t ticket;
  };
  struct entry {
    sim_time when;
    std::uint64_t order;
    std::uint32_t place;
  };
  struct later {
    bool operator()(const entry& a, const entry& b) const {
      return a.when != b.when ? a.when > b.when : a.order > b.order;
    }
  };

  sim_time now_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t done_ = 0;
  std::vector<entry> due_;  // a heap, the next in front; all put down before their time
  // Put down for no later than now: they come after what is in the heap for now, in this order.
  std::deque<std::uint32_t> at_once_;
  std::deque<held> pool_;  // a place stays where it is while its task puts down others
  std::vector<std::uint32_t> free_;
};

}  // namespace carillon::sim
