// The hub among its neighbours: slots here and on other hosts, the link, the sockets, one session.
// All of them but the hub are short scripts; the clock is the test's. Shown is what DESIGN section 5
// promises: whoever leads, and whenever that changes, subscribers get every event once.
#include "actors/hub/hub_actor.hpp"

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/ask.hpp"
#include "runtime/edge/frame.hpp"

namespace carillon::test {
namespace {

constexpr raft::member_id me = 1;
constexpr slot_id only_slot = 0;
const entity_id team{id_kind::team, 1};
const entity_id alice{id_kind::user, 1};
const entity_id news{id_kind::channel, 5};
const entity_id other{id_kind::channel, 6};

// Sockets: what each connection was sent.
struct played_outbox final : edge::outbox {
  std::map<edge::topic_id, std::vector<edge::connection_id>> topics;
  std::map<edge::connection_id, std::vector<std::string>> sent;
  std::map<edge::connection_id, std::vector<edge::frame_ptr>> frames;
  edge::frame_ptr last_published;

  void send(edge::connection_id to, edge::frame_ptr what, edge::send_class) override {
    sent[to].emplace_back(what->payload());
    frames[to].push_back(std::move(what));
  }
  void subscribe(edge::connection_id who, edge::topic_id topic) override {
    unsubscribe(who, topic);
    topics[topic].push_back(who);
  }
  void unsubscribe(edge::connection_id who, edge::topic_id topic) override {
    std::erase(topics[topic], who);
  }
  void publish(edge::topic_id topic, edge::frame_ptr what, edge::send_class how,
               edge::connection_id except) override {
    last_published = what;
    for (auto who : topics[topic])
      if (who != except)
        send(who, what, how);
  }
  void close(edge::connection_id, std::uint16_t, std::string_view) override {}
};

class hub_house {
public:
  hub_house() : where(me, 1) {
    host.self = me;
    host.where = &where;
    host.outbox = &outbox;
    host.slots = {system_->spawn(play_slot, this)};
    host.link = system_->spawn(play_link, this);
    host.hub = spawn_hub(*system_, host);
    session_ = system_->spawn([this](caf::event_based_actor*) -> caf::behavior {
      return {[this](announce_device) { ++announced; }, [](run_later& job) { job.work(); }};
    });
    run();
  }
  ~hub_house() {
    for (auto& actor : {host.slots[0], host.link, host.hub, session_})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
  }

  // A session of alice, who is in these channels.
  void sign_in(edge::connection_id connection, std::vector<joined_channel> channels) {
    as_session([this, connection, channels](caf::event_based_actor* self) {
      self->request(host.hub, caf::infinite, session_expected{connection, alice, team}).then([] {});
      self->request(host.hub, caf::infinite,
                    session_opened{connection, alice, team, channels,
                                   edge::make_text_frame(R"({"type":"hello"})")})
          .then([] {});
    });
  }
  void as_session(std::function<void(caf::event_based_actor*)> what) {
    caf::anon_send(session_, run_later{[this, what] {
                     what(caf::actor_cast<caf::event_based_actor*>(session_));
                   }});
    run();
  }
  template <class Message>
  void tell(Message message) {
    caf::anon_send(host.hub, std::move(message));
    run();
  }
  void deliver(std::uint64_t seq, std::uint64_t from_connection = 0, raft::member_id from_host = 0,
               const trace_id& trace = {}) {
    auto batch = std::make_shared<wire::channel_batch>();
    batch->set_channel_id(news.text());
    *batch->add_events() = event(seq);
    if (!trace.empty()) {
      batch->add_traced()->set_seq(seq);
      batch->mutable_traced(0)->set_trace(trace);
    }
    batch->set_from_connection(from_connection);
    batch->set_from_host(from_host);
    tell(event_delivery{only_slot, {std::move(batch)}});
  }
  // Time for the hub to look at the locator.
  void look() {
    scheduler().advance_time(std::chrono::milliseconds(50));
    run();
  }
  void wait(std::chrono::milliseconds time) {
    for (; time.count() > 0; time -= std::chrono::milliseconds(50))
      look();
  }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  // The seqs of the events that a connection has seen.
  std::vector<std::uint64_t> seen(edge::connection_id who) {
    std::vector<std::uint64_t> out;
    for (const std::string& frame : outbox.sent[who])
      if (auto at = frame.find("\"seq\":"); at != std::string::npos)
        out.push_back(std::stoull(frame.substr(at + 6)));
    return out;
  }

