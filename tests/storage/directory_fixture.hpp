// A directory of its own for a test, and rows to put into it. The same tests run against each shape
// of a directory: what a program of tests is linked with (directory_homes/) says where it lives.
#pragma once

#include <cstdint>
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

// Where a directory lives for the time of one test: an SQLite file, a replica's file with the log
// of commands in front of it, a schema of a PostgreSQL server.
class directory_home {
public:
  virtual ~directory_home() = default;
  // What was stored before is there again. REQUIRES: the last one that was opened is gone.
  virtual std::unique_ptr<storage::directory> open(const storage::directory::founding& first) = 0;
};
std::unique_ptr<directory_home> make_directory_home();

// Team 1 with general channel 1 is the default team.
class directory_fixture {
public:
  directory_fixture() { reopen(); }
  directory_fixture(const directory_fixture&) = delete;
  directory_fixture& operator=(const directory_fixture&) = delete;

  static storage::directory::founding founding() {
    return {.default_team = "Home",
            .default_team_id = team_id(1),
            .general_id = channel_id(1),
            .now = day_one};
  }
  void close() { open_.reset(); }
  void reopen() { reopen(founding()); }
  void reopen(const storage::directory::founding& first) {
    open_.reset();
    open_ = home_->open(first);
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
  static storage::token_row token(const std::string& hash, std::uint64_t user) {
    storage::token_row row;
    row.hash = hash;
    row.user = user_id(user);
    row.team = team_id(1);
    return row;
  }
  void add_person(std::uint64_t n, const std::string& name) {
    REQUIRE(open_->add_user(person(n, name), "hash"));
  }

private:
  std::unique_ptr<directory_home> home_ = make_directory_home();
  std::unique_ptr<storage::directory> open_;
};

}  // namespace carillon::test
