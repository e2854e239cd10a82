// The store in memory, for tests and the simulator: the semantics of rocks_kv, cursors' snapshots
// and the stickiness of failures included, and the ways a disk goes wrong on demand.
// Any thread, as kv asks (one lock; a cursor keeps the map it was made on, writers copy then).
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <optional>

#include "storage/map_cursor.hpp"

namespace carillon::storage {

class memory_kv final : public kv {
public:
  memory_kv();
  ~memory_kv() override;

  result<std::optional<std::string>> get(family where, std::string_view key) const override;
  std::unique_ptr<cursor> scan(family where, std::string_view prefix) const override;
  std::unique_ptr<write_batch> make_batch() const override;
  status write(write_batch& batch, bool sync) override;
  std::uint64_t memory_bytes() const override;

  // -- what goes wrong --
  // The write after `writes` more good ones fails, and so does every later one.
  void fail_after(std::uint64_t writes);
  // Flips one bit of a stored value. REQUIRES: the key is there and `at` is inside its value.
  void flip_bit(family where, std::string_view key, std::size_t at);
  // The power fails and comes back: what was written since the last synced write is gone, and
  // writing works again.
  void crash();

  struct counters {
    std::uint64_t writes = 0;
    std::uint64_t syncs = 0;
  };
  counters count() const;
  // Everything in a family, for comparing whole stores.
  std::map<std::string, std::string> contents(family where) const;

private:
  struct operation;
  class batch;

  void apply(const operation& what);

  mutable std::mutex mutex_;
  std::array<std::shared_ptr<row_map>, family_count> families_;
  std::vector<operation> undo_;  // newest last; takes back what no sync has covered yet
  std::optional<std::uint64_t> good_writes_left_;
  bool failed_ = false;
  counters count_;
};

}  // namespace carillon::storage
