// A question to a channel on its way through hosts: the slots of this host and the link to the others
// are short scripts, the clock of pauses is the test's. What an asker must never see is not_owner.
#include "actors/ask.hpp"

#include <deque>

#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

namespace carillon::test {
namespace {

constexpr raft::member_id me = 1;
const entity_id news{id_kind::channel, 5};

class two_host_house {
public:
  two_host_house() : where(me, 1) {
    host.where = &where;
    host.health = &health;
    host.slots = {system_->spawn(play_slot, this)};
    host.link = system_->spawn(play_link, this);
    asker_ = system_->spawn([](asker*) -> caf::behavior {
      return {[](run_later& job) { job.work(); }};
    });
  }
  ~two_host_house() {
    for (auto& actor : {host.slots[0], host.link, asker_})
      caf::anon_send_exit(actor, caf::exit_reason::kill);
    run();
  }

  void post(const std::string& client_msg_id = {}) {
    caf::anon_send(asker_, run_later{[this, client_msg_id] {
                     wire::channel_request request;
                     request.set_channel_id(news.text());
                     request.mutable_post()->set_text("hello");
                     request.mutable_post()->set_client_msg_id(client_msg_id);
                     ask_channel(caf::actor_cast<asker*>(asker_), host, news,
                                 std::move(request), [this](const wire::channel_reply& reply) {
                                   auto why = reply_error(reply);
                                   heard.push_back(why ? std::string(to_string(why->code)) : "ok");
                                 });
                   }});
    run();
  }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  void pause() {
    scheduler().advance_time(std::chrono::milliseconds(50));
    run();
  }

  // What the slot here has held back.
  void answer_late(std::size_t which, std::optional<errc> refused = {}) {
    caf::anon_send(host.slots[0], run_later{[this, which, refused] {
                     wire::channel_reply reply;
                     if (refused)
                       set_error(reply, make_error(*refused));
                     held[which].deliver(channel_reply_box(std::move(reply)));
                   }});
    run();
  }
  // Lets time pass until so many answers were heard.
  void until_heard(std::size_t count) {
    const auto give_up = steady_now() + std::chrono::seconds(20);
    while (heard.size() < count) {
      REQUIRE(steady_now() < give_up);
      pause();
    }
  }

  host_services host;
  locator where;
  cluster_health health;
  std::deque<errc> here;                     // refusals of the slot here; then it is good
  std::deque<wire::peer_reply> there;        // answers of peers; then they are good
  std::vector<wire::channel_request> asked;  // by anyone, in order
  std::vector<raft::member_id> peers;        // who was asked through the link
  std::vector<std::string> heard;
  bool hangs = false;                         // the slot here: it answers when it is told to
  std::vector<caf::response_promise> held;
  bool link_hangs = false;                    // the same of the link

private:
  using asker = caf::stateful_actor<ask_watch>;

