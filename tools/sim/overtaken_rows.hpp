// The rows of a slot as a reader on another thread finds them: its first reads are of one moment, the later
// ones of another, because something was written in between. For reading one user's inbox; one thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/kv.hpp"

namespace carillon::sim {

class overtaken_rows final : public storage::kv {
public:
  // So many reads are of now: of these keys, and one scan of this prefix.
  overtaken_rows(const storage::kv& rows, storage::family where, const std::vector<std::string>& keys,
                 std::string prefix, std::size_t early_reads)
      : rows_(rows), where_(where), prefix_(std::move(prefix)), early_reads_(early_reads),
        scan_(rows.scan(where, prefix_)) {
    for (const std::string& key : keys)
      early_.emplace(key, rows.get(where, key));
  }

  result<std::optional<std::string>> get(storage::family where, std::string_view key) const override {
    const auto known = where == where_ && take_early() ? early_.find(key) : early_.end();
    return known == early_.end() ? rows_.get(where, key) : known->second;
  }
  std::unique_ptr<storage::cursor> scan(storage::family where, std::string_view prefix) const override {
    if (where == where_ && prefix == prefix_ && take_early() && scan_)
      return std::move(scan_);
    return rows_.scan(where, prefix);
  }
  std::unique_ptr<storage::write_batch> make_batch() const override { return rows_.make_batch(); }
  status write(storage::write_batch&, bool) override {
    return make_error(errc::storage_unavailable, "a reader does not write");
  }
  std::uint64_t memory_bytes() const override { return rows_.memory_bytes(); }

private:
  bool take_early() const { return early_reads_ > 0 && early_reads_-- > 0; }

  const storage::kv& rows_;
  const storage::family where_;
  const std::string prefix_;
  mutable std::size_t early_reads_;
  std::map<std::string, result<std::optional<std::string>>, std::less<>> early_;
  mutable std::unique_ptr<storage::cursor> scan_;
};

}  // namespace carillon::sim
