#include "storage/journal.hpp"

#include <algorithm>

#include <pthread.h>

#include "runtime/base/logging.hpp"

namespace carillon::storage {
namespace {

// A batch is cut here, so that one huge queue does not become one huge write with all its
// acknowledgements at the end.
constexpr std::size_t batch_max_bytes = 8u << 20;

std::size_t memory_of(const journal_write& what) {
  std::size_t bytes = sizeof(journal_write);
  for (const auto& entry : what.entries)
    bytes += sizeof entry + (entry.payload ? entry.payload->size() : 0);
  for (const auto& command : what.commands)
    bytes += sizeof(wire::slot_command) + command->ByteSizeLong();
  for (const auto& each : what.chunks)
    bytes += sizeof each + each.chunk.ByteSizeLong();
  return bytes;
}

std::uint64_t ticks(tick_time at) {
  return static_cast<std::uint64_t>(at.time_since_epoch().count());
}

std::chrono::milliseconds since(std::uint64_t began, tick_time now) {
  if (began == 0)
    return std::chrono::milliseconds(0);
  const tick_time then{tick_time::duration(began)};
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::max(now, then) - then);
}

}  // namespace

journal::journal(kv& store, options how)
    : store_(store), how_(how), batch_(store), thread_([this] { run(); }) {}

journal::~journal() {
  close();
}

void journal::close() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable())
    thread_.join();
}

void journal::submit(journal_write what) {
  const std::size_t bytes = memory_of(what);
  bool was_empty = false;
  {
    std::unique_lock lock(mutex_);
    if (stopping_) {
      lock.unlock();
      if (what.done)
        what.done(errc::shutting_down);
      return;
    }
    queued_bytes_ += bytes;
    was_empty = queue_.empty();
    if (was_empty)
      queued_since_ = ticks(steady_now());
    queue_.push_back({std::move(what), bytes});
  }
  // The thread sleeps only when the queue is empty, so only the first one needs to wake it.
  if (was_empty)
    wake_.notify_one();
}

bool journal::is_full() const {
  return queued_bytes_ > how_.queue_max_bytes;
}

status journal::health() const {
  std::lock_guard lock(mutex_);
  if (failure_)
    return *failure_;
  return ok;
}

std::chrono::milliseconds journal::writing_for(tick_time now) const {
  return since(writing_, now);
}

// What was taken is older than what waits behind it.
std::chrono::milliseconds journal::delay(tick_time now) const {
  const std::uint64_t taken = taken_since_;
  return since(taken != 0 ? taken : queued_since_.load(), now);
}

journal::counters journal::count() const {
  return {.batches = batches_, .syncs = syncs_, .writes = writes_, .entries = entries_};
}

void journal::run() {
  pthread_setname_np(pthread_self(), "journal");  // for top and perf
  std::vector<queued> taken;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty())
        return;
      // Whoever is about to submit more goes first where they share our core: one larger batch takes
      // fewer fsyncs and fewer switches of threads than several small ones. On a free core it costs a
      // fraction of a microsecond.
      lock.unlock();
      std::this_thread::yield();
      lock.lock();
      taken.swap(queue_);
      taken_since_ = queued_since_.exchange(0);
    }
    carry_out(taken);
    taken.clear();
    taken_since_ = 0;
  }
}

void journal::carry_out(std::vector<queued>& taken) {
  for (std::size_t next = 0; next < taken.size();) {
    const std::size_t first = next;
    bool sync = false;
    batch_.clear();
    for (; next < taken.size() && batch_.bytes() < batch_max_bytes; ++next) {
      if (!batch_.takes(taken[next].what))
        break;
      sync |= batch_.add(taken[next].what);
    }

    const status written = write_batch_out(next - first, sync && how_.fsync);
    const std::function<void()> callbacks = [&] {
      for (std::size_t i = first; i < next; ++i) {
        queued& each = taken[i];
        if (written) {
          ++writes_;
          entries_ += each.what.entries.size();
        }
        if (each.what.done)
          each.what.done(written);
        queued_bytes_ -= each.bytes;
        each.what = {};  // memory goes with its accounting
      }
    };
    if (how_.tell)
      how_.tell(callbacks);
    else
      callbacks();
  }
}

status journal::write_batch_out(std::size_t writes, bool sync) {
  if (auto healthy = health(); !healthy)
    return healthy;
  const tick_time began = steady_now();
  writing_ = ticks(began);
  auto written = batch_.failure() ? status(*batch_.failure()) : store_.write(batch_.rows(), sync);
  writing_ = 0;
  sizes_.write_time.record(steady_now() - began);
  sizes_.batch_writes.record(writes);
  sizes_.batch_bytes.record(batch_.bytes());
  if (written) {
    ++batches_;
    syncs_ += sync;
    return ok;
  }
  error failure = make_error(errc::storage_unavailable, written.error().detail);
  log_error("journal", "nothing is acknowledged until restart: {}", failure.detail);
  std::lock_guard lock(mutex_);
  failure_ = failure;
  return failure;
}

}  // namespace carillon::storage