  static wire::channel_event event(std::uint64_t seq) {
    wire::channel_event out;
    out.set_seq(seq);
    out.set_ts(1'000'000 + seq);
    out.set_kind(wire::EVENT_MESSAGE);
    out.mutable_message()->set_seq(seq);
    out.mutable_message()->set_ts(1'000'000 + seq);
    return out;
  }

  played_outbox outbox;
  host_services host;
  locator where;
  std::uint64_t committed = 3;  // of every channel, in the tables of whoever leads
  std::vector<std::pair<raft::member_id, wire::announce_interest>> asked;  // by whom led
  std::vector<raft::member_id> refusing;  // these do not lead
  std::vector<wire::user_channel> rows;   // of alice
  std::vector<send_to_peer> sent_to_peers;
  int announced = 0;
  int lists = 0;

private:
  // What a leader answers from its tables.
  wire::interest_answer answer(raft::member_id leader, const wire::announce_interest& wanted) {
    asked.emplace_back(leader, wanted);
    wire::interest_answer out;
    for (const auto& channel : wanted.channels()) {
      auto& item = *out.add_items();
      item.set_channel_id(channel.channel_id());
      item.set_team_id(team.text());
      item.set_kind(wire::CHANNEL_PUBLIC);
      item.set_serial(channel.serial());
      item.set_last_seq(committed);
      if (channel.has_after_seq())
        for (auto seq = channel.after_seq() + 1; seq <= committed; ++seq)
          *item.mutable_replay()->add_events() = event(seq);
    }
    return out;
  }
  bool refuses(raft::member_id host) const {
    return std::find(refusing.begin(), refusing.end(), host) != refusing.end();
  }
  wire::user_reply answer(const wire::user_request& request) {
    wire::user_reply reply;
    if (request.has_list_channels()) {
      ++lists;
      for (const auto& row : rows)
        *reply.add_channels() = row;
    }
    return reply;
  }

  static caf::behavior play_slot(caf::event_based_actor*, hub_house* house) {
    return {
        [house](const announce_interest_box& wanted) -> caf::result<interest_confirmed> {
          if (house->refuses(me))
            return caf::make_error(caf::sec::runtime_error, "not_owner");
          interest_confirmed out;
          const wire::interest_answer answer = house->answer(me, *wanted);
          for (const auto& item : answer.items())
            out.items.push_back({item.channel_id(), item.team_id(), item.kind(), item.last_seq(),
                                 std::make_shared<wire::channel_batch>(item.replay()), false,
                                 item.serial()});
          return out;
        },
        [house](const user_request_box& request) {
          return user_reply_box(house->answer(*request));
        },
    };
  }
  static caf::behavior play_link(caf::event_based_actor*, hub_house* house) {
    return {
        [house](const ask_peer& question) {
          wire::peer_reply reply;
          if (house->refuses(question.to))
            set_error(reply, make_error(errc::not_owner));
          else if (question.what->has_interest())
            *reply.mutable_interest() = house->answer(question.to, question.what->interest());
          else
            *reply.mutable_user() = house->answer(question.what->user());
          return peer_reply_box(std::move(reply));
        },
        [house](const send_to_peer& item) { house->sent_to_peers.push_back(item); },
    };
  }
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

using seqs = std::vector<std::uint64_t>;

TEST_CASE("hub: a channel that another host leads is asked for there, and its events come in") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.sign_in(1, {{news, 1}});
  REQUIRE(house.asked.size() == 1);
  CHECK(house.asked[0].first == 2);
  CHECK(house.outbox.sent[1].front() == R"({"type":"hello"})");
  house.deliver(4);
  CHECK(house.seen(1) == seqs{4});
}

TEST_CASE("hub: when another host leads, what the old leader told nobody comes from the new one") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.look();
  house.sign_in(1, {{news, 1}});
  house.deliver(4);
  house.committed = 6;  // 5 and 6 died with host 2
  house.asked.clear();
  house.where.lost(2);
  house.look();
  CHECK(house.asked.empty());  // nobody leads
  house.where.led_by(0, 3, 2);
  house.look();
  REQUIRE_FALSE(house.asked.empty());
  CHECK(house.asked[0].first == 3);
  CHECK(house.asked[0].second.channels(0).after_seq() == 4);
  CHECK(house.seen(1) == seqs{4, 5, 6});
  house.deliver(7);
  CHECK(house.seen(1) == seqs{4, 5, 6, 7});
}

TEST_CASE("hub: leadership that comes to this host is asked here") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.look();
  house.sign_in(1, {{news, 1}});
  house.asked.clear();
  house.where.led_by(0, me, 2);
  house.look();
  REQUIRE_FALSE(house.asked.empty());
  CHECK(house.asked[0].first == me);
}