  static caf::behavior play_slot(caf::event_based_actor* self, two_host_house* house) {
    return {[house, self](const channel_request_box& request) {
      auto promise = self->make_response_promise();
      house->asked.push_back(*request);
      wire::channel_reply reply;
      if (!house->here.empty()) {
        set_error(reply, make_error(house->here.front()));
        house->here.pop_front();
      }
      if (house->hangs)
        house->held.push_back(promise);
      else
        promise.deliver(channel_reply_box(std::move(reply)));
      return promise;
    },
    [](run_later& job) { job.work(); }};
  }
  static caf::behavior play_link(caf::event_based_actor* self, two_host_house* house) {
    return {[house, self](const ask_peer& question) {
      auto promise = self->make_response_promise();
      house->peers.push_back(question.to);
      house->asked.push_back(question.what->channel());
      wire::peer_reply reply;
      reply.mutable_channel();
      if (!house->there.empty()) {
        reply = house->there.front();
        house->there.pop_front();
      }
      if (house->link_hangs)
        house->held.push_back(promise);
      else
        promise.deliver(peer_reply_box(std::move(reply)));
      return promise;
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
  caf::actor asker_;
};

wire::peer_reply refusal(errc why, raft::member_id leader = 0) {
  wire::peer_reply out;
  set_error(out, make_error(why));
  out.set_leader(leader);
  return out;
}

using words = std::vector<std::string>;
using hosts = std::vector<raft::member_id>;

TEST_CASE("asking: the leader here is asked here, one elsewhere through the link") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.post();
  CHECK(house.peers.empty());
  house.where.led_by(0, 2, 2);
  house.post();
  CHECK(house.peers == hosts{2});
  CHECK(house.heard == words{"ok", "ok"});
}

TEST_CASE("asking: a refusal that names the leader is followed, and remembered for the next question") {
  two_host_house house;
  house.where.led_by(0, 2, 1);
  house.there = {refusal(errc::not_owner, 3)};
  house.post();
  CHECK(house.peers == hosts{2, 3});
  CHECK(house.where.of(0).leader == 3);
  house.post();
  CHECK(house.peers == hosts{2, 3, 3});
  CHECK(house.heard == words{"ok", "ok"});
}

TEST_CASE("asking: a retry is the same request, counted, with the key of the first") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.here = {errc::not_owner, errc::not_owner};
  house.post();
  CHECK(house.heard.empty());
  house.pause();
  house.pause();
  REQUIRE(house.asked.size() == 3);
  CHECK(house.heard == words{"ok"});
  CHECK_FALSE(house.asked[0].request_key().empty());
  CHECK(house.asked[0].request_key().size() <= 32);
  for (std::uint32_t i = 0; i < 3; ++i) {
    CHECK(house.asked[i].attempt() == i);
    CHECK(house.asked[i].request_key() == house.asked[0].request_key());
    CHECK(house.asked[i].post().text() == "hello");
  }
  house.post();
  CHECK(house.asked[3].attempt() == 0);
  CHECK(house.asked[3].request_key() != house.asked[0].request_key());
}

TEST_CASE("asking: a post that has a client_msg_id needs no key, nor has a host without peers any") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.post("mine");
  CHECK(house.asked[0].request_key().empty());
  auto link = std::exchange(house.host.link, nullptr);
  house.post();
  CHECK(house.asked[1].request_key().empty());
  house.host.link = link;
}

TEST_CASE("asking: a peer that does not answer in time may have done it: the retry says so") {
  two_host_house house;
  house.where.led_by(0, 2, 1);
  house.there = {refusal(errc::timed_out)};
  house.post();
  house.pause();
  REQUIRE(house.asked.size() == 2);
  CHECK(house.asked[1].attempt() == 1);
  CHECK(house.heard == words{"ok"});
}

TEST_CASE("asking: what only the caller can mend is told at once, from here or from there") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.here = {errc::not_in_channel};
  house.post();
  house.where.led_by(0, 2, 2);
  house.there = {refusal(errc::overloaded)};
  house.post();
  CHECK(house.heard == words{"not_in_channel", "overloaded"});
}

TEST_CASE("asking: a host that stops is one more that does not lead, while there are others") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.here = {errc::shutting_down};
  house.post();
  house.where.led_by(0, 2, 2);
  house.pause();
  CHECK(house.peers == hosts{2});
  CHECK(house.heard == words{"ok"});
}

TEST_CASE("asking: at the deadline the caller hears timed_out, never not_owner") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.host.config.edge.request_deadline_ms = 0;
  house.post();
  CHECK(house.heard == words{"timed_out"});
}

TEST_CASE("asking: a slot here that does not answer is given up at the deadline, its answer is late") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.host.config.edge.request_deadline_ms = 200;
  house.hangs = true;
  house.post();
  house.pause();
  CHECK(house.heard.empty());
  house.until_heard(1);
  CHECK(house.heard == words{"timed_out"});
  REQUIRE(house.held.size() == 1);
  house.answer_late(0);
  CHECK(house.heard == words{"timed_out"});
}

TEST_CASE("asking: an answer before the deadline is the only one, and a refusal after it is no retry") {
  two_host_house house;
  house.where.led_by(0, me, 1);
  house.host.config.edge.request_deadline_ms = 200;
  house.hangs = true;
  house.post();
  house.post();
  REQUIRE(house.held.size() == 2);
  house.answer_late(0);
  CHECK(house.heard == words{"ok"});
  house.until_heard(2);
  CHECK(house.heard == words{"ok", "timed_out"});
  house.answer_late(1, errc::not_owner);
  house.pause();
  CHECK(house.asked.size() == 2);
  CHECK(house.heard.size() == 2);
}

TEST_CASE("asking: a link that does not answer is given up at the deadline as well") {
  two_host_house house;
  house.where.led_by(0, 2, 1);
  house.host.config.edge.request_deadline_ms = 200;
  house.link_hangs = true;
  house.post();
  house.until_heard(1);
  CHECK(house.heard == words{"timed_out"});
}

TEST_CASE("asking: a host that is cut off refuses at once, and waiting callers when it becomes so") {
  two_host_house house;
  house.health.set_cut_off(true);
  house.post();
  CHECK(house.heard == words{"cut_off"});
  CHECK(house.asked.empty());
  house.health.set_cut_off(false);
  house.where.led_by(0, me, 1);
  house.here = {errc::not_owner};
  house.post();
  house.health.set_cut_off(true);
  house.pause();
  CHECK(house.heard == words{"cut_off", "cut_off"});
}

}  // namespace
}  // namespace carillon::test
