// A directory in an SQLite file by itself, whose file a test may reach for.
#pragma once

#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/directory_homes/folder.hpp"

namespace carillon::test {

class file_home final : public directory_home {
public:
  // A space in the path, because SOCI parses its connection text.
  std::string path() const { return folder_.file("the directory.db"); }
  std::unique_ptr<storage::directory> open(const storage::directory::founding& first) override {
    auto opened = storage::directory::open(path(), first);
    REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().describe()));
    return std::move(*opened);
  }

private:
  test_folder folder_;
};

class file_fixture {
public:
  file_fixture() { reopen(); }
  std::string path() const { return home_.path(); }
  void close() { open_.reset(); }
  void reopen() {
    close();
    open_ = home_.open(directory_fixture::founding());
  }
  storage::directory* operator->() { return open_.get(); }
  void add_person(std::uint64_t n, const std::string& name) {
    REQUIRE(open_->add_user(directory_fixture::person(n, name), "hash"));
  }

private:
  file_home home_;
  std::unique_ptr<storage::directory> open_;
};

}  // namespace carillon::test
