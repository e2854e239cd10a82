// What only a server does: several hosts on one database, and a server that stops and comes back.
// The suite of directory_test.cpp runs over it too (directory_homes/postgres_home.cpp).
#include <atomic>
#include <thread>

#include "tests/storage/directory_homes/postgres_home.hpp"

using namespace carillon;
using namespace carillon::storage;
using namespace carillon::test;

namespace {

std::unique_ptr<directory> open_on(const std::string& connection, directory_events events = {}) {
  auto opened = directory::open_postgres(connection, std::move(events));
  REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().describe()));
  return std::move(*opened);
}

}  // namespace

TEST_CASE("postgres: hosts that start at the same time make the tables and found the team once") {
  const std::string connection = new_schema();
  std::vector<std::thread> hosts;
  std::atomic<int> good{0};
  for (std::uint64_t n = 1; n <= 6; ++n)
    hosts.emplace_back([&, n] {
      auto opened = directory::open_postgres(connection, {});
      auto first = directory_fixture::founding();
      first.default_team_id = team_id(n);
      first.secret_key = "key " + std::to_string(n);
      if (opened && (*opened)->found(first))
        ++good;
    });
  for (std::thread& each : hosts)
    each.join();
  CHECK(good == 6);
  auto directory = open_on(connection);
  CHECK(directory->teams()->size() == 1);
  CHECK(*directory->setting("secret_key") ==
        "key " + std::to_string(directory->default_team()->id.number));
}

TEST_CASE("postgres: of hosts that reserve one name at the same time, one gets it") {
  const std::string connection = new_schema();
  REQUIRE(open_on(connection)->found(directory_fixture::founding()));
  std::vector<std::thread> hosts;
  std::atomic<int> got{0}, taken{0};
  for (std::uint64_t n = 2; n <= 7; ++n)
    hosts.emplace_back([&, n] {
      auto opened = directory::open_postgres(connection, {});
      if (!opened)
        return;
      for (int name = 0; name < 10; ++name) {
        auto row = directory_fixture::channel(n * 100 + static_cast<std::uint64_t>(name),
                                              "name" + std::to_string(name));
        auto reserved = (*opened)->reserve_channel_name(row, day_one, day_one - 1);
        if (reserved)
          ++got;
        else if (reserved.code() == errc::name_taken)
          ++taken;
      }
    });
  for (std::thread& each : hosts)
    each.join();
  CHECK(got == 10);
  CHECK(taken == 50);
}

TEST_CASE("postgres: what one host changes, the others see, and are told what ends sessions") {
  const std::string connection = new_schema();
  std::vector<directory_event> told;
  auto a = open_on(connection, [&](const directory_event& event) { told.push_back(event); });
  auto b = open_on(connection);
  REQUIRE(a->found(directory_fixture::founding()));
  REQUIRE(a->add_user(directory_fixture::person(1, "anna"), ""));
  CHECK((*b->user_by_name(team_id(1), "anna"))->id == user_id(1));
  CHECK(b->add_user(directory_fixture::person(2, "anna"), "").code() == errc::name_taken);
  CHECK(a->revoke_token(std::string(32, 'x')).code() == errc::not_found);
  CHECK(told.empty());
  REQUIRE(a->set_disabled(user_id(1), true, 1));
  REQUIRE(told.size() == 1);
  CHECK(told[0].what == directory_event::kind::user_shut_out);
  CHECK((*b->user_by_id(user_id(1)))->disabled);
}

TEST_CASE("postgres: while the server is down every call says so, when it is back all goes on") {
  const std::string connection = new_schema();
  auto directory = open_on(connection);
  REQUIRE(directory->found(directory_fixture::founding()));
  REQUIRE(directory->add_user(directory_fixture::person(1, "anna"), ""));
  the_server().stop();
  for (int i = 0; i < 3; ++i) {
    auto refused = directory->user_by_id(user_id(1));
    REQUIRE_FALSE(refused);
    CHECK_MESSAGE(refused.code() == errc::storage_unavailable, refused.error().describe());
  }
  auto refused = directory->add_user(directory_fixture::person(2, "berta"), "");
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::storage_unavailable);
  CHECK(directory->reserve_channel_name(directory_fixture::channel(5, "x"), day_one, 0).code() ==
        errc::storage_unavailable);
  auto opened = directory::open_postgres(connection, {});
  REQUIRE_FALSE(opened);
  CHECK(opened.code() == errc::storage_unavailable);
  the_server().start();
  CHECK((*directory->user_by_id(user_id(1)))->name == "anna");
  CHECK(directory->add_user(directory_fixture::person(2, "berta"), ""));
  CHECK(directory->reserve_channel_name(directory_fixture::channel(5, "x"), day_one, 0));
  CHECK(*directory->count_users(team_id(1)) == 2);
}

TEST_CASE(
    "postgres: a refusal in the middle of a change leaves nothing, and the connection usable") {
  auto directory = open_on(new_schema());
  REQUIRE(directory->found(directory_fixture::founding()));
  REQUIRE(directory->add_user(directory_fixture::person(1, "anna"), ""));
  for (int i = 0; i < 20; ++i) {
    team_row again = {.id = team_id(9), .name = "HOME", .domain = {}, .created = 0, .general = {}};
    CHECK(directory->add_team(again).code() == errc::name_taken);
    CHECK(directory->add_user(directory_fixture::person(2, "anna"), "").code() == errc::name_taken);
  }
  CHECK(directory->teams()->size() == 1);
  CHECK(*directory->count_users(team_id(1)) == 1);
}

TEST_CASE("postgres: a refusal says what, never with the values in it nor the way to the server") {
  const std::string connection = new_schema();
  auto directory = open_on(connection);
  REQUIRE(directory->found(directory_fixture::founding()));
  REQUIRE(directory->add_user(directory_fixture::person(1, "anna"), "$argon2id$secret"));
  auto twice = directory_fixture::person(2, "berta");
  twice.email = "anna@example.com";
  auto refused = directory->add_user(twice, "$argon2id$secret");
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::email_taken);
  CHECK(refused.error().detail.empty());  // no words of the SQL, which hold values
  auto stranger = directory::open_postgres(connection + " dbname=nowhere password=hidden", {});
  REQUIRE_FALSE(stranger);
  CHECK(stranger.code() == errc::storage_unavailable);
  CHECK(stranger.error().detail.find("hidden") == std::string::npos);
}
