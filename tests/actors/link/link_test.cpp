// Two and three links over real sockets: founding, everything that travels, and ends of hosts.
#include <doctest/doctest.h>

#include "actors/raft_words.hpp"
#include "tests/actors/link/link_fixture.hpp"

namespace carillon {
namespace {

TEST_CASE("link: three hosts with empty disks become one cluster, founded by the first") {
  settings config = cluster_of({"a", "b", "c"});
  link_host c(config, "c", 3), a(config, "a", 1);
  CHECK_FALSE(a.written);
  link_host b(config, "b", 2);
  auto of_a = a.wait_until_founded(), of_b = b.wait_until_founded(), of_c = c.wait_until_founded();
  REQUIRE(of_a);
  REQUIRE(of_b);
  REQUIRE(of_c);
  CHECK(of_a->cluster_id() != 0);
  CHECK(of_a->cluster_id() == of_b->cluster_id());
  CHECK(of_a->cluster_id() == of_c->cluster_id());
  CHECK(of_b->meta_voters_size() == 3);
  CHECK(b.written->cluster_id() == of_a->cluster_id());
}

TEST_CASE("link: waiting for others can be stopped") {
  settings config = cluster_of({"a", "b"});
  link_host a(config, "a", 1);
  a.stop = true;
  auto founded = a.wait_until_founded();
  REQUIRE_FALSE(founded);
  CHECK(founded.code() == errc::shutting_down);
}

TEST_CASE("link: a host with a new disk takes the facts from those that have them") {
  settings config = cluster_of({"a", "b", "c"});
  link_host b(config, "b", 2, facts_of({1, 2, 3}));
  link_host c(config, "c", 3, facts_of({1, 2, 3}));
  link_host a(config, "a", 9);  // the first of the list, on a new disk
  auto founded = a.wait_until_founded();
  REQUIRE(founded);
  CHECK(founded->cluster_id() == 4711);
  CHECK(std::count(founded->meta_voters().begin(), founded->meta_voters().end(), 9u) == 0);
}

struct two_hosts {
  settings config = cluster_of({"a", "b"});
  link_host a{config, "a", 1, facts_of({1, 2})};
  link_host b{config, "b", 2, facts_of({1, 2})};
  two_hosts() {
    a.serve();
    b.serve();
  }
  bool meet() { return a.notes.hears(2) && b.notes.hears(1); }
};

TEST_CASE("link: raft messages, nominations and ticks reach the replica of their slot") {
  two_hosts hosts;
  REQUIRE(hosts.meet());
  std::vector<raft::message> messages(2);
  messages[0].term = 5;
  messages[1].term = 6;
  hosts.a.send(2, wire::ITEM_RAFT, 3, encode_raft(messages));
  hosts.a.send(2, wire::ITEM_RAFT, 4, encode_raft(messages));  // the meta group
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) { return p.raft.size() == 2; }));
  wire::nomination said;
  said.set_term(8);
  said.set_lost(1);
  hosts.a.send(2, wire::ITEM_NOMINATION, 0, said.SerializeAsString());
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) {
    return p.nominations.size() == 1 && p.nominations[0].term == 8 && p.nominations[0].lost == 1;
  }));
}

TEST_CASE("link: whom a beat names is in the ticks and in the locator") {
  two_hosts hosts;
  REQUIRE(hosts.meet());
  caf::anon_send(hosts.a.host.link, leads_slot{2, 11});
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) {
    return !p.ticks.empty() && p.ticks.back()->leaders.size() == 5 &&
           p.ticks.back()->leaders[2].size() == 1 && p.ticks.back()->leaders[2][0].term == 11;
  }));
  CHECK(hosts.b.where.of(2).leader == 1);
}

TEST_CASE("link: requests reach the actor they are for and are answered") {
  two_hosts hosts;
  REQUIRE(hosts.meet());
  wire::peer_request channel;
  channel.mutable_channel()->set_channel_id("C1");
  CHECK(hosts.a.ask(2, 1, channel).channel().detail() == "asked in C1");
  wire::peer_request interest;
  interest.mutable_interest()->set_slot(3);
  auto reply = hosts.a.ask(2, 3, interest);
  CHECK(reply.interest().slot() == 3);
  CHECK(reply.leader() == 1);  // who asked, as the fake replica says it
  wire::peer_request meta;
  meta.mutable_meta()->set_directory("12345");
  CHECK(hosts.a.ask(2, 4, meta).meta().index() == 5);
}

