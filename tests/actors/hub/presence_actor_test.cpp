// Presence on a host among its neighbours: the slots' leaders here and elsewhere, sockets, sessions. The
// clock is the test's. Shown is who is asked about whom, that a change of leader is no change of
// presence, and that what a slow client has no room for reaches it later.
#include "actors/hub/presence_actor.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/ask.hpp"
#include "actors/slack_json.hpp"
#include "runtime/edge/frame.hpp"

namespace carillon::test {
namespace {

using ms = std::chrono::milliseconds;
using texts = std::vector<std::string>;

constexpr raft::member_id me = 1;
const entity_id ann{id_kind::user, 1};
const entity_id ben{id_kind::user, 2};
const entity_id eve{id_kind::user, 3};

// Sockets that take everything at once, or have no room, or hold it back.
struct told_outbox final : edge::outbox {
  enum class how { takes, drops, holds } now = how::takes;
  std::map<edge::connection_id, texts> sent;
  std::vector<std::pair<edge::connection_id, edge::frame_ptr>> held;

  void send(edge::connection_id to, edge::frame_ptr what, edge::send_class kind) override {
    CHECK(kind == edge::send_class::transient);
    if (now == how::drops)
      return;
    sent[to].emplace_back(what->payload());
    held.emplace_back(to, std::move(what));
    if (now == how::takes)
      take_all();
  }
  void take_all() {
    for (auto& [to, what] : std::exchange(held, {}))
      if (auto hook = what->claim_hook())
        hook(to);
  }
  void subscribe(edge::connection_id, edge::topic_id) override {}
  void unsubscribe(edge::connection_id, edge::topic_id) override {}
  void publish(edge::topic_id, edge::frame_ptr, edge::send_class, edge::connection_id) override {}
  void close(edge::connection_id, std::uint16_t, std::string_view) override {}
};

struct presence_house {
  presence_house() : where(me, 1) {
    host.self = me;
    host.where = &where;
    host.outbox = &outbox;
    host.metrics = &metrics;
    host.slots = {system_->spawn(play_slot, this)};
    host.link = system_->spawn(play_link, this);
    host.presence = spawn_presence(*system_, host);
    run();
  }
  ~presence_house() {
    for (auto& actor : {host.slots[0], host.link, host.presence})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
  }

  template <class Message>
  void tell(Message message) {
    caf::anon_send(host.presence, std::move(message));
    run();
  }
  // The slot's leader says so, and whenever it is asked.
  void change(const entity_id& user, wire::presence_kind to) {
    state[user] = to;
    tell(to == wire::PRESENCE_ACTIVE ? presence_news{{user}, {}} : presence_news{{}, {user}});
  }
  void wait(ms time) {
    for (; time > ms(0); time -= ms(10)) {
      scheduler().advance_time(ms(10));
      run();
    }
  }
  void window() { wait(ms(host.config.presence.window_ms + 20)); }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  texts heard(edge::connection_id who) {
    return std::exchange(outbox.sent[who], {});
  }

