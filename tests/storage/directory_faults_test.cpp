// Files that are not ours, damaged or of the future; a disk that is full; another process with the
// file open. Everything comes back as a result, nothing half-done is stored.
#include <csignal>
#include <fstream>

#include <doctest/doctest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include "tests/storage/directory_homes/file_fixture.hpp"

using namespace carillon;
using namespace carillon::storage;
using namespace carillon::test;

namespace {

errc code_of_opening(const std::string& path) {
  auto opened = directory::open(path, directory_fixture::founding());
  REQUIRE_FALSE(opened);
  return opened.code();
}

// Changes the file behind the directory's back.
void tamper(const std::string& path, const char* statement) {
  sqlite3* file = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &file) == SQLITE_OK);
  CHECK(sqlite3_exec(file, statement, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(file);
}

// A disk that is full: files cannot grow beyond `bytes` while this lives.
class small_disk {
public:
  explicit small_disk(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit now{bytes, before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~small_disk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

}  // namespace

TEST_CASE("faults: a file that is no database is corrupt_record") {
  file_fixture directory;
  directory.close();
  std::ofstream(directory.path()) << std::string(8'192, 'x');
  CHECK(code_of_opening(directory.path()) == errc::corrupt_record);
}

TEST_CASE("faults: damaged pages are reported when they are met, not served") {
  file_fixture directory;
  for (std::uint64_t n = 1; n <= 200; ++n)
    directory.add_person(n, "user" + std::to_string(n));
  directory.close();
  auto size = std::filesystem::file_size(directory.path());
  {
    std::fstream file(directory.path(), std::ios::in | std::ios::out | std::ios::binary);
    // All but the first page, which holds the schema.
    file.seekp(4'096);
    file << std::string(size - 4'096, '\x55');
  }
  auto opened = directory::open(directory.path(), directory_fixture::founding());
  if (opened) {
    auto page = (*opened)->list_users(team_id(1), "", 100);
    REQUIRE_FALSE(page);
    CHECK(page.code() == errc::corrupt_record);
  } else {
    CHECK(opened.code() == errc::corrupt_record);
  }
}

TEST_CASE("faults: a file of the newest known schema opens, one of the next is left alone") {
  file_fixture directory;
  directory.close();
  tamper(directory.path(), "UPDATE schema_version SET version = version + 1");
  auto opened = directory::open(directory.path(), directory_fixture::founding());
  REQUIRE_FALSE(opened);
  CHECK(opened.code() == errc::invalid_config);
  CHECK(opened.error().detail.find("a newer carillond wrote it") != std::string::npos);
  tamper(directory.path(), "UPDATE schema_version SET version = version - 1");
  directory.reopen();
  CHECK(directory->default_team());
}

TEST_CASE("faults: a stored value that nobody wrote is corrupt_record and names itself") {
  file_fixture directory;
  directory.add_person(1, "anna");
  directory.add_person(2, "berta");
  tamper(directory.path(), "UPDATE users SET bot_id = 'X1' WHERE name = 'anna'");
  auto found = directory->user_by_name(team_id(1), "anna");
  REQUIRE_FALSE(found);
  CHECK(found.code() == errc::corrupt_record);
  CHECK(found.error().detail.find("not an id: X1") != std::string::npos);
  CHECK(*directory->user_by_name(team_id(1), "berta"));
}

TEST_CASE("faults: its files are readable for their owner only") {
  file_fixture directory;
  directory.add_person(1, "anna");
  for (const char* suffix : {"", "-wal", "-shm"}) {
    auto mode = std::filesystem::status(directory.path() + suffix).permissions();
    CHECK(mode == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  }
}

TEST_CASE("faults: a folder that is not there is storage_unavailable") {
  CHECK(code_of_opening("/nonexistent/directory.db") == errc::storage_unavailable);
}

TEST_CASE("faults: a path that SOCI cannot take is refused") {
  file_fixture directory;
  CHECK(code_of_opening(directory.path() + "a\"b.db") == errc::invalid_config);
}

TEST_CASE("faults: a full disk refuses the change and loses nothing; with room again it goes on") {
  file_fixture directory;
  directory.add_person(1, "anna");
  directory.reopen();  // the write-ahead log starts anew
  auto row = directory_fixture::person(2, "berta");
  row.profile = std::string(1'000'000, 'x');
  {
    small_disk full(200'000);
    auto refused = directory->add_user(row, "");
    REQUIRE_FALSE(refused);
    CHECK(refused.code() == errc::storage_unavailable);
    CHECK((*directory->user_by_id(user_id(1)))->name == "anna");
    CHECK_FALSE(*directory->user_by_id(user_id(2)));
  }
  CHECK(directory->add_user(row, ""));
  directory.reopen();
  CHECK(*directory->count_users(team_id(1)) == 2);
}

TEST_CASE("faults: a refused change says what, never with the values in it") {
  file_fixture directory;
  directory.add_person(1, "anna");
  auto refused = directory->add_user(directory_fixture::person(2, "anna"), "$argon2id$secret");
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::email_taken);
  CHECK(refused.error().detail.empty());
}

TEST_CASE("faults: another connection reads what is committed while this one goes on writing") {
  file_fixture directory;
  auto reader = directory::open(directory.path(), directory_fixture::founding());
  REQUIRE(reader);
  directory.add_person(1, "anna");
  CHECK(*(*reader)->user_by_id(user_id(1)));
  directory.add_person(2, "berta");
  CHECK(*(*reader)->count_users(team_id(1)) == 2);
}