TEST_CASE("link: a host that does not lead says who does, as far as it knows") {
  two_hosts hosts;
  REQUIRE(hosts.meet());
  hosts.b.where.led_by(1, 77, 3);
  wire::peer_request channel;
  channel.mutable_channel()->set_channel_id("C_elsewhere");
  auto reply = hosts.a.ask(2, 1, channel);
  CHECK(reply.errc() == static_cast<std::uint32_t>(errc::not_owner) + 1);
  CHECK(reply.leader() == 77);
}

TEST_CASE("link: requests that make no sense are refused, items that make none are dropped") {
  two_hosts hosts;
  REQUIRE(hosts.meet());
  wire::peer_request channel;
  channel.mutable_channel()->set_channel_id("C1");
  CHECK(hosts.a.ask(2, 99, channel).errc() == static_cast<std::uint32_t>(errc::invalid_arguments) + 1);
  CHECK(hosts.a.ask(2, 1, {}).errc() == static_cast<std::uint32_t>(errc::unknown_method) + 1);
  for (wire::item_kind kind : {wire::ITEM_RAFT, wire::ITEM_EVENTS, wire::ITEM_NOTIFICATION,
                               wire::ITEM_NOMINATION, wire::ITEM_HOST_NOTICE})
    hosts.a.send(2, kind, 1, "\xff\xff\xff\xff");
  hosts.a.send(2, wire::ITEM_RAFT, 99, {});
  hosts.a.send(2, static_cast<wire::item_kind>(55), 1, {});
  CHECK(hosts.b.comes_to_say(" items=9 "));
  CHECK(hosts.a.ask(2, 1, channel).channel().detail() == "asked in C1");
}

TEST_CASE("link: events, what was missed of them, and notices reach the hub and the host") {
  two_hosts hosts;
  REQUIRE(hosts.meet());
  wire::event_batches batches;
  batches.set_slot(2);
  batches.add_batches()->set_channel_id("C1");
  batches.add_batches()->set_channel_id("C2");
  hosts.a.send(2, wire::ITEM_EVENTS, 2, batches.SerializeAsString());
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) {
    return p.events.size() == 1 && p.events[0].slot == 2 && p.events[0].batches.size() == 2 &&
           p.events[0].batches[1]->channel_id() == "C2";
  }));
  batches.clear_batches();
  hosts.a.send(2, wire::ITEM_EVENTS, 2, batches.SerializeAsString());
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) {
    return !p.missed.empty() && p.missed.back().from == 1 &&
           p.missed.back().slots == std::vector<slot_id>{2};
  }));
  seeded_random random(3);
  wire::peer_notification notice;
  notice.set_id(random.new_id('U').text());
  notice.set_audience(1);
  notice.set_json("{}");
  hosts.a.send(0, wire::ITEM_NOTIFICATION, 0, notice.SerializeAsString());
  notice.set_member_channel(random.new_id('C').text());
  notice.set_member(true);
  hosts.a.send(0, wire::ITEM_NOTIFICATION, 0, notice.SerializeAsString());
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) {
    return p.notifications.size() == 1 && p.memberships.size() == 1 && p.memberships[0].member;
  }));
  wire::host_notice revoked;
  revoked.set_forget_token("4041");  // a hash, in hexadecimal
  hosts.a.send(2, wire::ITEM_HOST_NOTICE, 0, revoked.SerializeAsString());
  CHECK(hosts.b.notes.wait(
      [](const notebook::pages& p) { return p.revoked == std::vector<std::string>{"@A"}; }));
}

TEST_CASE("link: before it serves, a host refuses requests and drops the rest") {
  settings config = cluster_of({"a", "b"});
  link_host a(config, "a", 1, facts_of({1, 2}));
  link_host b(config, "b", 2, facts_of({1, 2}));
  a.serve();
  REQUIRE(a.notes.hears(2));
  wire::peer_request channel;
  channel.mutable_channel()->set_channel_id("C1");
  CHECK(a.ask(2, 1, channel).errc() == static_cast<std::uint32_t>(errc::not_owner) + 1);
  caf::anon_send(b.host.link, serve_peers{.slots = false});
  wire::peer_request meta;
  meta.mutable_meta()->set_directory("123");
  CHECK(a.ask(2, 4, meta).meta().index() == 3);
  CHECK(a.ask(2, 1, channel).errc() == static_cast<std::uint32_t>(errc::not_owner) + 1);
  b.serve();
  CHECK(a.ask(2, 1, channel).channel().detail() == "asked in C1");
}

