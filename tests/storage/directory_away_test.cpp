// A server that restarts, hangs or is gone while hosts use it: nobody sees more of it than must be.
#include <atomic>
#include <thread>

#include "storage/directory_served.hpp"
#include "tests/storage/directory_homes/postgres_home.hpp"

using namespace carillon;
using namespace carillon::storage;
using namespace carillon::test;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::seconds patience{20};

// One host's: the connections to a new schema, where team 1 has anna.
struct a_host {
  a_host() {
    auto founder = directory::open_postgres(server.connection, {});
    REQUIRE_MESSAGE(founder, (founder ? std::string() : founder.error().describe()));
    REQUIRE((*founder)->found(directory_fixture::founding()));
    REQUIRE((*founder)->add_user(directory_fixture::person(1, "anna"), ""));
  }
  std::unique_ptr<directory> open() { return open_served(server, {}); }

  const std::string schema = new_schema();
  const served_by server{schema, std::make_shared<server_presence>(schema),
                         std::make_shared<token_memory>()};
};

token_row token_of(std::uint64_t user, char byte) {
  token_row row;
  row.hash = std::string(32, byte);
  row.user = user_id(user);
  row.team = team_id(1);
  row.scopes.assign(1, '*');
  return row;
}

bool knows_anna(const directory& one) {
  auto found = one.user_by_id(user_id(1));
  INFO((found ? std::string() : found.error().describe()));
  return found && *found && (*found)->name == "anna";
}

template <class Condition>
bool soon(Condition condition) {
  const tick_time deadline = steady_now() + patience;
  while (!condition() && steady_now() < deadline)
    std::this_thread::yield();
  return condition();
}

}  // namespace

TEST_CASE("postgres away: the first call after a restart is answered, whatever it is") {
  a_host host;
  auto looks = host.open(), adds = host.open(), reserves = host.open(), revokes = host.open();
  REQUIRE(adds->add_token(token_of(1, 'a')));
  for (auto* each : {&looks, &adds, &reserves, &revokes})
    REQUIRE(knows_anna(**each));
  the_server().stop();
  the_server().start();
  CHECK(knows_anna(*looks));
  auto added = adds->add_user(directory_fixture::person(2, "berta"), "");
  CHECK_MESSAGE(added, (added ? std::string() : added.error().describe()));
  CHECK(reserves->reserve_channel_name(directory_fixture::channel(5, "x"), day_one, 0));
  CHECK(revokes->revoke_token(std::string(32, 'a')));
  CHECK(*looks->count_users(team_id(1)) == 2);
}

TEST_CASE("postgres away: a look-up whose connection ends in the middle is done once more") {
  a_host host;
  auto directory = host.open();
  REQUIRE(knows_anna(*directory));
  const std::string schema = host.schema.substr(host.schema.rfind('=') + 1);
  std::atomic<bool> ended{false};
  std::thread administrator([&] {
    the_server().run("DO $$ BEGIN LOCK TABLE " + schema +
                     ".users; FOR i IN 1..2000 LOOP PERFORM pg_sleep(0.005);"
                     " IF (SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE NOT granted"
                     " AND relation = '" + schema + ".users'::regclass) > 0 THEN EXIT; END IF;"
                     " END LOOP; END $$");
    ended = true;
  });
  while (!ended)
    if (!knows_anna(*directory)) {
      FAIL_CHECK("somebody saw that the connection had ended");
      break;
    }
  administrator.join();
}

TEST_CASE("postgres away: one caller finds out that the server hangs, the others do not wait") {
  a_host host;
  auto one = host.open(), other = host.open();
  REQUIRE(knows_anna(*one));
  REQUIRE(knows_anna(*other));
  the_server().freeze();
  const tick_time frozen = steady_now();
  CHECK(one->user_by_id(user_id(1)).code() == errc::storage_unavailable);
  CHECK(steady_now() - frozen < 3s);
  const tick_time known = steady_now();
  for (int i = 0; i < 100; ++i) {
    CHECK(one->user_by_id(user_id(1)).code() == errc::storage_unavailable);
    CHECK(other->user_by_id(user_id(1)).code() == errc::storage_unavailable);
  }
  CHECK(steady_now() - known < 1s);
  the_server().thaw();
  CHECK(soon([&] { return one->user_by_id(user_id(1)).has_value(); }));
  CHECK(knows_anna(*one));
  CHECK(knows_anna(*other));
}

TEST_CASE("postgres away: tokens that were seen lately stand for the same people meanwhile") {
  a_host host;
  auto one = host.open(), other = host.open();
  for (char each : {'a', 'b', 'c'})
    REQUIRE(one->add_token(token_of(1, each)));
  REQUIRE(*one->find_token(std::string(32, 'a')));
  REQUIRE(*one->find_token(std::string(32, 'b')));
  REQUIRE(one->revoke_token(std::string(32, 'b')));
  the_server().stop();
  auto known = other->find_token(std::string(32, 'a'));
  REQUIRE(known);
  REQUIRE(*known);
  CHECK((*known)->user.name == "anna");
  CHECK(other->find_token(std::string(32, 'b')).code() == errc::storage_unavailable);
  CHECK(other->find_token(std::string(32, 'c')).code() == errc::storage_unavailable);
  host.server.tokens->forget_all();
  CHECK(other->find_token(std::string(32, 'a')).code() == errc::storage_unavailable);
  the_server().start();
  CHECK(*other->find_token(std::string(32, 'a')));
  CHECK_FALSE(*other->find_token(std::string(32, 'b')));
}

TEST_CASE("postgres away: a host may be there before its server is") {
  the_server().stop();
  auto early = open_served({the_server().connection(),
                            std::make_shared<server_presence>(the_server().connection()),
                            std::make_shared<token_memory>()}, {});
  CHECK(early->teams().code() == errc::storage_unavailable);
  the_server().start();
  CHECK(early->teams().code() != errc::storage_unavailable);  // no table, for nobody made one
}
