#include "storage/simulated_disk.hpp"

#include <iterator>

#include "runtime/base/ensure.hpp"
#include "storage/crc32c.hpp"
#include "storage/keys.hpp"

namespace carillon::storage {

struct simulated_disk::operation {
  enum class what : std::uint8_t { put, erase, erase_range };
  family where;
  what kind;
  std::string key;
  std::string value;  // or the range's end
};

// What stood at a key before; no value: nothing did.
struct simulated_disk::undo {
  family where;
  std::string key;
  std::optional<std::string> value;
};

class simulated_disk::batch final : public write_batch {
public:
  void put(family where, std::string_view key, std::string_view value) override {
    add(where, operation::what::put, key, value);
  }
  void erase(family where, std::string_view key) override {
    add(where, operation::what::erase, key, {});
  }
  void erase_range(family where, std::string_view from, std::string_view to) override {
    ENSURE(where == family::log, "range deletions are for the log family only");
    add(where, operation::what::erase_range, from, to);
  }
  std::size_t bytes() const override { return bytes_; }
  void clear() override {
    operations.clear();
    bytes_ = 0;
  }

  std::vector<operation> operations;

private:
  void add(family where, operation::what kind, std::string_view key, std::string_view value) {
    bytes_ += key.size() + value.size();
    operations.push_back({where, kind, std::string(key), std::string(value)});
  }

  std::size_t bytes_ = 0;
};

class simulated_disk::moment final : public cursor {
public:
  moment(std::shared_ptr<const rows> all, std::string_view prefix)
      : rows_(std::move(all)), prefix_(prefix), at_(rows_->end()) {}

  void seek(std::string_view key) override {
    at_ = rows_->lower_bound(std::max(key, std::string_view(prefix_)));
  }
  void seek_for_prev(std::string_view key) override {
    const bool beyond = key > prefix_ && !key.starts_with(prefix_);
    at_ = beyond ? end_of_prefix() : rows_->upper_bound(key);
    prev();
  }
  void next() override { ++at_; }
  void prev() override { at_ = at_ == rows_->begin() ? rows_->end() : std::prev(at_); }
  bool valid() const override { return at_ != rows_->end() && at_->first.starts_with(prefix_); }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  status failure() const override { return ok; }

private:
  rows::const_iterator end_of_prefix() const {
    const std::string end = prefix_end(prefix_);
    return end.empty() ? rows_->end() : rows_->lower_bound(end);
  }

  std::shared_ptr<const rows> rows_;
  std::string prefix_;
  rows::const_iterator at_;
};

simulated_disk::simulated_disk() {
  for (auto& each : families_)
    each = std::make_shared<rows>();
}

simulated_disk::~simulated_disk() = default;

result<std::optional<std::string>> simulated_disk::get(family where, std::string_view key) const {
  const rows& all = *families_[static_cast<std::size_t>(where)];
  const auto found = all.find(key);
  return found == all.end() ? std::optional<std::string>() : std::optional(found->second);
}

std::unique_ptr<cursor> simulated_disk::scan(family where, std::string_view prefix) const {
  return std::make_unique<moment>(families_[static_cast<std::size_t>(where)], prefix);
}

std::unique_ptr<write_batch> simulated_disk::make_batch() const {
  return std::make_unique<batch>();
}

simulated_disk::rows& simulated_disk::writable(family where) {
  auto& mine = families_[static_cast<std::size_t>(where)];
  if (mine.use_count() > 1)  // a cursor looks at it
    mine = std::make_shared<rows>(*mine);
  return *mine;
}

void simulated_disk::apply(const operation& what, std::vector<undo>& back) {
  rows& all = writable(what.where);
  auto at = all.lower_bound(what.key);
  if (what.kind == operation::what::erase_range) {
    while (at != all.end() && at->first < what.value) {
      back.push_back({what.where, at->first, std::move(at->second)});
      at = all.erase(at);
    }
    return;
  }
  const bool there = at != all.end() && at->first == what.key;
  if (there)
    back.push_back({what.where, what.key, std::move(at->second)});
  else
    back.push_back({what.where, what.key, std::nullopt});
  if (what.kind == operation::what::erase) {
    if (there)
      all.erase(at);
  } else if (there) {
    at->second = what.value;
  } else {
    all.emplace_hint(at, what.key, what.value);
  }
}

status simulated_disk::write(write_batch& given, bool sync) {
  if (full_ || (good_writes_left_ && *good_writes_left_ == 0))
    down_ = true;
  if (down_)
    return make_error(errc::storage_unavailable,
                      full_ ? "simulated disk: no space left" : "simulated disk: told to fail");
  if (good_writes_left_)
    --*good_writes_left_;
  unsynced_.emplace_back();
  for (const operation& what : static_cast<batch&>(given).operations)
    apply(what, unsynced_.back());
  if (sync)
    unsynced_.clear();
  return ok;
}

std::uint64_t simulated_disk::memory_bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& all : families_)
    for (const auto& [key, value] : *all)
      bytes += key.size() + value.size();
  return bytes;
}

void simulated_disk::take_back(std::vector<undo>& batch) {
  for (auto what = batch.rbegin(); what != batch.rend(); ++what) {
    rows& all = writable(what->where);
    if (what->value)
      all.insert_or_assign(std::move(what->key), std::move(*what->value));
    else
      all.erase(what->key);
  }
}

void simulated_disk::crash(random_source& random) {
  crash(random.below(unsynced_.size() + 1));
}

void simulated_disk::crash(std::size_t surviving) {
  while (unsynced_.size() > surviving) {
    take_back(unsynced_.back());
    unsynced_.pop_back();
  }
  unsynced_.clear();  // what the machine found at its start, it keeps
  restart();
}

void simulated_disk::restart() {
  good_writes_left_.reset();
  down_ = false;
}

bool simulated_disk::flip_bit(family where, std::string_view key, std::size_t at) {
  rows& all = writable(where);
  const auto found = all.find(key);
  if (found == all.end() || at >= found->second.size())
    return false;
  found->second[at] = static_cast<char>(found->second[at] ^ 1);
  return true;
}

std::optional<std::string> simulated_disk::rot(family where, std::string_view prefix,
                                               random_source& random) {
  rows& all = writable(where);
  const auto first = all.lower_bound(prefix);
  const std::string end = prefix_end(prefix);
  const auto last = end.empty() ? all.end() : all.lower_bound(end);
  const auto count = static_cast<std::uint64_t>(std::distance(first, last));
  if (count == 0)
    return std::nullopt;
  const auto chosen = std::next(first, static_cast<std::ptrdiff_t>(random.below(count)));
  std::string& value = chosen->second;
  if (value.empty())
    return std::nullopt;
  const std::uint64_t bit = random.below(value.size() * 8);
  value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << bit % 8));
  return chosen->first;
}

std::uint64_t simulated_disk::fingerprint() const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < family_count; ++i)
    for (const auto& [key, value] : *families_[i]) {
      const auto row = crc32c(value, crc32c(key, static_cast<std::uint32_t>(i)));
      sum = sum * 0x9e3779b97f4a7c15ULL + row;
    }
  return sum;
}

}  // namespace carillon::storage
