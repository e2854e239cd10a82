// A directory in a PostgreSQL server. The whole program is skipped, in words, where there is none.
#include "tests/storage/directory_homes/postgres_home.hpp"

#include <cstdio>

#include <unistd.h>

namespace carillon::test {
namespace {

const bool installed = [] {
  if (postgres_server::programs())
    return true;
  std::puts("SKIPPED: PostgreSQL is not installed (tools/setup --tests installs it)");
  std::fflush(stdout);
  ::_exit(77);  // for ctest: skipped, which is neither passed nor failed
}();

class postgres_home final : public directory_home {
public:
  std::unique_ptr<storage::directory> open(const storage::directory::founding& first) override {
    auto opened = storage::directory::open_postgres(connection_, {});
    REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().describe()));
    REQUIRE((*opened)->found(first));
    return std::move(*opened);
  }

private:
  const std::string connection_ = new_schema();
};

}  // namespace

postgres_server& the_server() {
  static postgres_server server;
  return server;
}

std::string new_schema() {
  static int number = 0;
  const std::string name = "test" + std::to_string(++number);
  the_server().run("CREATE SCHEMA " + name);
  return the_server().connection() + " options=-csearch_path=" + name;
}

std::unique_ptr<directory_home> make_directory_home() {
  return std::make_unique<postgres_home>();
}

}  // namespace carillon::test
