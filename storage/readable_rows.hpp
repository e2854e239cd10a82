// The rows of a family in the order of their keys, over bad blocks: what cannot be read is named by
// the rows before and after it, and reading goes on behind it. For looking at a store that nobody
// repairs; a host never steps over damage like this.
// Reads; blocks on the disk. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

// Rows between two readable ones, themselves not in it; empty: from the family's beginning, to its end.
struct unreadable_rows {
  family where = family::meta;
  std::string after;
  std::string before;
  error why = make_error(errc::corrupt_record, "");
};

class readable_rows {
public:
  using gap_listener = std::function<void(const unreadable_rows&)>;

  // Stands on the first row that can be read. `store` and the listener outlive this.
  readable_rows(const kv& store, family where, gap_listener on_gap);

  bool valid() const { return at_ && at_->valid(); }
  std::string_view key() const { return at_->key(); }
  std::string_view value() const { return at_->value(); }
  void next();

private:
  // From `last_`, whose successor cannot be read, to the next row that can.
  void step_over(error why);
  // A cursor at the first key >= `key`; null: that cannot be read.
  std::unique_ptr<cursor> seek(std::string_view key) const;

  const kv& store_;
  const family where_;
  const gap_listener on_gap_;
  std::unique_ptr<cursor> at_;
  std::string last_;  // the newest key that could be read
};

}  // namespace carillon::storage
