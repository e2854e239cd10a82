#include "storage/log_store.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

std::size_t size_of(const raft::entry& entry) {
  return sizeof(raft::entry) + entry.payload_bytes();
}

}  // namespace

result<std::unique_ptr<log_store>> log_store::open(const kv& store, slot_id slot,
                                                   const slot_start& from) {
  std::unique_ptr<log_store> log(new log_store(store, slot));
  if (auto loaded = log->load(from); !loaded)
    return loaded.error();
  return log;
}

status log_store::load(const slot_start& from) {
  auto first = get_number(store_, family::meta, first_index_key(slot_));
  if (!first)
    return first.error();
  first_ = first->value_or(1);
  last_ = first_ - 1;

  // One cursor for everything: each one costs a sorted copy of the log's vector memtable.
  const auto prefix = slot_prefix(slot_);
  auto at = store_.scan(family::log, prefix);
  at->seek_for_prev(make_log_key(slot_, ~0ULL));
  if (at->valid()) {
    const auto place = read_log_key(at->key());
    if (!place)
      return corrupt(family::log, at->key(), "not a log entry");
    last_ = std::max(last_, place->index);
  }
  if (from.applied > last_)
    return corrupt(family::log, make_log_key(slot_, last_ + 1),
                   fmt::format("missing; the tables have it up to {}", from.applied));

  // The newest entry is always wanted: elections compare its term.
  const auto wanted = std::min({std::min(from.applied, from.projected) + 1, last_});
  const auto start = std::max(wanted, first_);
  const auto expect = [&](raft::log_index index) -> result<raft::entry> {
    const auto key = make_log_key(slot_, index);
    if (!at->valid() || at->key() != std::string_view(key)) {
      if (auto scanned = at->failure(); !scanned)
        return scanned.error();
      return corrupt(family::log, key, "missing");
    }
    return unseal_entry(at->key(), at->value());
  };
  if (first_ > 1) {
    at->seek(make_log_key(slot_, first_ - 1));
    auto before = expect(first_ - 1);
    if (!before)
      return before.error();
    term_before_first_ = before->term;
  }
  at->seek(make_log_key(slot_, start));
  for (auto index = start; index <= last_; ++index, at->next()) {
    auto entry = expect(index);
    if (!entry)
      return entry.error();
    window_bytes_ += size_of(*entry);
    window_.push_back(std::move(*entry));
  }
  persisted_ = last_;
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  return ok;
}

raft::log_index log_store::first_index() const {
  return first_;
}

raft::log_index log_store::last_index() const {
  return last_;
}

result<raft::entry> log_store::read(raft::log_index index) const {
  const auto key = make_log_key(slot_, index);
  auto value = store_.get(family::log, key);
  if (!value)
    return value.error();
  if (!*value)
    return corrupt(family::log, key, "missing");
  return unseal_entry(key, **value);
}

std::optional<raft::term_t> log_store::term_of(raft::log_index index) const {
  if (index + 1 == first_)
    return term_before_first_;
  if (index < first_ || index > last_)
    return std::nullopt;
  if (index >= window_first())
    return window_[index - window_first()].term;
  auto entry = read(index);
  if (!entry) {
    note(entry.error());
    return std::nullopt;
  }
  return entry->term;
}

std::vector<raft::entry> log_store::entries(raft::log_index first, raft::log_index last,
                                            std::size_t bytes) const {
  std::vector<raft::entry> out;
  if (first < first_ || first > last)
    return out;
  last = std::min(last, last_);
  std::size_t taken = 0;
  const auto fits = [&](const raft::entry& entry) {
    taken += entry.payload_bytes();
    return out.empty() || taken <= bytes;
  };
  // Only a follower that fell behind asks for what is older than the window.
  if (first < window_first()) {
    auto at = store_.scan(family::log, slot_prefix(slot_));
    at->seek(make_log_key(slot_, first));
    for (; first <= last && first < window_first(); ++first, at->next()) {
      const auto key = make_log_key(slot_, first);
      if (!at->valid() || at->key() != std::string_view(key)) {
        auto scanned = at->failure();
        note(scanned ? corrupt(family::log, key, "missing") : scanned.error());
        return out;
      }
      auto entry = unseal_entry(at->key(), at->value());
      if (!entry)
        note(entry.error());
      if (!entry || !fits(*entry))
        return out;
      out.push_back(std::move(*entry));
    }
  }
  for (; first <= last; ++first) {
    const raft::entry& entry = window_[first - window_first()];
    if (!fits(entry))
      return out;
    out.push_back(entry);
  }
  return out;
}

void log_store::append(const std::vector<raft::entry>& entries) {
  if (entries.empty())
    return;
  const auto from = entries.front().index;
  ENSURE(from >= first_ && from <= last_ + 1, "entries follow the log without a gap");
  while (!window_.empty() && last_ >= from) {
    window_bytes_ -= size_of(window_.back());
    window_.pop_back();
    --last_;
  }
  last_ = from - 1;
  persisted_ = std::min(persisted_, last_);
  for (const raft::entry& entry : entries) {
    ENSURE(entry.index == last_ + 1, "entries are contiguous");
    window_bytes_ += size_of(entry);
    window_.push_back(entry);
    last_ = entry.index;
  }
}

void log_store::persisted(raft::log_index index) {
  persisted_ = std::max(persisted_, std::min(index, last_));
  shrink();
}

void log_store::shrink() {
  while (window_bytes_ > window_max_bytes && window_.size() > 1 &&
         window_.front().index <= persisted_) {
    window_bytes_ -= size_of(window_.front());
    window_.pop_front();
  }
}

void log_store::note(const error& why) const {
  if (!damage_)
    damage_ = why;
}

void log_store::restart(raft::log_index index, raft::term_t term) {
  window_.clear();
  window_bytes_ = 0;
  first_ = index + 1;
  last_ = index;
  term_before_first_ = term;
  persisted_ = index;
  damage_.reset();
}

void log_store::trim_before(raft::log_index index) {
  ENSURE(index <= last_ + 1, "only what is in the log can be trimmed");
  if (index <= first_)
    return;
  const auto term = term_of(index - 1);
  if (!term)  // unreadable, and said so: the log stays as it is
    return;
  term_before_first_ = *term;
  first_ = index;
  while (!window_.empty() && window_.front().index < index) {
    window_bytes_ -= size_of(window_.front());
    window_.pop_front();
  }
}

}  // namespace carillon::storage
