#include "storage/memory_kv.hpp"

#include "runtime/base/ensure.hpp"

namespace carillon::storage {

// A put, or an erase when there is no value.
struct memory_kv::operation {
  family where;
  std::string key;
  std::optional<std::string> value;
  std::optional<std::string> end;  // erase of the range [key, end)
};

class memory_kv::batch final : public write_batch {
public:
  void put(family where, std::string_view key, std::string_view value) override {
    bytes_ += key.size() + value.size();
    operations.push_back({where, std::string(key), std::string(value), std::nullopt});
  }
  void erase(family where, std::string_view key) override {
    bytes_ += key.size();
    operations.push_back({where, std::string(key), std::nullopt, std::nullopt});
  }
  void erase_range(family where, std::string_view from, std::string_view to) override {
    ENSURE(where == family::log, "range deletions are for the log family only");
    bytes_ += from.size() + to.size();
    operations.push_back({where, std::string(from), std::nullopt, std::string(to)});
  }
  std::size_t bytes() const override { return bytes_; }
  void clear() override {
    operations.clear();
    bytes_ = 0;
  }

  std::vector<operation> operations;

private:
  std::size_t bytes_ = 0;
};

memory_kv::memory_kv() {
  for (auto& rows_of_family : families_)
    rows_of_family = std::make_shared<row_map>();
}

memory_kv::~memory_kv() = default;

result<std::optional<std::string>> memory_kv::get(family where, std::string_view key) const {
  std::lock_guard lock(mutex_);
  const auto& all = *families_[static_cast<std::size_t>(where)];
  const auto found = all.find(key);
  if (found == all.end())
    return std::optional<std::string>();
  return std::optional(found->second);
}

std::unique_ptr<cursor> memory_kv::scan(family where, std::string_view prefix) const {
  std::lock_guard lock(mutex_);
  return std::make_unique<map_cursor>(families_[static_cast<std::size_t>(where)], prefix);
}

std::unique_ptr<write_batch> memory_kv::make_batch() const {
  return std::make_unique<batch>();
}

void memory_kv::apply(const operation& what) {
  row_map& all = writable(families_[static_cast<std::size_t>(what.where)]);
  if (what.end) {
    for (auto at = all.lower_bound(what.key); at != all.end() && at->first < *what.end;) {
      undo_.push_back({what.where, at->first, std::move(at->second), std::nullopt});
      at = all.erase(at);
    }
    return;
  }
  const auto found = all.find(what.key);
  undo_.push_back({what.where, what.key,
                   found == all.end() ? std::nullopt : std::optional(found->second), std::nullopt});
  if (what.value)
    all.insert_or_assign(what.key, *what.value);
  else
    all.erase(what.key);
}

status memory_kv::write(write_batch& given, bool sync) {
  std::lock_guard lock(mutex_);
  if (good_writes_left_) {
    if (*good_writes_left_ == 0)
      failed_ = true;
    else
      --*good_writes_left_;
  }
  if (failed_)
    return make_error(errc::storage_unavailable, "memory_kv: told to fail");
  for (const auto& what : static_cast<batch&>(given).operations)
    apply(what);
  ++count_.writes;
  if (sync) {
    ++count_.syncs;
    undo_.clear();
  }
  return ok;
}

std::uint64_t memory_kv::memory_bytes() const {
  std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& all : families_)
    for (const auto& [key, value] : *all)
      bytes += key.size() + value.size();
  return bytes;
}

void memory_kv::fail_after(std::uint64_t writes) {
  std::lock_guard lock(mutex_);
  good_writes_left_ = writes;
}

void memory_kv::flip_bit(family where, std::string_view key, std::size_t at) {
  std::lock_guard lock(mutex_);
  row_map& all = writable(families_[static_cast<std::size_t>(where)]);
  const auto found = all.find(key);
  ENSURE(found != all.end() && at < found->second.size(), "a bit to flip is there");
  found->second[at] = static_cast<char>(found->second[at] ^ 1);
}

void memory_kv::crash() {
  std::lock_guard lock(mutex_);
  for (auto what = undo_.rbegin(); what != undo_.rend(); ++what) {
    row_map& all = writable(families_[static_cast<std::size_t>(what->where)]);
    if (what->value)
      all.insert_or_assign(what->key, *what->value);
    else
      all.erase(what->key);
  }
  undo_.clear();
  good_writes_left_.reset();
  failed_ = false;
}

memory_kv::counters memory_kv::count() const {
  std::lock_guard lock(mutex_);
  return count_;
}

std::map<std::string, std::string> memory_kv::contents(family where) const {
  std::lock_guard lock(mutex_);
  const auto& all = *families_[static_cast<std::size_t>(where)];
  return {all.begin(), all.end()};
}

}  // namespace carillon::storage
