// Is a directory's SQLite file sound? For looking at a data folder that no host runs on. The file is
// copied first, with its write-ahead log: SQLite writes beside a file that it only reads.
// Blocking; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"

namespace carillon::storage {

struct directory_report {
  std::int64_t schema_version = 0;
  std::int64_t applied = 0;  // index of the meta group's log
  std::int64_t teams = 0, users = 0, tokens = 0, channels = 0;
  std::vector<std::string> problems;  // SQLite's words; empty: every page and reference is sound
};

// `scratch`: a folder for the copy; what is put there stays. Errors: io_error (the file cannot be
// copied). A file that cannot be read has that among its problems.
result<directory_report> check_directory_file(const std::string& path, const std::string& scratch);

}  // namespace carillon::storage
