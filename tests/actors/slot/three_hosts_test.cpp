// A slot on three hosts (three_hosts.hpp): who answers, what a leader that was replaced does with its
// entities, what a hub elsewhere hears, and who carries projections on.
#include "tests/actors/slot/three_hosts.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

const auto not_owner = static_cast<std::uint32_t>(errc::not_owner) + 1;

}  // namespace

TEST_CASE("three hosts: the leader takes posts, all three have them, the others say not_owner") {
  three_hosts h;
  h.lead(1);
  CHECK(h.ask(1, h.post("one")).last_seq() == 1);
  CHECK(h.ask(1, h.post("two")).last_seq() == 2);
  CHECK(h.ask(2, h.post("elsewhere")).errc() == not_owner);
  CHECK(h.ask(2, h.describe()).errc() == not_owner);
  h.until([&] {
    return texts_in(*h.at(2).tables).size() == 2 && texts_in(*h.at(3).tables).size() == 2;
  });
  CHECK(texts_in(*h.at(3).tables) == std::vector<std::string>{"one", "two"});
  CHECK(h.at(2).where->of(0).leader == 1);
  CHECK(h.at(1).where->is_here(0));
}

TEST_CASE("three hosts: the next leader's entities start from tables that hold all acknowledged") {
  three_hosts h;
  h.lead(1);
  for (int i = 1; i <= 5; ++i)
    CHECK(h.ask(1, h.post("m")).last_seq() == static_cast<std::uint64_t>(i));
  h.at(1).cut_off = true;
  h.lead(2);
  CHECK(h.ask(2, h.describe()).last_seq() == 5);
  CHECK(h.ask(2, h.post("after")).last_seq() == 6);
  std::lock_guard lock(h.at(2).entities->mutex);
  CHECK(h.at(2).entities->first_seqs == std::vector<std::uint64_t>{5});
}

TEST_CASE("three hosts: a leader that is cut off answers nothing from memory, and later not_owner") {
  three_hosts h;
  h.lead(1);
  CHECK(h.ask(1, h.post("one")).last_seq() == 1);
  h.at(1).cut_off = true;
  h.lead(2);
  CHECK(h.ask(2, h.post("two")).last_seq() == 2);
  // It may still believe that it leads: the answer is a refusal, never the state of before.
  CHECK(h.ask_through_time(1, h.describe()).errc() == not_owner);
}

TEST_CASE("three hosts: an open post of a replaced leader is refused, and its entity ends") {
  three_hosts h;
  h.lead(1);
  CHECK(h.ask(1, h.post("one")).last_seq() == 1);
  h.at(1).cut_off = true;
  CHECK(h.ask_through_time(1, h.post("unheard")).errc() == not_owner);
  h.lead(2);
  CHECK(h.ask(2, h.post("two")).last_seq() == 2);
  h.at(1).cut_off = false;
  h.until([&] { return texts_in(*h.at(1).tables).size() == 2; });
  CHECK(texts_in(*h.at(1).tables) == std::vector<std::string>{"one", "two"});
  h.lead(1);
  CHECK(h.ask(1, h.describe()).last_seq() == 2);
  std::lock_guard lock(h.at(1).entities->mutex);
  CHECK(h.at(1).entities->first_seqs == std::vector<std::uint64_t>{0, 2});
}

TEST_CASE("three hosts: a leader whose disk hangs gives up, others go on, and it follows afterwards") {
  three_hosts h;
  h.lead(1);
  CHECK(h.ask(1, h.post("one")).last_seq() == 1);
  h.until([&] { return texts_in(*h.at(1).tables).size() == 1; });  // with the batch after the answer
  h.at(1).disk.hang(true);
  CHECK(h.ask_through_time(1, h.post("two")).errc() == not_owner);
  auto next = [&] { return h.at(2).where->of(0).leader; };
  h.until([&] {
    return (next() == 2 || next() == 3) && h.ask(next(), h.describe()).errc() == 0;
  });
  // The followers had it on their disks: refused by one that could not know, and there all the same.
  CHECK(h.ask(next(), h.describe()).last_seq() == 2);
  CHECK(h.ask(next(), h.post("three")).last_seq() == 3);
  CHECK(texts_in(*h.at(1).tables).size() == 1);
  h.at(1).disk.hang(false);
  h.until([&] { return texts_in(*h.at(1).tables).size() == 3; });
  h.lead(1);
  CHECK(h.ask(1, h.post("four")).last_seq() == 4);
}

TEST_CASE("three hosts: a leadership that is handed over and taken is counted once") {
  three_hosts h;
  h.lead(1);
  host_metrics& counted = unread_metrics();  // of all three
  const auto asked = counted.transfers.read(), taken = counted.handed_over.read();
  caf::anon_send(h.at(1).host.slots[0], nominated{0, 0, 2});
  h.until([&] { return counted.handed_over.read() > taken; });
  CHECK(h.at(1).where->of(0).leader == 2);
  h.until([&] { return h.ask(2, h.describe()).errc() == 0; });  // it leads, and soon serves
  CHECK(h.ask(2, h.post("one")).last_seq() == 1);
  h.lead(3);  // taken without being handed over
  CHECK(counted.transfers.read() == asked + 1);
  CHECK(counted.handed_over.read() == taken + 1);
}

TEST_CASE("three hosts: the beats are told who leads, and who leads no more") {
  three_hosts h;
  h.lead(1);
  h.at(1).cut_off = true;
  h.until([&] {
    std::lock_guard lock(h.at(1).link.mutex);
    return !h.at(1).link.leads.empty() && h.at(1).link.leads.back() == 0;
  });
  std::lock_guard lock(h.at(1).link.mutex);
  CHECK(h.at(1).link.leads.front() != 0);
}

