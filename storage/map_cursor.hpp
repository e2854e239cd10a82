// A cursor over rows in memory, with the semantics of rocks_kv's: for memory_kv and simulated_disk.
// It sees the moment of its making: it holds the rows, and whoever writes meanwhile copies them first.
// One thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "storage/keys.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

using row_map = std::map<std::string, std::string, std::less<>>;

// For writing: the rows themselves, or a copy in their place while a cursor looks at them.
inline row_map& writable(std::shared_ptr<row_map>& rows) {
  if (rows.use_count() > 1)
    rows = std::make_shared<row_map>(*rows);
  // That the last cursor is gone was read without order: what it read comes before what is written from here
  // on by the order in which two owners give up the same rows.
  std::shared_ptr<row_map>(rows).reset();
  return *rows;
}

class map_cursor final : public cursor {
public:
  map_cursor(std::shared_ptr<const row_map> rows, std::string_view prefix)
      : rows_(std::move(rows)), prefix_(prefix), at_(rows_->end()) {}

  void seek(std::string_view key) override {
    at_ = rows_->lower_bound(std::max(key, std::string_view(prefix_)));
  }
  void seek_for_prev(std::string_view key) override {
    // Beyond the prefix on the right: its last key is meant.
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
  row_map::const_iterator end_of_prefix() const {
    const std::string end = prefix_end(prefix_);
    return end.empty() ? rows_->end() : rows_->lower_bound(end);
  }

  std::shared_ptr<const row_map> rows_;
  std::string prefix_;
  row_map::const_iterator at_;
};

}  // namespace carillon::storage
