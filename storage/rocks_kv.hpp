// The store of a host: RocksDB, one column family per family. RocksDB is met only here,
// in rocks_memtable.hpp and in rocks_files.hpp.
// Threads: as kv.hpp says; RocksDB adds two of its own at low priority.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

struct rocks_kv {
  struct options {
    std::size_t block_cache_bytes = 256u << 20;  // blocks, indexes, filters and memtables together
    std::size_t write_buffer_bytes = 64u << 20;  // per family, before it is flushed
    // Memtables are flushed when the write-ahead log is longer. It bounds the time of a restart:
    // 64 MiB replay in about half a second (tests/storage/tables/journal_bench.cpp).
    std::size_t wal_max_bytes = 64u << 20;
    // For a few rows each of millions of entities, written in the order of their keys and never again.
    // No place to insert at is remembered for each entity: that costs more memory than it saves
    // searching. And table files are compressed at once as in the last level, so that they move down
    // to it as they are. What is left over is compacted when the next one opens the folder.
    bool bulk_in_key_order = false;
    // Rows of family::index whose time is over, and that nobody reads any more: the next compaction that
    // meets one drops it. On a thread of RocksDB's; empty: there are none.
    std::function<bool(std::string_view key, std::string_view value)> is_over = nullptr;
  };

  // Opens or makes the folder, after a crash too: everything synced is there, and what follows the
  // first torn record at the end of the write-ahead log is not. Errors: io_error (also: the folder
  // is in use by another process), corrupt_record, storage_unavailable (the write-ahead log ends
  // before what was synced, see sync_mark.hpp; a host among others must not go on with its votes).
  static result<std::unique_ptr<kv>> open(const std::string& folder, const options& how);
  // For reading what is left of a damaged store: compacts and writes nothing.
  static result<std::unique_ptr<kv>> open_read_only(const std::string& folder, const options& how);

  // For looking at a store that nobody else has open. In the folder nothing is written, not even a
  // mark of damage; acknowledged writes that are missing are told and are no error.
  struct looked_into {
    std::unique_ptr<kv> store;
    std::uint64_t writes = 0;               // sequence of the last one, by RocksDB's count
    std::optional<std::uint64_t> promised;  // what was acknowledged; nullopt: not known
    // Names of the files that hold its rows. Others were begun when the host died, and go when it
    // starts again.
    std::vector<std::string> table_files;
  };
  static result<looked_into> look_into(const std::string& folder, const options& how);

  // A file in the folder that says, durably and in RocksDB's words, that a block was found damaged
  // while the store was open. Nothing can be repaired in place: the bad block is met again by every
  // scan and compaction over it, and the latter stop all writes. rescue.hpp does something about it.
  static std::string damage_mark_of(const std::string& folder) { return folder + "/DAMAGED"; }
};

}  // namespace carillon::storage
