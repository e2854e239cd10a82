#include "actors/worker_pool.hpp"

#include <algorithm>

#include <pthread.h>

namespace carillon {
namespace {

thread_local worker_pool::together* gathering = nullptr;

}  // namespace

// ---- a worker ---------------------------------------------------------------------------------

class worker_pool::worker final : public caf::execution_unit {
public:
  explicit worker(worker_pool& pool) : caf::execution_unit(&pool.system()), pool_(pool) {}

  void begin() {
    thread_ = std::thread([this] { run(); });
  }
  void join() { thread_.join(); }

  // What the actor at hand sends to.
  void exec_later(caf::resumable* job) override { pool_.push({&job, 1}); }

private:
  void run() {
    CAF_SET_LOGGER_SYS(&system());
    pthread_setname_np(pthread_self(), "worker");  // for top and perf
    system().thread_started();
    while (caf::resumable* job = pool_.take()) {
      const auto outcome = job->resume(this, pool_.max_throughput());
      if (outcome == caf::resumable::resume_later)
        pool_.push({&job, 1});  // its reference goes along
      else
        intrusive_ptr_release(job);
    }
    system().thread_terminates();
  }

  worker_pool& pool_;
  std::thread thread_;
};

// ---- the queue --------------------------------------------------------------------------------

void worker_pool::enqueue(caf::resumable* job) {
  if (gathering && (!gathering->pool_ || gathering->pool_ == this)) {
    gathering->pool_ = this;
    gathering->jobs_.push_back(job);
    return;
  }
  push({&job, 1});
}

void worker_pool::push(std::span<caf::resumable* const> jobs) {
  std::size_t to_wake = 0;
  {
    std::lock_guard lock(mutex_);
    queue_.insert(queue_.end(), jobs.begin(), jobs.end());
    to_wake = std::min(asleep_, jobs.size());
  }
  for (; to_wake > 0; --to_wake)
    wake_.notify_one();
}

caf::resumable* worker_pool::take() {
  std::unique_lock lock(mutex_);
  while (queue_.empty()) {
    ++asleep_;
    wake_.wait(lock);
    --asleep_;
  }
  caf::resumable* job = queue_.front();
  queue_.pop_front();
  return job;
}

caf::resumable* worker_pool::take_left() {
  std::lock_guard lock(mutex_);
  if (queue_.empty())
    return nullptr;
  caf::resumable* job = queue_.front();
  queue_.pop_front();
  return job;
}

worker_pool::together::together() : outermost_(!gathering) {
  if (outermost_)
    gathering = this;
}

worker_pool::together::~together() {
  if (!outermost_)
    return;
  gathering = nullptr;
  if (pool_)
    pool_->push(jobs_);
}

// ---- beginning and end ------------------------------------------------------------------------

caf::actor_system::module* worker_pool::make(caf::actor_system& system) {
  return new worker_pool(system);  // the system's from here on
}

worker_pool::worker_pool(caf::actor_system& system) : abstract_coordinator(system) {}

worker_pool::~worker_pool() = default;

void worker_pool::start() {
  for (std::size_t i = 0; i < num_workers(); ++i)
    workers_.push_back(std::make_unique<worker>(*this));
  for (auto& each : workers_)
    each->begin();
  timer_ = std::thread([this] {  // delayed messages
    CAF_SET_LOGGER_SYS(&system());
    pthread_setname_np(pthread_self(), "clock");
    system().thread_started();
    clock_.run_dispatch_loop();
    system().thread_terminates();
  });
  abstract_coordinator::start();
}

// As CAF's own coordinators do it: what is queued before runs still. What is queued after, by
// an actor that ends here and tells another, is let go of in its turn.
void worker_pool::stop() {
  const std::vector<caf::resumable*> ends(workers_.size(), nullptr);
  push(ends);
  stop_actors();
  for (auto& each : workers_)
    each->join();
  // Before the clock ends: who ends takes its timeouts back, and the clock's queue is short.
  while (caf::resumable* job = take_left())
    cleanup_and_release(job);
  clock_.cancel_dispatch_loop();
  timer_.join();
}

}  // namespace carillon