TEST_CASE("hub: a session signs in while nobody leads, and is greeted when someone does") {
  hub_house house;
  house.refusing = {me};  // the replica here, which is asked first, follows nobody yet
  house.sign_in(1, {{news, 1}});
  CHECK(house.outbox.sent[1].empty());
  house.where.led_by(0, 2, 1);
  house.wait(std::chrono::milliseconds(100));
  CHECK(house.outbox.sent[1].size() == 1);
  CHECK(house.asked.back().first == 2);
}

TEST_CASE("hub: a leader that refuses is asked again until it leads, and nothing is lost meanwhile") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.refusing = {2, me};
  house.sign_in(1, {{news, 1}});
  house.wait(std::chrono::milliseconds(200));
  CHECK(house.asked.empty());
  house.refusing.clear();
  house.wait(std::chrono::milliseconds(100));
  house.deliver(4);
  CHECK(house.seen(1) == seqs{4});
}

TEST_CASE("hub: events that were lost on the way are asked for, of the host that tells so") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.look();
  house.sign_in(1, {{news, 1}});
  house.deliver(4);
  house.committed = 6;
  SUBCASE("in one slot") { house.tell(events_missed{2, {only_slot}}); }
  SUBCASE("in whatever it leads") { house.tell(events_missed{2, {}}); }
  CHECK(house.seen(1) == seqs{4, 5, 6});
}

TEST_CASE("hub: events that another host may have lost are no reason to ask the leader") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.look();
  house.sign_in(1, {{news, 1}});
  house.asked.clear();
  house.tell(events_missed{3, {}});
  CHECK(house.asked.empty());
}

TEST_CASE("hub: a peer that is back is told that what we lead may have passed it by") {
  hub_house house;
  house.where.led_by(0, me, 1);
  house.tell(events_missed{2, {}});
  REQUIRE(house.sent_to_peers.size() == 1);
  CHECK(house.sent_to_peers[0].to == 2);
  CHECK(house.sent_to_peers[0].kind == wire::ITEM_EVENTS);
  wire::event_batches said;
  REQUIRE(said.ParseFromString(house.sent_to_peers[0].body));
  CHECK(said.slot() == only_slot);
  CHECK(said.batches_size() == 0);
  house.tell(events_missed{2, {only_slot}});  // its answer to the same: no echo
  CHECK(house.sent_to_peers.size() == 1);
}

TEST_CASE("hub: an event lost without a trace is found by the audit, within a minute or so") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.look();
  house.sign_in(1, {{news, 1}});
  house.committed = 4;
  house.wait(std::chrono::seconds(61));
  CHECK(house.seen(1) == seqs{4});
}

TEST_CASE("hub: only the poster's own connection, on its own host, is left out") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.sign_in(1, {{news, 1}});
  house.deliver(4, 1, me);
  CHECK(house.seen(1).empty());
  house.deliver(5, 1, 2);  // connection 1 of host 2 is someone else
  CHECK(house.seen(1) == seqs{5});
}

