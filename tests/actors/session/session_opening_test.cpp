// A session that opens, with its neighbours played by short scripts: whom it asks whose it is. Who comes
// back with thousands of others must not cost a look-up each, and a revoked token must not pass.
#include <memory>
#include <string>
#include <vector>

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/protocols.hpp"
#include "actors/session/session_actor.hpp"

namespace carillon::test {
namespace {

constexpr edge::connection_id here = 7;
const entity_id alice{id_kind::user, 1};
const entity_id team{id_kind::team, 1};
const std::string token = "hash";

struct closing_outbox final : edge::outbox {
  std::vector<std::uint16_t> closed;

  void send(edge::connection_id, edge::frame_ptr, edge::send_class) override {}
  void subscribe(edge::connection_id, edge::topic_id) override {}
  void unsubscribe(edge::connection_id, edge::topic_id) override {}
  void publish(edge::topic_id, edge::frame_ptr, edge::send_class, edge::connection_id) override {}
  void close(edge::connection_id, std::uint16_t code, std::string_view) override {
    closed.push_back(code);
  }
};

// The directory and the hub count who comes, and never answer.
class opening_house {
public:
  opening_house() {
    host.outbox = &outbox;
    host.directory = system_->spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](directory_read_job&) {
        ++looked_up;
        return self->make_response_promise();
      }};
    });
    host.hub = system_->spawn([this](caf::event_based_actor* self) -> caf::behavior {
      return {[this, self](const session_expected&) {
        ++at_hub;
        return self->make_response_promise();
      }};
    });
    row.user.id = alice;
    row.user.team = team;
    row.token.hash = token;
  }
  ~opening_house() {
    for (auto& actor : {session_, host.directory, host.hub})
      if (actor)
        caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
  }

  void spawn() {
    storage::ticket ticket;
    ticket.user = alice;
    ticket.team = team;
    ticket.token_hash = token;
    session_ = spawn_session(*system_, host, here, ticket, [this](const std::string& hash) {
      return remembers && hash == token ? std::make_shared<const storage::principal>(row) : nullptr;
    });
    run();
  }
  void begin() {
    begin_session(session_);
    run();
  }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }

  host_services host;
  closing_outbox outbox;
  storage::principal row;
  bool remembers = true;
  int looked_up = 0;
  int at_hub = 0;

private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }

  struct test_config : caf::actor_system_config {
    test_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  test_config config_;
  std::unique_ptr<caf::actor_system> system_ = std::make_unique<caf::actor_system>(config_);
  caf::actor session_;
};

}  // namespace

TEST_CASE("session: whose token the host remembers is let in without asking the directory") {
  opening_house house;
  house.spawn();
  house.begin();
  CHECK(house.looked_up == 0);
  CHECK(house.at_hub == 1);
}

TEST_CASE("session: a token that the host does not remember is looked up in the directory") {
  opening_house house;
  house.remembers = false;
  house.spawn();
  house.begin();
  CHECK(house.looked_up == 1);
  CHECK(house.at_hub == 0);
}

TEST_CASE("session: a token that is revoked before the session is registered is not remembered to it") {
  opening_house house;
  house.spawn();
  house.remembers = false;
  house.begin();
  CHECK(house.looked_up == 1);
  CHECK(house.at_hub == 0);
}

TEST_CASE("session: a user who is remembered as disabled is signed out") {
  opening_house house;
  house.row.user.disabled = true;
  house.spawn();
  house.begin();
  CHECK(house.outbox.closed == std::vector<std::uint16_t>{edge::close_code::signed_out});
  CHECK(house.at_hub == 0);
}

}  // namespace carillon::test