  told_outbox outbox;
  host_services host;
  host_metrics metrics;
  locator where;
  std::map<entity_id, wire::presence_kind> state;  // what any leader says
  std::vector<std::pair<raft::member_id, wire::announce_interest>> asked;
  raft::member_id refusing = 0;

private:
  wire::interest_answer answer(raft::member_id leader, const wire::announce_interest& wanted) {
    CHECK(wanted.of_presence());
    asked.emplace_back(leader, wanted);
    wire::interest_answer out;
    for (const auto& user : wanted.channels()) {
      auto& item = *out.add_items();
      item.set_channel_id(user.channel_id());
      item.set_presence(state[*entity_id::parse(user.channel_id())]);
    }
    return out;
  }
  static caf::behavior play_slot(caf::event_based_actor*, presence_house* house) {
    return {[house](const announce_interest_box& wanted) -> caf::result<interest_confirmed> {
      if (house->refusing == me)
        return caf::make_error(caf::sec::runtime_error, "not_owner");
      interest_confirmed out;
      const auto answer = house->answer(me, *wanted);
      for (const auto& item : answer.items()) {
        out.items.emplace_back();
        out.items.back().channel_id = item.channel_id();
        out.items.back().presence = item.presence();
      }
      return out;
    }};
  }
  static caf::behavior play_link(caf::event_based_actor*, presence_house* house) {
    return {[house](const ask_peer& question) {
      wire::peer_reply reply;
      if (house->refusing == question.to)
        set_error(reply, make_error(errc::not_owner));
      else
        *reply.mutable_interest() = house->answer(question.to, question.what->interest());
      return peer_reply_box(std::move(reply));
    }};
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system_->scheduler());
  }
  struct test_config : caf::actor_system_config {
    test_config() { set("scheduler.policy", caf::atom("testing")); }
  };
  test_config config_;
  std::unique_ptr<caf::actor_system> system_ = std::make_unique<caf::actor_system>(config_);
};

TEST_CASE("presence: the leader is asked how those are whom somebody watches, and the answer is one event") {
  for (const raft::member_id leader : {me, raft::member_id(2)}) {
    CAPTURE(leader);
    presence_house house;
    house.where.led_by(0, leader, 1);
    house.state = {{ann, wire::PRESENCE_ACTIVE}, {ben, wire::PRESENCE_ACTIVE}};
    house.tell(presence_interest{1, {ann, ben}});
    house.window();
    REQUIRE_FALSE(house.asked.empty());
    CHECK(house.asked[0].first == leader);
    REQUIRE(house.outbox.sent[1].size() == 1);
    CHECK(house.heard(1)[0].find(R"("presence":"active","users":[")") != std::string::npos);
    house.change(ben, wire::PRESENCE_AWAY);
    house.window();
    CHECK(house.heard(1) == texts{slack::presence_event(ben.text(), false)});
  }
}

TEST_CASE("presence: the second who watches a user is told what is known, and nobody is asked") {
  presence_house house;
  house.where.led_by(0, 2, 1);
  house.state = {{ann, wire::PRESENCE_ACTIVE}};
  house.tell(presence_interest{1, {ann}});
  house.window();
  house.asked.clear();
  house.tell(presence_interest{2, {ann}});
  house.window();
  CHECK(house.asked.empty());
  CHECK(house.heard(2).size() == 1);
  house.tell(presence_closed{1});
  house.tell(presence_closed{2});
  REQUIRE(house.asked.size() == 1);
  CHECK(house.asked[0].second.withdrawn(0) == ann.text());
}

TEST_CASE("presence: another leader is told whom this host watches; that it knows of nobody yet is no news") {
  presence_house house;
  house.where.led_by(0, 2, 1);
  house.wait(ms(50));
  house.state = {{ann, wire::PRESENCE_ACTIVE}, {ben, wire::PRESENCE_ACTIVE}};
  house.tell(presence_interest{1, {ann, ben}});
  house.window();
  house.heard(1);
  house.asked.clear();
  house.state = {};  // host 2 is dead, and host 3 has just begun to lead
  house.where.led_by(0, 3, 2);
  house.window();
  REQUIRE_FALSE(house.asked.empty());
  CHECK(house.asked[0].first == 3);
  CHECK(house.asked[0].second.channels_size() == 2);
  CHECK(house.heard(1).empty());
  house.tell(presence_news{{}, {ben}});  // nobody named ben's devices to it
  house.window();
  CHECK(house.heard(1) == texts{slack::presence_event(ben.text(), false)});
}

TEST_CASE("presence: a leader that refuses is asked again until it leads") {
  presence_house house;
  house.where.led_by(0, 2, 1);
  house.refusing = 2;
  house.state = {{ann, wire::PRESENCE_AWAY}};
  house.tell(presence_interest{1, {ann}});
  CHECK(house.asked.empty());
  house.refusing = 0;
  // The plan's waits are of the real clock; the timers that end them are not.
  house.wait(ms(2'000));
  CHECK_FALSE(house.asked.empty());
  CHECK(house.heard(1) == texts{slack::presence_event(ann.text(), false)});
}

TEST_CASE("presence: what a slot may have told in vain is asked for, of the host that tells so, and now and then") {
  presence_house house;
  house.where.led_by(0, 2, 1);
  house.wait(ms(50));
  house.state = {{ann, wire::PRESENCE_ACTIVE}};
  house.tell(presence_interest{1, {ann}});
  house.window();
  house.heard(1);
  house.state = {{ann, wire::PRESENCE_AWAY}};
  SUBCASE("its link broke") {
    house.tell(events_missed{2, {}});
    house.window();
  }
  SUBCASE("without a trace") { house.wait(ms(62'000)); }
  CHECK(house.heard(1) == texts{slack::presence_event(ann.text(), false)});
}

TEST_CASE("presence: friends are watched from the beginning, and as the user's slot has them later") {
  presence_house house;
  house.where.led_by(0, 2, 1);
  house.state = {{ben, wire::PRESENCE_ACTIVE}, {eve, wire::PRESENCE_ACTIVE}};
  house.tell(presence_opened{1, ann, {ben}});
  house.tell(presence_opened{2, ann, {ben}});
  house.window();
  CHECK(house.heard(1) == texts{slack::presence_event(ben.text(), true)});
  house.tell(friends_known{ann, {eve}});
  house.window();
  for (edge::connection_id who : {1, 2})
    CHECK(house.outbox.sent[who].back() == slack::presence_event(eve.text(), true));
  house.outbox.sent.clear();
  house.change(ben, wire::PRESENCE_AWAY);
  house.window();
  CHECK(house.outbox.sent.empty());
  house.tell(friends_known{ben, {ann}});  // of somebody who is not here
  house.tell(presence_closed{1});
  house.change(eve, wire::PRESENCE_AWAY);
  house.window();
  CHECK(house.outbox.sent.size() == 1);
}

TEST_CASE("presence: an event that found no room is made up for; while one waits no other one is sent") {
  presence_house house;
  house.where.led_by(0, 2, 1);
  house.outbox.now = told_outbox::how::drops;
  house.state = {{ann, wire::PRESENCE_ACTIVE}};
  house.tell(presence_interest{1, {ann}});
  house.wait(ms(5'000));
  CHECK(house.metrics.presence_dropped.read() >= 2);
  house.outbox.now = told_outbox::how::holds;
  house.wait(ms(2'000));
  CHECK(house.heard(1) == texts{slack::presence_event(ann.text(), true)});
  house.change(ann, wire::PRESENCE_AWAY);
  house.wait(ms(5'000));
  CHECK(house.heard(1).empty());
  house.outbox.take_all();
  house.outbox.now = told_outbox::how::takes;
  house.wait(ms(1'500));
  CHECK(house.heard(1) == texts{slack::presence_event(ann.text(), false)});
}

TEST_CASE("presence: hosts of earlier versions tell everyone, in the words of clients") {
  presence_house house;
  house.where.led_by(0, 2, 1);
  house.tell(presence_interest{1, {ann}});
  notification said;
  said.to = notification::audience::presence;
  said.id = ann;
  said.json = slack::presence_event(ann.text(), true);
  house.tell(said);
  house.window();
  CHECK(house.heard(1) == texts{said.json});
  said.json = R"({"type":"presence_change","presence":"asleep"})";
  house.tell(said);
  house.window();
  CHECK(house.heard(1).empty());
}

}  // namespace
}  // namespace carillon::test
