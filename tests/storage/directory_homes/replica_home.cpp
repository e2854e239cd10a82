// A directory that is changed by commands. Each is committed twice, as if its asker had tried
// again, and applied by two hosts: the second one's rows are compared with the first one's at every
// close.
#include <fstream>
#include <iterator>

#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/directory_homes/command_log.hpp"
#include "tests/storage/directory_homes/folder.hpp"

namespace carillon::test {
namespace {

std::string bytes_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// A copy has no free pages, so equal rows in equal order are equal bytes but for SQLite's counters,
// which stand in the first page.
std::string rows_of(host_directory& host, const std::string& copy) {
  std::filesystem::remove(copy);
  status copied = errc::timed_out;
  REQUIRE(host.applier->run(
      [&](storage::directory_replica& replica) { copied = replica.copy_to(copy); },
      steady_now() + std::chrono::seconds(30)));
  REQUIRE(copied);
  return bytes_of(copy).substr(4'096);
}

class replica_home final : public directory_home {
public:
  ~replica_home() override { stop(); }

  std::unique_ptr<storage::directory> open(const storage::directory::founding& first) override {
    stop();
    log_.copies = 2;
    asked_ = std::make_unique<host_directory>(folder_.file("asked.db"));
    other_ = std::make_unique<host_directory>(folder_.file("other.db"));
    log_.join(*asked_);
    log_.join(*other_);
    auto opened = log_.open_on(*asked_);
    REQUIRE(opened->found(first));
    return opened;
  }

private:
  void stop() {
    if (!asked_)
      return;
    CHECK(rows_of(*asked_, folder_.file("a")) == rows_of(*other_, folder_.file("b")));
    log_.leave(*asked_);
    log_.leave(*other_);
    asked_.reset();
    other_.reset();
  }

  test_folder folder_;
  command_log log_;
  std::unique_ptr<host_directory> asked_;
  std::unique_ptr<host_directory> other_;
};

}  // namespace

std::unique_ptr<directory_home> make_directory_home() {
  return std::make_unique<replica_home>();
}

}  // namespace carillon::test
