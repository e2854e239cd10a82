// The directory as the meta group's state machine: commands are applied once and in order, outcomes
// reach those who wait, hosts agree, and what the disk refuses is not lost. The suite of
// directory_test.cpp runs over such a replica too (directory_homes/replica_home.cpp).
#include <csignal>
#include <mutex>

#include <sys/resource.h>

#include "runtime/wire/directory.pb.h"
#include "storage/directory_command.hpp"
#include "tests/storage/directory_fixture.hpp"
#include "tests/storage/directory_homes/command_log.hpp"
#include "tests/storage/directory_homes/folder.hpp"

using namespace carillon;
using namespace carillon::storage;
using namespace carillon::test;

namespace {

std::string request(char c) {
  return std::string(16, c);
}

wire::directory_command founding_command() {
  wire::directory_command command;
  command.set_request_id(request('f'));
  command.set_now(day_one);
  *command.mutable_found() = to_wire(directory_fixture::founding());
  return command;
}

// With an e-mail address that nobody else has.
user_row somebody(std::uint64_t n, const std::string& name) {
  user_row row = directory_fixture::person(n, name);
  row.email = std::to_string(n) + "@example.com";
  return row;
}

wire::directory_command add_person(char id, std::uint64_t n, const std::string& name) {
  wire::directory_command command;
  command.set_request_id(request(id));
  command.set_now(day_one);
  *command.mutable_add_user() = to_wire(somebody(n, name), "hash");
  return command;
}

committed_command at(std::uint64_t index, const wire::directory_command& command) {
  return {index, command.SerializeAsString()};
}

std::unique_ptr<directory_replica> open_replica(const std::string& path) {
  auto opened = directory_replica::open(path);
  REQUIRE_MESSAGE(opened, (opened ? std::string() : opened.error().describe()));
  return std::move(*opened);
}

std::unique_ptr<directory> reader_of(const std::string& path) {
  auto opened = open_reader(path);
  REQUIRE(opened);
  return std::move(*opened);
}

// Collects events from any thread.
struct event_list {
  directory_events hook() {
    return [this](const directory_event& event) {
      std::lock_guard hold(lock);
      all.push_back(event);
    };
  }
  std::mutex lock;
  std::vector<directory_event> all;
};

// A disk that is full for the time of its life.
struct full_disk {
  full_disk() {
    getrlimit(RLIMIT_FSIZE, &before);
    handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit now{0, before.rlim_max};
    REQUIRE(setrlimit(RLIMIT_FSIZE, &now) == 0);
  }
  ~full_disk() {
    setrlimit(RLIMIT_FSIZE, &before);
    std::signal(SIGXFSZ, handler);
  }
  rlimit before{};
  void (*handler)(int) = SIG_DFL;
};

template <class Condition>
bool soon(Condition condition) {
  const tick_time deadline = steady_now() + std::chrono::seconds(30);
  while (!condition() && steady_now() < deadline)
    std::this_thread::yield();
  return condition();
}

}  // namespace

TEST_CASE("replica: a new file has no team, and knows how far it is, also after a restart") {
  test_folder folder;
  auto replica = open_replica(folder.file("d"));
  CHECK(*replica->applied_index() == 0);
  CHECK(reader_of(folder.file("d"))->teams()->empty());
  auto done = replica->apply({at(5, founding_command()), at(9, add_person('a', 1, "anna"))});
  REQUIRE(done);
  REQUIRE(done->size() == 2);
  CHECK(done->back().request_id == request('a'));
  CHECK(done->back().outcome.errc() == 0);
  replica.reset();
  replica = open_replica(folder.file("d"));
  CHECK(*replica->applied_index() == 9);
  CHECK(*reader_of(folder.file("d"))->user_by_id(user_id(1)));
}

TEST_CASE(
    "replica: what it has is skipped: a log that is read again from its start changes nothing") {
  test_folder folder;
  auto replica = open_replica(folder.file("d"));
  REQUIRE(replica->apply({at(5, founding_command()), at(9, add_person('a', 1, "anna"))}));
  auto again = replica->apply({at(5, founding_command()), at(9, add_person('a', 1, "anna")),
                               at(10, add_person('b', 2, "berta"))});
  REQUIRE(again);
  CHECK(again->size() == 1);
  CHECK(*reader_of(folder.file("d"))->count_users(team_id(1)) == 2);
  CHECK(*replica->applied_index() == 10);
}

TEST_CASE("replica: a command that was committed twice has the outcome of its first time, once") {
  test_folder folder;
  auto replica = open_replica(folder.file("d"));
  REQUIRE(replica->apply({at(1, founding_command()), at(2, add_person('a', 1, "anna"))}));
  auto refused = replica->apply({at(3, add_person('b', 2, "anna"))});
  REQUIRE(refused);
  auto twice = replica->apply({at(4, add_person('a', 1, "anna")), at(5, add_person('b', 2, "anna")),
                               at(6, add_person('c', 2, "anna"))});
  REQUIRE(twice);
  REQUIRE(twice->size() == 3);
  CHECK((*twice)[0].outcome.errc() == 0);
  CHECK(from_outcome((*twice)[1].outcome).code() == errc::name_taken);
  CHECK((*twice)[1].outcome.detail() == refused->front().outcome.detail());
  CHECK(from_outcome((*twice)[2].outcome).code() == errc::name_taken);
  CHECK(*reader_of(folder.file("d"))->count_users(team_id(1)) == 1);
}

