#include "storage/journal.hpp"

#include <pthread.h>

#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"
#include "storage/message_store.hpp"
#include "storage/record.hpp"

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
  return bytes;
}

}  // namespace

journal::journal(kv& store, options how)
    : store_(store), how_(how), batch_(store.make_batch()), thread_([this] { run(); }) {}

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
      taken.swap(queue_);
    }
    carry_out(taken);
    taken.clear();
  }
}

void journal::carry_out(std::vector<queued>& taken) {
  for (std::size_t next = 0; next < taken.size();) {
    const std::size_t first = next;
    bool sync = false;
    batch_->clear();
    for (; next < taken.size() && batch_->bytes() < batch_max_bytes; ++next)
      sync |= add(taken[next].what);

    const status written = write_batch_out(sync && how_.fsync);
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
  }
}

status journal::write_batch_out(bool sync) {
  if (auto healthy = health(); !healthy)
    return healthy;
  auto written = store_.write(*batch_, sync);
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

bool journal::add(const journal_write& what) {
  if (what.hard) {
    value_.clear();
    append_u64(value_, what.hard->term);
    append_u64(value_, what.hard->vote);
    put_sealed(family::meta, hard_state_key(what.slot));
  }
  add_entries(what.slot, what.entries);
  for (const auto& command : what.commands)
    apply_command(*batch_, what.slot, *command);
  if (what.applied != 0) {
    value_.clear();
    append_u64(value_, what.applied);
    append_u64(value_, what.applied_term);
    put_sealed(family::meta, applied_key(what.slot));
  }
  if (what.projected != 0) {
    value_.clear();
    append_u64(value_, what.projected);
    put_sealed(family::meta, projected_key(what.slot));
  }
  add_trim(what.slot, what.trim_before);
  return what.hard.has_value() || !what.entries.empty();
}

void journal::add_entries(slot_id slot, const std::vector<raft::entry>& entries) {
  if (entries.empty())
    return;
  auto& log = log_of(slot);
  // They replace what follows them. After a start nobody knows what that is: once per slot.
  const auto from = entries.front().index;
  if (log.last == 0 || from <= log.last)
    batch_->erase_range(family::log, make_log_key(slot, from), make_log_key(slot, ~0ULL));
  for (const raft::entry& entry : entries) {
    value_.clear();
    append_entry(value_, entry);
    put_sealed(family::log, make_log_key(slot, entry.index));
  }
  log.last = entries.back().index;
}

void journal::add_trim(slot_id slot, raft::log_index before) {
  auto& log = log_of(slot);
  if (before <= 1 || before <= log.trimmed_before)
    return;
  // From where the last trim ended, so that range tombstones do not pile up over one another.
  const auto from = log.trimmed_before == 0 ? 0 : log.trimmed_before - 1;
  batch_->erase_range(family::log, make_log_key(slot, from), make_log_key(slot, before - 1));
  log.trimmed_before = before;
  value_.clear();
  append_u64(value_, before);
  put_sealed(family::meta, first_index_key(slot));
}

void journal::put_sealed(family where, std::string_view key) {
  seal(where, key, value_);
  batch_->put(where, key, value_);
}

journal::written_log& journal::log_of(slot_id slot) {
  if (slot >= logs_.size())
    logs_.resize(slot + 1u);
  return logs_[slot];
}

}  // namespace carillon::storage
