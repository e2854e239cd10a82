// The table files of a RocksDB folder, each by itself and without its database: is every block what
// was written? A database finds a bad block when it comes to it; this finds all files that have one,
// those too that no key leads to any more. RocksDB is met only here and in rocks_kv.
// Reads every byte of the files; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"

namespace carillon::storage {

struct table_file {
  std::string name;    // "000012.sst"
  std::string family;  // as on disk; empty: unreadable
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  std::string first_key, last_key;  // empty: unreadable
  std::string damage;               // RocksDB's words; empty: every block is sound
};

// By name. Errors: io_error (no such folder).
result<std::vector<table_file>> check_table_files(const std::string& folder);

}  // namespace carillon::storage
