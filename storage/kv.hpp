// The seam to an ordered, atomic, durable key-value store: rocks_kv in a host, memory_kv in tests
// and in the simulator. Families are separate key spaces written atomically together.
// Reads: any thread. Writes: one thread (the journal's).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"

namespace carillon::storage {

// Numbers are on disk (RocksDB column family names): never reused.
enum class family : std::uint8_t {
  meta = 0,      // store id, founding facts, hard states, applied indexes
  log = 1,       // raft entries by (slot, index)
  messages = 2,  // channel events and messages by (slot, channel, seq)
  index = 3,     // ts -> seq, client_msg_id -> seq, channel facts, members, user tables
};
inline constexpr std::size_t family_count = 4;

class write_batch {
public:
  virtual ~write_batch() = default;
  virtual void put(family where, std::string_view key, std::string_view value) = 0;
  virtual void erase(family where, std::string_view key) = 0;
  // Keys in [from, to). REQUIRES: where is family::log: the other families' memtables insert with
  // hints, and RocksDB aborts when range deletions meet those.
  virtual void erase_range(family where, std::string_view from, std::string_view to) = 0;
  virtual std::size_t bytes() const = 0;
  virtual void clear() = 0;
};

// A position in one family's order. Invalid after the kv is gone. Sees a snapshot taken at
// creation.
class cursor {
public:
  virtual ~cursor() = default;
  virtual void seek(std::string_view key) = 0;           // first key >= key
  virtual void seek_for_prev(std::string_view key) = 0;  // last key <= key
  virtual void next() = 0;
  virtual void prev() = 0;
  virtual bool valid() const = 0;
  virtual std::string_view key() const = 0;
  virtual std::string_view value() const = 0;
  virtual status failure() const = 0;  // ok while !valid() only means "past the end"
};

class kv {
public:
  virtual ~kv() = default;
  // nullopt: no such key.
  virtual result<std::optional<std::string>> get(family where, std::string_view key) const = 0;
  // `prefix`: the cursor stays inside keys that start with it (may be empty: the whole family).
  virtual std::unique_ptr<cursor> scan(family where, std::string_view prefix) const = 0;
  virtual std::unique_ptr<write_batch> make_batch() const = 0;
  // All or nothing. `sync`: on the disk when it returns. After a failure every later write fails
  // with storage_unavailable until restart: what is on disk is no longer known.
  virtual status write(write_batch& batch, bool sync) = 0;
  virtual std::uint64_t memory_bytes() const = 0;  // memtables and cache, for inspection
  // How much of the configured cache may be used from now on; what is above goes at once. Any thread.
  virtual void keep_cache(unsigned /*percent*/) {}
};

}  // namespace carillon::storage
