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
    asker_ = system_->spawn([](caf::event_based_actor*) -> caf::behavior {
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
                     ask_channel(caf::actor_cast<caf::event_based_actor*>(asker_), host, news,
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

  host_services host;
  locator where;
  cluster_health health;
  std::deque<errc> here;                     // refusals of the slot here; then it is good
  std::deque<wire::peer_reply> there;        // answers of peers; then they are good
  std::vector<wire::channel_request> asked;  // by anyone, in order
  std::vector<raft::member_id> peers;        // who was asked through the link
  std::vector<std::string> heard;

private:
  static caf::behavior play_slot(caf::event_based_actor*, two_host_house* house) {
    return {[house](const channel_request_box& request) {
      house->asked.push_back(*request);
      wire::channel_reply reply;
      if (!house->here.empty()) {
        set_error(reply, make_error(house->here.front()));
        house->here.pop_front();
      }
      return channel_reply_box(std::move(reply));
    }};
  }
  static caf::behavior play_link(caf::event_based_actor*, two_host_house* house) {
    return {[house](const ask_peer& question) {
      house->peers.push_back(question.to);
      house->asked.push_back(question.what->channel());
      wire::peer_reply reply;
      reply.mutable_channel();
      if (!house->there.empty()) {
        reply = house->there.front();
        house->there.pop_front();
      }
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
