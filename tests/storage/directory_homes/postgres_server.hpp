// A PostgreSQL server of a test's own: a new database folder, a socket in it, no port. Runs as an
// unprivileged user when the test is root, because the server refuses root.
#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "tests/storage/directory_homes/folder.hpp"

namespace carillon::test {

class postgres_server {
public:
  // The folder of its programs; nullopt: not installed (tools/setup --tests installs it).
  static std::optional<std::string> programs();

  postgres_server();   // started
  ~postgres_server();  // stopped, and everything removed

  void stop();                                   // as an administrator would: connections are ended
  void start();                                  // returns when it takes connections
  std::string connection() const;                // libpq's text
  void run(const std::string& statement) const;  // through psql

private:
  pid_t spawn(const std::vector<std::string>& command) const;
  bool done(const std::vector<std::string>& command) const;

  test_folder folder_;
  std::string programs_;
  pid_t server_ = 0;
};

}  // namespace carillon::test