TEST_CASE("replica: as many requests are remembered as it says, and not one more") {
  test_folder folder;
  auto replica = open_replica(folder.file("d"));
  REQUIRE(replica->apply({at(1, founding_command()), at(10, add_person('a', 1, "anna"))}));
  // The last index at which the first time is remembered, and the first at which it is not: then
  // the same command is a new one, and meets the user that it made.
  auto kept =
      replica->apply({at(9 + directory_replica::requests_kept, add_person('b', 2, "berta")),
                      at(10 + directory_replica::requests_kept, add_person('a', 1, "anna"))});
  REQUIRE(kept);
  CHECK(kept->back().outcome.errc() == 0);
  auto forgotten =
      replica->apply({at(11 + directory_replica::requests_kept, add_person('c', 3, "carla")),
                      at(12 + directory_replica::requests_kept, add_person('a', 1, "anna"))});
  REQUIRE(forgotten);
  CHECK(forgotten->back().outcome.errc() != 0);
}

TEST_CASE("replica: a refused command leaves nothing, those around it in the transaction stay") {
  test_folder folder;
  auto replica = open_replica(folder.file("d"));
  wire::directory_command nonsense;
  nonsense.set_request_id(request('n'));
  auto done = replica->apply({at(1, founding_command()),
                              at(2, add_person('a', 1, "anna")),
                              at(3, add_person('b', 2, "ANNA")),
                              {4, "\xff not a command"},
                              at(5, nonsense),
                              {6, ""},
                              at(7, add_person('c', 3, "carla"))});
  REQUIRE(done);
  REQUIRE(done->size() == 6);  // the empty one only moves the index
  CHECK(from_outcome((*done)[2].outcome).code() == errc::name_taken);
  CHECK(from_outcome((*done)[3].outcome).code() == errc::internal_error);
  CHECK(from_outcome((*done)[4].outcome).code() == errc::internal_error);
  CHECK((*done)[5].outcome.errc() == 0);
  CHECK(*reader_of(folder.file("d"))->count_users(team_id(1)) == 2);
  auto moved = replica->apply({{20, ""}});
  REQUIRE(moved);
  CHECK(moved->empty());
  CHECK(*replica->applied_index() == 20);
}

TEST_CASE(
    "replica: a reader cannot change the tables, and sees each change as soon as it is told") {
  test_folder folder;
  host_directory host(folder.file("d"));
  command_log log;
  log.join(host);
  auto writer = log.open_on(host);
  auto reader = reader_of(folder.file("d"));
  REQUIRE(writer->found(directory_fixture::founding()));
  for (std::uint64_t n = 1; n <= 50; ++n) {
    REQUIRE(writer->add_user(directory_fixture::person(n, "u" + std::to_string(n)), ""));
    REQUIRE(*reader->count_users(team_id(1)) == n);
  }
  CHECK_FALSE(reader->add_user(directory_fixture::person(51, "no"), ""));
  CHECK(*reader->count_users(team_id(1)) == 50);
}

TEST_CASE("replica: an answer that was lost on the way is found again, and nothing happens twice") {
  test_folder folder;
  host_directory host(folder.file("d"));
  command_log log;
  log.join(host);
  log.refuse_then_commit = true;
  auto writer = log.open_on(host);
  REQUIRE(writer->found(directory_fixture::founding()));
  REQUIRE(writer->add_user(directory_fixture::person(1, "anna"), ""));
  CHECK(writer->add_user(somebody(2, "anna"), "").code() == errc::name_taken);
  CHECK(*writer->count_users(team_id(1)) == 1);
}

TEST_CASE("replica: without a majority a change ends with timed_out, and looking up goes on") {
  test_folder folder;
  host_directory host(folder.file("d"));
  command_log log;
  log.join(host);
  REQUIRE(log.open_on(host)->found(directory_fixture::founding()));
  auto alone = open_replicated(
      host.file, host.outcomes,
      [](const std::string&, tick_time) -> result<std::uint64_t> { return errc::not_owner; });
  REQUIRE(alone);
  (*alone)->allow_until(steady_now() + std::chrono::milliseconds(120));
  auto refused = (*alone)->add_user(directory_fixture::person(1, "anna"), "");
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::timed_out);
  CHECK((*alone)->default_team()->name == "Home");
  // Work that waited for its turn until its time was up does not begin.
  (*alone)->allow_until(steady_now());
  CHECK((*alone)->set_password(user_id(1), "x").code() == errc::timed_out);
}

