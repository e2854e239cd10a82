// The one server of a program of tests, and a schema of it for each test.
#pragma once

#include "tests/storage/directory_fixture.hpp"
#include "tools/faults/postgres_server.hpp"

namespace carillon::test {

using faults::postgres_server;

postgres_server& the_server();
// libpq's text for a new, empty schema.
std::string new_schema();

}  // namespace carillon::test
