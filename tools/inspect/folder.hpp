// A data folder read without a host: what it holds, and everything in it that is damaged. Nothing in
// the folder is written. Blocks for as long as the folder is large.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"
#include "storage/directory_check.hpp"
#include "storage/rocks_files.hpp"
#include "storage/store_check.hpp"

namespace carillon::inspect {

struct folder_report {
  std::string path;
  std::string store_failure;  // the store cannot be opened, in RocksDB's words
  storage::store_report store;
  std::vector<storage::table_file> files;
  std::uint64_t writes = 0;               // in the store, by RocksDB's count
  std::optional<std::uint64_t> promised;  // acknowledged; more than `writes`: some are missing
  std::optional<storage::directory_report> directory;  // none: kept by a server, or not there yet
  std::vector<std::string> marks;         // what a host left there: "OLD_COPY: …"
  std::vector<storage::channel_summary> channels;  // as many as were wanted, by slot and id
  std::uint64_t channels_found = 0;

  // Damaged records, stretches of rows, files and missing writes: each counts one.
  std::uint64_t damaged() const;
  bool lacks_writes() const { return promised && *promised > writes; }
};

// Errors: io_error (no data folder, not to be read), overloaded (a host runs on it).
result<folder_report> read_folder(const std::string& path, std::size_t channels_wanted);

// A host has the folder's lock.
bool is_in_use(const std::string& path);

}  // namespace carillon::inspect