TEST_CASE("three hosts: a hub elsewhere gets what it missed, then what is committed, with its origin") {
  three_hosts h;
  h.lead(1);
  for (int i = 0; i < 3; ++i)
    h.ask(1, h.post("before"));
  auto what = std::make_shared<wire::peer_request>();
  auto& interest = *what->mutable_interest()->add_channels();
  interest.set_channel_id(one_channel.text());
  interest.set_after_seq(1);
  interest.set_serial(7);
  caf::scoped_actor hub{h.system};
  auto announce = [&](raft::member_id leader) {
    wire::peer_reply out;
    hub->request(h.at(2).host.link, std::chrono::seconds(10),
                 ask_peer{leader, 0, what, std::chrono::seconds(1)})
        .receive([&](const peer_reply_box& reply) { out = *reply; },
                 [](const caf::error&) { FAIL("no answer"); });
    return out;
  };
  auto answer = announce(1);
  REQUIRE(answer.interest().items_size() == 1);
  CHECK(answer.interest().items(0).serial() == 7);
  CHECK(answer.interest().items(0).last_seq() == 3);
  CHECK(answer.interest().items(0).replay().events_size() == 2);

  auto refused = announce(3);
  CHECK(refused.errc() == not_owner);
  CHECK(refused.leader() == 1);

  auto command = std::make_shared<wire::slot_command>();
  command->mutable_channel()->set_channel_id(one_channel.text());
  auto& event = *command->mutable_channel()->add_events();
  event.set_seq(4);
  event.set_ts(40);
  event.set_kind(wire::EVENT_MESSAGE);
  event.mutable_message()->set_text("live");
  propose_command proposal;
  proposal.command = command;
  proposal.from_connection = 55;
  proposal.from_host = 3;
  caf::anon_send(h.at(1).host.slots[0], std::move(proposal));
  h.until([&] {
    std::lock_guard lock(h.at(2).link.mutex);
    return !h.at(2).link.events.empty();
  });
  {
    std::lock_guard lock(h.at(2).link.mutex);
    const auto& batch = h.at(2).link.events.at(0).batches(0);
    CHECK(batch.events(0).message().text() == "live");
    CHECK(batch.from_connection() == 55);
    CHECK(batch.from_host() == 3);
  }
  std::lock_guard lock(h.at(3).link.mutex);
  CHECK(h.at(3).link.events.empty());
}

TEST_CASE("three hosts: a projection that the dead leader did not finish is the next leader's") {
  three_hosts h;
  for (auto& each : h.hosts)
    each.entities->refuse_memberships = true;
  h.lead(1);
  wire::channel_request join;
  join.mutable_join();
  join.mutable_by()->set_user_id("U000000000005");
  CHECK(h.ask(1, join).errc() == 0);
  for (int i = 0; i < 30; ++i)  // the logs are trimmed meanwhile, but not past the projection
    h.ask(1, h.post("more"));
  h.at(1).cut_off = true;
  h.at(2).entities->refuse_memberships = false;
  h.lead(2);
  h.until([&] {
    std::lock_guard lock(h.at(2).entities->mutex);
    return !h.at(2).entities->memberships.empty();
  });
  std::lock_guard lock(h.at(2).entities->mutex);
  CHECK(h.at(2).entities->memberships[0].user_id() == "U000000000005");
}

TEST_CASE("three hosts: a host that was away pulls the tables through the link, and serves them") {
  three_hosts h;
  h.at(3).cut_off = true;
  h.lead(1);
  for (int i = 0; i < 60; ++i)
    h.ask(1, h.post("m"));
  h.at(3).cut_off = false;
  h.until([&] { return texts_in(*h.at(3).tables).size() == 60; });
  h.lead(3);
  CHECK(h.ask(3, h.describe()).last_seq() == 60);
}

TEST_CASE("three hosts: a host that stops hands its slot over before it is missed") {
  three_hosts h;
  h.lead(1);
  CHECK(h.ask(1, h.post("one")).last_seq() == 1);
  caf::scoped_actor self{h.system};
  self->request(h.at(1).host.slots[0], std::chrono::seconds(10), stop_slot{})
      .receive([] {}, [](const caf::error&) { FAIL("no answer"); });
  // No tick has passed: nobody can have missed it.
  const auto give_up = steady_now() + std::chrono::seconds(10);
  raft::member_id next = 0;
  while (next == 0 && steady_now() < give_up)
    for (raft::member_id id : {2, 3})
      if (h.ask(id, h.post("two")).errc() == 0)
        next = id;
  REQUIRE(next != 0);
  CHECK(h.ask(next, h.describe()).last_seq() == 2);
  CHECK(h.ask(1, h.post("no")).errc() != 0);
}

TEST_CASE("three hosts: records that are damaged are replaced by the others'") {
  three_hosts h;
  h.lead(1);
  for (int i = 0; i < 5; ++i)
    h.ask(1, h.post("m"));
  auto key = storage::make_message_key(0, one_channel, 3);
  h.until([&] { return texts_in(*h.at(2).tables).size() == 5; });
  h.at(2).store.flip_bit(storage::family::messages, std::string_view(key), 2);
  CHECK(texts_in(*h.at(2).tables).size() != 5);
  caf::anon_send(h.at(2).host.slots[0],
                 records_damaged{make_error(errc::corrupt_record, "seq 3")});
  h.until([&] { return texts_in(*h.at(2).tables).size() == 5; });
  h.lead(2);
  CHECK(h.ask(2, h.describe()).last_seq() == 5);
}
