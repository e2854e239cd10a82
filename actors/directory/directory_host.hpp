// A host's directory and everything around it: the tables, the thread that applies what the meta
// group committed, the workers that read and change, the copy for a host that is too far behind.
// Made once by the node and kept until the process ends.
//
//   caller --directory_read_job--> reader  -> its own SQLite connection (never waits for a change)
//   caller --directory_job-------> writer  -> commit_directory -> meta group (its leader, anywhere)
//   meta   --directory_sink------> applier -> SQLite, then the writer that waits, then events
//
// A writer answers when its host has applied the command, so its caller reads its own writes. With
// settings.directory.postgres there is no applier: readers and writers are connections to that
// server, and what ends sessions is told to the other hosts by host_notice.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/protocols.hpp"
#include "storage/directory_copy.hpp"

namespace carillon {

class directory_host {
public:
  // Opens the tables in `file` (founding nothing), or nothing yet with PostgreSQL. Blocking.
  // `host` is read later only: its members need not be there.
  static result<std::unique_ptr<directory_host>> open(const host_services& host,
                                                      const std::string& file);
  virtual ~directory_host() = default;

  // -- for the meta group (actors/ring/meta_actor.hpp) --
  virtual raft::log_index applied() const = 0;                      // setup::directory_applied
  virtual void take(std::vector<directory_commit> commits) = 0;     // setup::directory_sink
  virtual storage::directory_copy* copy() = 0;                      // null with PostgreSQL

  // -- starting, in this order; host.meta serves requests by then --
  // Spawns the workers and fills host.directory, .directory_readers and .hasher.
  virtual status start(caf::actor_system& system, host_services& host) = 0;
  // What all hosts of the cluster share. Proposed by each host that finds none in its directory; the
  // first proposal that is committed counts. Blocks until this host has it.
  struct secrets {
    std::string key;          // host.secret_key
    std::string admin_token;  // the text for <data>/admin.token
  };
  virtual result<secrets> found(caf::actor_system& system, const secrets& proposed,
                                std::chrono::milliseconds patience) = 0;
  // From then on what is applied ends sessions and makes caches forget (host.end_sessions_of_token,
  // .end_sessions_of_user, .forget_token, .forget_user): they are filled and stay as they are.
  virtual void start_events() = 0;

  // The disk under the tables, as of the last change.
  virtual status health() const = 0;
  // Ends the applier's thread. What it had not applied is applied after the next start.
  virtual void close() = 0;
};

}  // namespace carillon
