// A directory in a folder of its own, and rows to put into it.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include <doctest/doctest.h>

#include "storage/directory.hpp"

namespace carillon::test {

inline constexpr timestamp day_one = 1'700'000'000'000'000;

inline entity_id team_id(std::uint64_t n) {
  return {id_kind::team, n};
}
inline entity_id user_id(std::uint64_t n) {
  return {id_kind::user, n};
}
inline entity_id bot_id(std::uint64_t n) {
  return {id_kind::bot, n};
}
inline entity_id channel_id(std::uint64_t n) {
  return {id_kind::channel, n};
}

// Team 1 with general channel 1 is the default team.
class directory_fixture {
public:
  directory_fixture() {
    folder_ = (std::filesystem::temp_directory_path() / "carillon-XXXXXX").string();
    REQUIRE(mkdtemp(folder_.data()) != nullptr);
    reopen();
  }
  ~directory_fixture() {
    open_.reset();
    std::filesystem::remove_all(folder_);
  }
  directory_fixture(const directory_fixture&) = delete;
  directory_fixture& operator=(const directory_fixture&) = delete;

  static storage::directory::founding founding() {
    return {.default_team = "Home",
            .default_team_id = team_id(1),
            .general_id = channel_id(1),
            .now = day_one};
  }
  // A space in the path, because SOCI parses its connection text.
  std::string path() const { return folder_ + "/the directory.db"; }
  void close() { open_.reset(); }
  void reopen() {
    open_.reset();
    auto opened = storage::directory::open(path(), founding());
    REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().describe()));
    open_ = std::move(*opened);
  }
  storage::directory* operator->() { return open_.get(); }

  static storage::user_row person(std::uint64_t n, const std::string& name) {
    storage::user_row row;
    row.id = user_id(n);
    row.team = team_id(1);
    row.name = name;
    row.email = name + "@example.com";
    row.created = 1'700'000'000;
    return row;
  }
  static storage::channel_row channel(std::uint64_t n, const std::string& name,
                                      timestamp updated = day_one) {
    storage::channel_row row;
    row.id = channel_id(n);
    row.team = team_id(1);
    row.name = name;
    row.creator = user_id(1);
    row.created = 1'700'000'000;
    row.updated = updated;
    return row;
  }
  void add_person(std::uint64_t n, const std::string& name) {
    REQUIRE(open_->add_user(person(n, name), "hash"));
  }

private:
  std::string folder_;
  std::unique_ptr<storage::directory> open_;
};

}  // namespace carillon::test
