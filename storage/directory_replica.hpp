// The SQLite file of a ring host as the state machine of the meta group's directory commands: each
// command is applied once, in the order of the log, in one transaction with its index. What is in
// the file already is skipped, and a command that was committed twice (its asker tried again) has
// the outcome of its first time: the latest `requests_kept` of them are remembered.
//
// Used by one thread (directory_applier's). Readers have connections of their own (open_reader).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/wire/directory.pb.h"
#include "storage/directory.hpp"

namespace carillon::storage {

struct committed_command {
  std::uint64_t index = 0;
  std::string command;  // empty: the index alone; entries up to it are not the directory's
};

class directory_replica {
public:
  // An asker tries again within its deadline, seconds; so many commands take minutes.
  static constexpr std::uint64_t requests_kept = 32'768;

  struct applied {
    std::string request_id;
    wire::directory_outcome outcome;
    std::optional<directory_event> event;  // not for a repetition
  };

  // Opens the file or makes one without a team; one of the first version keeps everything.
  static result<std::unique_ptr<directory_replica>> open(const std::string& path);
  virtual ~directory_replica() = default;

  // All of them in one transaction, in order, or none: an error is this host's (is_of_this_host in
  // directory_command.hpp), and the same may be tried again. One answer per command that was not
  // skipped.
  virtual result<std::vector<applied>> apply(const std::vector<committed_command>& commits) = 0;
  // On disk: everything up to here is in the file.
  virtual result<std::uint64_t> applied_index() = 0;

  // A copy of the file, as of one moment, without free pages. `to` must not exist. It is not
  // synced.
  virtual status copy_to(const std::string& to) = 0;
  // Replaces every row by those of a copy, in one transaction, and counts as applied up to `index`.
  // What the commands in between would have told sessions comes back. corrupt_record: the copy is
  // damaged, holds less than that, or is of another schema version.
  virtual result<std::vector<directory_event>> replace_by(const std::string& copy,
                                                          std::uint64_t index) = 0;
};

// For looking things up in a replica's file. Any thread, one at a time; writes fail.
result<std::unique_ptr<directory>> open_reader(const std::string& path);

}  // namespace carillon::storage