TEST_CASE("hub: with another leader of a user's slot, devices and memberships are told and asked anew") {
  hub_house house;
  house.where.led_by(0, 2, 1);
  house.look();
  house.sign_in(1, {{news, 1}});
  CHECK(house.announced == 0);
  // Alice left news and came to the other one, and the old leader died before it told.
  wire::user_channel gone;
  gone.set_channel_id(news.text());
  gone.set_joined_seq(4);
  wire::user_channel come;
  come.set_channel_id(other.text());
  come.set_member(true);
  come.set_joined_seq(3);
  house.rows = {gone, come};
  house.where.led_by(0, 3, 2);
  house.look();
  CHECK(house.announced == 1);
  CHECK(house.lists == 1);
  house.deliver(4);
  CHECK(house.seen(1) == seqs{3});  // of the other channel, from the join on; none of news
}

TEST_CASE("hub: what a slow client missed comes as the frames that others had, whoever leads, and it is told so first") {
  for (const raft::member_id leader : {me, raft::member_id(2)}) {
    CAPTURE(leader);
    hub_house house;
    house.where.led_by(0, leader, 1);
    house.sign_in(1, {{news, 1}});
    house.deliver(4);
    house.deliver(5);
    house.committed = 5;
    const auto live = house.outbox.frames[1];
    const edge::log_position newest = house.outbox.last_published->position();
    CHECK(newest.seq == 5);
    house.outbox.sent.clear();
    house.outbox.frames.clear();

    house.tell(edge::missed_events{1, newest.topic, 4, 1u << 20, true});
    const auto& late = house.outbox.frames[1];
    REQUIRE(late.size() == 4);
    CHECK(late[0]->payload() == R"({"type":"lagging","channel":")" + news.text() + R"(","from_seq":4})");
    for (std::size_t i : {1, 2}) {
      CHECK(late[i]->wire() == live[live.size() - 3 + i]->wire());
      CHECK(late[i]->what() == edge::frame::role::late);
      CHECK(late[i]->position().seq == 3 + i);
    }
    CHECK(late[3]->what() == edge::frame::role::log_end);
    CHECK(late[3]->position().seq == 5);
    house.deliver(6);
    CHECK(house.seen(1) == seqs{4, 5, 6});
  }
}

TEST_CASE("hub: an event that somebody follows is noted when it comes, is encoded, and is with a socket") {
  hub_house house;
  trace_book book;
  house.host.traces = &book;
  house.where.led_by(0, 2, 1);
  house.sign_in(1, {{news, 1}});
  const trace_id trace(16, 't');
  house.deliver(4, 0, 0, trace);
  CHECK(house.seen(1) == seqs{4});
  auto steps = book.of(trace);
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].step == trace_step::at_hub);
  CHECK(steps[0].channel == news.text());
  CHECK(steps[0].seq == 4);
  CHECK(steps[1].step == trace_step::published);
  REQUIRE(house.outbox.last_published);
  REQUIRE(house.outbox.last_published->is_followed());
  house.outbox.last_published->claim_hook()(1);  // as the socket does that took it
  CHECK(book.of(trace).back().step == trace_step::written);
  house.deliver(5);
  CHECK_FALSE(house.outbox.last_published->is_followed());
  CHECK(book.of(trace).size() == 3);
}

TEST_CASE("hub: an event that is kept back because of a gap is published later, and says so then") {
  hub_house house;
  trace_book book;
  house.host.traces = &book;
  house.where.led_by(0, 2, 1);
  house.sign_in(1, {{news, 1}});
  const trace_id trace(16, 't');
  house.committed = 4;  // 4 was lost on its way; the leader has it
  house.deliver(5, 0, 0, trace);
  CHECK(house.seen(1) == seqs{4, 5});
  const auto steps = book.of(trace);
  REQUIRE(steps.size() == 2);
  CHECK(steps[1].step == trace_step::published);
}

}  // namespace
}  // namespace carillon::test