TEST_CASE("replica: an overloaded meta group is not pressed further") {
  test_folder folder;
  host_directory host(folder.file("d"));
  int asked = 0;
  auto writer = open_replicated(host.file, host.outcomes,
                                [&](const std::string&, tick_time) -> result<std::uint64_t> {
                                  ++asked;
                                  return errc::overloaded;
                                });
  REQUIRE(writer);
  CHECK((*writer)->set_password(user_id(1), "x").code() == errc::overloaded);
  CHECK(asked == 1);
}

TEST_CASE("replica: a refusal after an attempt of unknown fate does not end the wait for it") {
  test_folder folder;
  host_directory host(folder.file("d"));
  command_log log;
  log.join(host);
  REQUIRE(log.open_on(host)->found(directory_fixture::founding()));
  int asked = 0;
  auto writer = open_replicated(
      host.file, host.outcomes,
      [&](const std::string& command, tick_time) -> result<std::uint64_t> {
        if (++asked == 1)
          return errc::timed_out;
        if (asked == 3)  // the first attempt arrives after all
          REQUIRE(log.commit(command));
        return errc::overloaded;
      });
  REQUIRE(writer);
  CHECK((*writer)->add_user(directory_fixture::person(1, "anna"), ""));
  CHECK(asked >= 3);
}

TEST_CASE("replica: every host hears what ends sessions, a repetition says nothing again") {
  test_folder folder;
  event_list here, there;
  host_directory a(folder.file("a"), here.hook()), b(folder.file("b"), there.hook());
  command_log log;
  log.join(a);
  log.join(b);
  log.copies = 2;
  auto directory = log.open_on(a);
  REQUIRE(directory->found(directory_fixture::founding()));
  REQUIRE(directory->add_user(directory_fixture::person(1, "anna"), ""));
  const std::string hash(32, '\xf0');
  REQUIRE(directory->add_token(directory_fixture::token(hash, 1)));
  CHECK(here.all.empty());
  REQUIRE(directory->revoke_token(hash));
  CHECK(directory->revoke_token(hash).code() == errc::not_found);
  REQUIRE(directory->set_disabled(user_id(1), true, 1));
  REQUIRE(directory->set_disabled(user_id(1), false, 2));
  a.settle();
  b.settle();
  for (auto* events : {&here.all, &there.all}) {
    REQUIRE(events->size() == 3);
    CHECK((*events)[0].what == directory_event::kind::token_revoked);
    CHECK((*events)[0].token_hash == hash);
    CHECK((*events)[1].what == directory_event::kind::user_shut_out);
    CHECK((*events)[1].user == user_id(1));
    CHECK((*events)[2].what == directory_event::kind::user_changed);
  }
}

TEST_CASE("replica: a full disk delays what is committed; with room again it is applied, once") {
  test_folder folder;
  host_directory host(folder.file("d"));
  command_log log;
  log.join(host);
  auto directory = log.open_on(host);
  REQUIRE(directory->found(directory_fixture::founding()));
  host.settle();
  const std::uint64_t before = host.applier->applied();
  {
    full_disk full;
    directory->allow_until(steady_now() + std::chrono::milliseconds(200));
    auto late = directory->add_user(directory_fixture::person(1, "anna"), "");
    REQUIRE_FALSE(late);
    CHECK(late.code() == errc::timed_out);
    CHECK(soon([&] { return !host.applier->health(); }));
    CHECK(host.applier->health().code() == errc::storage_unavailable);
    CHECK(directory->teams()->size() == 1);
    CHECK(host.applier->applied() == before);
  }
  CHECK(soon([&] { return host.applier->applied() > before; }));
  host.settle();
  CHECK(host.applier->health());
  CHECK(*directory->count_users(team_id(1)) == 1);
  CHECK(host.told == host.applier->applied());
}

TEST_CASE("replica: a file of the first version keeps its rows and follows the log from then on") {
  test_folder folder;
  {
    auto first = directory::open(folder.file("d"), directory_fixture::founding());
    REQUIRE(first);
    REQUIRE((*first)->add_user(directory_fixture::person(1, "anna"), "hash"));
  }
  host_directory host(folder.file("d"));
  command_log log;
  log.join(host);
  auto directory = log.open_on(host);
  auto other = directory_fixture::founding();
  other.default_team = "Other";
  other.secret_key = "key";
  REQUIRE(directory->found(other));
  CHECK(directory->default_team()->name == "Home");
  CHECK(*directory->setting("secret_key") == "key");
  CHECK(directory->add_user(somebody(2, "anna"), "").code() == errc::name_taken);
  CHECK(*directory->password_hash(user_id(1)) == "hash");
}

TEST_CASE("replica: whoever waits when the host stops is let go") {
  test_folder folder;
  auto host = std::make_unique<host_directory>(folder.file("d"));
  auto writer = open_replicated(
      host->file, host->outcomes, [&](const std::string&, tick_time) -> result<std::uint64_t> {
        host->applier->close();  // committed, and this host will not see it applied in this life
        return std::uint64_t{1};
      });
  REQUIRE(writer);
  (*writer)->allow_until(steady_now() + std::chrono::seconds(30));
  CHECK((*writer)->set_password(user_id(1), "x").code() == errc::timed_out);
}