TEST_CASE("link: a host that ends is lost soon, and its next process is heard as a new one") {
  settings config = cluster_of({"a", "b"});
  link_host a(config, "a", 1, facts_of({1, 2}));
  a.serve();
  for (int life = 0; life < 3; ++life) {
    link_host b(config, "b", 2, facts_of({1, 2}));
    b.serve();
    REQUIRE(a.notes.hears(2));
    REQUIRE(b.notes.hears(1));
    a.where.led_by(1, 2, static_cast<raft::term_t>(life + 1));
    a.notes.clear();
  }
  CHECK(a.notes.loses(2, std::chrono::seconds(3)));
  CHECK(a.where.of(1).leader == 0);
}

// Starts on disk 2 as its start `number`.
std::function<void(link_setup&)> in_start(std::uint64_t number) {
  return [number](link_setup& setup) { setup.count_start = [number] { return number; }; };
}

bool is_told_of_its_disk(link_host& host) {
  return host.notes.wait([](const notebook::pages& p) {
    return !p.old_copies.empty() && p.old_copies[0].find("counts 5 starts") != std::string::npos;
  });
}

TEST_CASE("link: a host whose disk was put back from an older copy is told so and is no peer") {
  settings config = cluster_of({"a", "b"});
  link_host a(config, "a", 1, facts_of({1, 2}));
  a.serve();
  for (std::uint64_t start : {6u, 7u}) {
    link_host b(config, "b", 2, facts_of({1, 2}), in_start(start));
    b.serve();
    REQUIRE(a.notes.hears(2));
    a.notes.clear();
  }
  link_host b(config, "b", 2, facts_of({1, 2}), in_start(5));
  b.serve();
  CHECK(is_told_of_its_disk(b));
  CHECK(b.notes.loses(1));
}

TEST_CASE("link: what the ring view on the disk, or a newer one, knows of a disk counts from the start") {
  settings config = cluster_of({"a", "b"});
  wire::ring_view view;
  view.set_generation(9);
  auto& member = *view.add_members();
  member.set_store_id(2);
  member.set_name("b");
  member.set_starts(6);
  member.set_incarnation(1);
  {
    link_host a(config, "a", 1, facts_of({1, 2}), [&](link_setup& setup) { setup.view = view; });
    link_host b(config, "b", 2, facts_of({1, 2}), in_start(5));
    CHECK(is_told_of_its_disk(b));
  }
  ring_view_holder ring;
  link_host a(config, "a", 1, facts_of({1, 2}));
  link_host b(config, "b", 2, facts_of({1, 2}), in_start(5));
  a.host.ring = &ring;
  a.serve();
  REQUIRE(a.notes.hears(2));
  ring.replace(std::make_shared<const wire::ring_view>(view));
  CHECK(is_told_of_its_disk(b));
  CHECK(a.notes.loses(2));
}

TEST_CASE("link: a start that cannot have its address is not counted, one that cannot be counted fails") {
  settings config = cluster_of({"a", "b"});
  link_host a(config, "a", 1);
  int counted = 0;
  auto count = [&](link_setup& setup) {
    setup.count_start = [&]() -> result<std::uint64_t> {
      ++counted;
      return make_error(errc::storage_unavailable, "no room for the count");
    };
  };
  CHECK_THROWS(link_host(config, "a", 1, {}, count));
  CHECK(counted == 0);
  CHECK_THROWS(link_host(config, "b", 2, {}, count));
  CHECK(counted == 1);
}

TEST_CASE("link: thousands of items arrive in their order") {
  two_hosts hosts;
  REQUIRE(hosts.meet());
  std::vector<raft::message> one(1);
  constexpr std::size_t count = 20'000;
  for (std::size_t i = 0; i < count; ++i) {
    one[0].index = i;
    hosts.a.send(2, wire::ITEM_RAFT, 1, encode_raft(one));
  }
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) { return p.raft.size() == count; }));
  CHECK(hosts.b.notes.wait([](const notebook::pages& p) {
    for (std::size_t i = 0; i < count; ++i)
      if (p.raft[i].messages[0].index != i)
        return false;
    return true;
  }));
}

TEST_CASE("link: an address that is taken is an error that names it") {
  settings config = cluster_of({"a", "b"});
  link_host a(config, "a", 1);
  try {
    link_host again(config, "a", 1);
    FAIL("two listened on one address");
  } catch (const std::runtime_error& refused) {
    CHECK(std::string(refused.what()).find(config.cluster.hosts[0].peer) != std::string::npos);
  }
}

}  // namespace
}  // namespace carillon
