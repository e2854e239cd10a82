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
  std::string_view key;
  std::string_view value;  // or the range's end
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
  std::size_t bytes() const override { return text_.size(); }
  void clear() override {
    pieces_.clear();
    text_.clear();
  }

  template <class Take>
  void for_each(Take take) const {
    std::string_view left = text_;
    for (const piece& each : pieces_) {
      take(operation{each.where, each.kind, left.substr(0, each.key_size),
                     left.substr(each.key_size, each.value_size)});
      left.remove_prefix(each.key_size + each.value_size);
    }
  }

private:
  struct piece {
    family where;
    operation::what kind;
    std::size_t key_size;
    std::size_t value_size;
  };

  void add(family where, operation::what kind, std::string_view key, std::string_view value) {
    pieces_.push_back({where, kind, key.size(), value.size()});
    text_.append(key).append(value);
  }

  std::vector<piece> pieces_;
  std::string text_;  // keys and values, one after the other: a batch is used again and again
};

simulated_disk::simulated_disk() {
  for (auto& each : families_)
    each = std::make_shared<row_map>();
}

simulated_disk::~simulated_disk() = default;

result<std::optional<std::string>> simulated_disk::get(family where, std::string_view key) const {
  const row_map& all = *families_[static_cast<std::size_t>(where)];
  const auto found = all.find(key);
  return found == all.end() ? std::optional<std::string>() : std::optional(found->second);
}

std::unique_ptr<cursor> simulated_disk::scan(family where, std::string_view prefix) const {
  return std::make_unique<map_cursor>(families_[static_cast<std::size_t>(where)], prefix);
}

std::unique_ptr<write_batch> simulated_disk::make_batch() const {
  return std::make_unique<batch>();
}

void simulated_disk::apply(const operation& what, std::vector<undo>* back) {
  row_map& all = writable(families_[static_cast<std::size_t>(what.where)]);
  auto at = all.lower_bound(what.key);
  if (what.kind == operation::what::erase_range) {
    while (at != all.end() && at->first < what.value) {
      if (back)
        back->push_back({what.where, at->first, std::move(at->second)});
      at = all.erase(at);
    }
    return;
  }
  const bool there = at != all.end() && at->first == what.key;
  if (back)
    back->push_back({what.where, std::string(what.key),
                     there ? std::optional(std::move(at->second)) : std::nullopt});
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
  // With the sync everything until here is safe, so nothing of it will be taken back.
  std::vector<undo>* back = sync ? nullptr : &unsynced_.emplace_back();
  static_cast<batch&>(given).for_each([&](const operation& what) { apply(what, back); });
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
    row_map& all = writable(families_[static_cast<std::size_t>(what->where)]);
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
  row_map& all = writable(families_[static_cast<std::size_t>(where)]);
  const auto found = all.find(key);
  if (found == all.end() || at >= found->second.size())
    return false;
  found->second[at] = static_cast<char>(found->second[at] ^ 1);
  return true;
}

std::optional<std::string> simulated_disk::rot(family where, std::string_view prefix,
                                               random_source& random) {
  row_map& all = writable(families_[static_cast<std::size_t>(where)]);
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
