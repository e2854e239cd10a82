// What a session says of its device and to presence, with its neighbours played by short scripts.
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/ask.hpp"
#include "actors/session/session_actor.hpp"
#include "actors/session/session_registry.hpp"
#include "runtime/edge/frame.hpp"

namespace carillon::test {
namespace {

constexpr edge::connection_id here = 7;
const entity_id alice{id_kind::user, 1};
const entity_id bob{id_kind::user, 2};
const entity_id team{id_kind::team, 1};

struct noting_outbox final : edge::outbox {
  std::vector<std::string> sent;
  void send(edge::connection_id, edge::frame_ptr what, edge::send_class) override {
    sent.emplace_back(what->payload());
  }
  void subscribe(edge::connection_id, edge::topic_id) override {}
  void unsubscribe(edge::connection_id, edge::topic_id) override {}
  void publish(edge::topic_id, edge::frame_ptr, edge::send_class, edge::connection_id) override {}
  void close(edge::connection_id, std::uint16_t, std::string_view) override {}
};

// A session of alice, who has a friend, live.
struct live_house {
  explicit live_house(std::uint32_t activity_interval_ms) {
    host.outbox = &outbox;
    host.config.presence.activity_interval_ms = activity_interval_ms;
    host.hub = system_->spawn([](caf::event_based_actor*) -> caf::behavior {
      return {[](const session_expected&) { return caf::unit; },
              [](const session_opened&) { return caf::unit; }, [](const session_closed&) {}};
    });
    host.presence = system_->spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const presence_opened& what) { opened.push_back(what); },
              [this](const presence_closed& what) { closed.push_back(what.connection); }};
    });
    host.slots = {system_->spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](const user_request_box& request) {
        asked.push_back(*request);
        wire::user_reply reply;
        if (request->list_channels().with_friends())
          reply.add_friends(bob.text());
        return user_reply_box(std::move(reply));
      }};
    })};
    storage::ticket ticket;
    ticket.user = alice;
    ticket.team = team;
    session = spawn_session(*system_, host, here, ticket, [](const std::string&) {
      auto row = std::make_shared<storage::principal>();
      row->user.id = alice;
      row->user.team = team;
      return row;
    });
    begin_session(session);
    run();
  }
  ~live_house() {
    for (auto& actor : {session, host.hub, host.presence, host.slots[0]})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
  }

  void say(std::string frame) {
    session_frame said;
    said.payload = std::move(frame);
    caf::anon_send(session, std::move(said));
    run();
  }
  std::size_t activities() const {
    return static_cast<std::size_t>(std::count_if(
        asked.begin(), asked.end(), [](const auto& each) { return each.has_device_activity(); }));
  }
  void advance(std::chrono::milliseconds time) {
    scheduler().advance_time(time);
    run();
  }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }

  host_services host;
  noting_outbox outbox;
  std::vector<presence_opened> opened;
  std::vector<edge::connection_id> closed;
  std::vector<wire::user_request> asked;
  caf::actor session;

private:
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }
  struct test_config : caf::actor_system_config {
    test_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  test_config config_;
  std::unique_ptr<caf::actor_system> system_ = std::make_unique<caf::actor_system>(config_);
};

}  // namespace

TEST_CASE("session: presence hears of it with the user's friends when it is live, and when it is gone") {
  live_house house(30'000);
  REQUIRE(house.opened.size() == 1);
  CHECK(house.opened[0].connection == here);
  CHECK(house.opened[0].user == alice);
  CHECK(house.opened[0].friends == std::vector{bob});
  caf::anon_send(house.session, session_gone{});
  house.run();
  CHECK(house.closed == std::vector{here});
}

TEST_CASE("session: pings and queries are no use of the device; typing and saying so are") {
  live_house house(0);
  house.say(R"({"id":1,"type":"ping"})");
  CHECK(house.activities() == 0);
  house.say(R"({"type":"typing","channel":"C000000000001"})");
  CHECK(house.activities() == 1);
  house.say(R"({"id":5,"type":"carillon.active"})");
  CHECK(house.activities() == 2);
  CHECK(house.outbox.sent.back() == R"({"ok":true,"reply_to":5})");
  house.say(R"({"type":"carillon.active"})");
  CHECK(house.activities() == 3);
  CHECK(house.outbox.sent.back() == R"({"ok":true,"reply_to":5})");  // who gave no id gets no answer
}

TEST_CASE("session: however many frames come, the slot hears one word in each interval") {
  live_house house(30'000);
  for (int i = 0; i < 50; ++i)
    house.say(R"({"type":"carillon.active"})");
  CHECK(house.activities() == 0);  // signing in was told, and is a use as well
  house.advance(std::chrono::milliseconds(30'000));
  CHECK(house.activities() == 1);
  house.advance(std::chrono::milliseconds(90'000));
  CHECK(house.activities() == 1);
}

}  // namespace carillon::test
