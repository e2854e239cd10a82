// A server of our own dies, freezes and stops on purpose, and comes back with what it had.
#include <doctest/doctest.h>

#include "tools/client/stream.hpp"
#include "tools/faults/postgres_server.hpp"

using namespace carillon;
using namespace carillon::faults;

TEST_CASE("postgres: killed, stopped or frozen it takes no connections; back again it has its rows") {
  if (!postgres_server::programs()) {
    MESSAGE("skipped: PostgreSQL is not installed");
    return;
  }
  postgres_server server;
  server.run("CREATE TABLE kept (number int); INSERT INTO kept VALUES (7)");
  const std::string seven_is_there = "SELECT 1 / count(*) FROM kept WHERE number = 7";

  server.kill();
  CHECK_FALSE(server.takes_connections());
  server.start();
  CHECK_NOTHROW(server.run(seven_is_there));

  server.freeze();
  CHECK_FALSE(server.takes_connections());
  server.thaw();
  CHECK_NOTHROW(server.run(seven_is_there));

  server.stop();
  CHECK_FALSE(server.takes_connections());
  server.start();
  CHECK_NOTHROW(server.run(seven_is_there));
}
