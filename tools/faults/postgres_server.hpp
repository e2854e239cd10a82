// A PostgreSQL server of our own, from Debian's programs: a new database folder, a socket in it, no
// port; for tests and for chaos. It runs as an unprivileged user when we are root, because the server
// refuses root, and ends with us. One thread. What goes wrong is thrown as client::client_error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "tools/client/host_process.hpp"

namespace carillon::faults {

class postgres_server {
public:
  // The folder of its programs; nullopt: not installed (tools/setup --tests installs it).
  static std::optional<std::string> programs();

  postgres_server();   // started
  ~postgres_server();  // stopped, and everything removed
  postgres_server(const postgres_server&) = delete;
  postgres_server& operator=(const postgres_server&) = delete;

  void stop();   // as an administrator would: connections are ended. Waits.
  void kill();   // SIGKILL to all its processes, reaped. Harmless when it does not run.
  void freeze(); // SIGSTOP to all its processes
  void thaw();
  void launch(); // returns at once. REQUIRES: it does not run.
  bool takes_connections() const;
  void start();  // launch, and wait until it takes connections

  bool is_running() const { return server_ != 0; }
  std::string connection() const;                // libpq's text
  void run(const std::string& statement) const;  // through psql

private:
  void signal_all(int number) const;
  pid_t spawn(const std::vector<std::string>& command) const;
  bool done(const std::vector<std::string>& command) const;
  std::string file(const std::string& name) const { return folder_.path() + "/" + name; }

  client::scratch_folder folder_;
  const std::string programs_;
  pid_t server_ = 0;  // 0: does not run
};

}  // namespace carillon::faults
