// A host's directory and everything around it: the tables, the thread that applies what the meta
// group committed, the workers that read and change, the copy for a host that is too far behind.
// Made once by the node and kept until the process ends.
//
//   caller --directory_read_job--> reader  -> its own SQLite connection (never waits for a change)
//   caller --directory_job-------> writer  -> commit_directory -> meta group (its leader, anywhere)
//   meta   --directory_sink------> applier -> SQLite, then events, then the writer that waits
//
// A writer answers when its host has applied the command, so its caller reads its own writes. With
// settings.directory.postgres there is no applier: readers and writers are connections to that
// server, and what ends sessions is told to the other hosts by host_notice. The server may be away, at
// the start too: found() says storage_unavailable then, and may be called again.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <caf/all.hpp>

#include "actors/directory/directory_actor.hpp"
#include "actors/host_services.hpp"
#include "actors/protocols.hpp"
#include "storage/directory.hpp"
#include "storage/directory_copy.hpp"

namespace carillon {

class directory_host {
public:
  // Opens the tables in `file` (founding nothing); a server is not asked yet. Blocking. `host`
  // outlives it; but for its config it is read only once the calls below say so.
  static result<std::unique_ptr<directory_host>> open(const host_services& host,
                                                      const std::string& file);
  virtual ~directory_host() = default;

  // -- for the meta group (actors/ring/meta_actor.hpp) --
  virtual raft::log_index applied() const = 0;                   // meta_setup::directory_applied
  virtual void take(std::vector<directory_commit> commits) = 0;  // meta_setup::directory_sink
  virtual storage::directory_copy* copy() = 0;                   // null with PostgreSQL

  // -- starting, in this order. host.meta is there by then, and stays --
  // Spawns the workers and fills host.directory and host.hasher. From then on the meta group hears
  // how far the directory is (directory_applied).
  status start(caf::actor_system& system, host_services& host);
  // What all hosts of the cluster share. Each host that finds none in its directory proposes, and
  // the first proposal that is committed counts, on every host. Blocks until this host has it; at
  // once when it has it from before. Errors: timed_out, storage_unavailable; with a server also
  // invalid_config (its tables are a newer program's).
  struct secrets {
    std::string key;          // host.secret_key
    std::string admin_token;  // the text for <data>/admin.token
  };
  result<secrets> found(caf::actor_system& system, const secrets& proposed,
                        std::chrono::milliseconds patience);
  // From then on changes end sessions and make caches forget: host.end_sessions_of_token,
  // .end_sessions_of_user, .forget_token and .forget_user are filled and stay as they are.
  void start_events() { events_on_ = true; }

  // What is remembered of tokens, for while a server is away. Any thread. (All: this host may have
  // missed what others said of them.)
  virtual void forget_token(const std::string&) {}
  virtual void forget_user(entity_id) {}
  virtual void forget_all() {}

  // The disk under the tables, as of the last change.
  virtual status health() const = 0;
  // Ends the applier's thread. What it had not applied is applied after the next start.
  virtual void close() = 0;

protected:
  explicit directory_host(const host_services& host) : host_(host) {}

  virtual result<std::unique_ptr<storage::directory>> open_reader() = 0;
  virtual result<std::unique_ptr<storage::directory>> open_writer() = 0;
  virtual result<std::unique_ptr<storage::directory>> open_founder() { return open_writer(); }
  virtual void on_start() {}
  // Any thread.
  void tell_here(const storage::directory_event& event) const;

  const host_services& host_;
  caf::actor_system* system_ = nullptr;

private:
  std::atomic<bool> events_on_{false};
};

}  // namespace carillon
