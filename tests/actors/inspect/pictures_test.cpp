// One picture out of what several hosts said.
#include <doctest/doctest.h>

#include "actors/describing.hpp"
#include "actors/inspect/pictures.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/json.hpp"

using namespace carillon;

namespace {

host_answer answer_of(const std::string& name) {
  host_answer out{name, 1'000, 1'400, {}};
  out.reply.mutable_host()->set_name(name);
  out.reply.mutable_host()->set_now(2'250);
  return out;
}

host_answer silence_of(const std::string& name, errc why, const std::string& words) {
  host_answer out{name, 1'000, 1'000, {}};
  out.reply.set_errc(static_cast<std::uint32_t>(why) + 1);
  out.reply.set_detail(words);
  return out;
}

wire::top_line line(const std::string& name, double value) {
  wire::top_line out;
  out.set_name(name);
  out.set_value(value);
  return out;
}

}  // namespace

TEST_CASE("pictures: hosts stand in the order of the configuration, the silent ones apart") {
  std::vector<host_answer> said{answer_of("c"), silence_of("b", errc::timed_out, ""), answer_of("a")};
  const auto picture = picture_of_cluster({}, {"a", "b", "c"}, std::move(said), true);
  REQUIRE(picture.hosts_size() == 2);
  CHECK(picture.hosts(0).name() == "a");
  CHECK(picture.hosts(1).name() == "c");
  CHECK(picture.hosts(0).round_trip() == 400);
  CHECK(picture.hosts(0).clock_offset() == 1'050);
  REQUIRE(picture.silent_size() == 1);
  CHECK(picture.silent(0).name() == "b");
  CHECK(picture.silent(0).why() == "timed_out");
}

TEST_CASE("pictures: learners, pulls and damaged logs are moves, also when slots are not wanted") {
  host_answer leader = answer_of("a"), puller = answer_of("b");
  wire::slot_picture& led = *leader.reply.mutable_host()->add_slots();
  led.set_slot(7);
  led.set_host("a");
  led.set_role("leader");
  led.set_last_index(100);
  auto add = [&](const std::string& host, bool voter, std::uint64_t match) {
    wire::replica_progress& each = *led.add_replicas();
    each.set_host(host);
    each.set_voter(voter);
    each.set_match(match);
  };
  add("b", true, 100);
  add("c", false, 60);
  wire::slot_picture& pulled = *puller.reply.mutable_host()->add_slots();
  pulled.set_slot(9);
  pulled.set_host("b");
  pulled.set_role("follower");
  pulled.set_commit(50);
  pulled.set_applied(20);
  pulled.set_trouble("pulling tables");
  const auto picture = picture_of_cluster({}, {"a", "b"}, {leader, puller}, false);
  REQUIRE(picture.moves_size() == 2);
  CHECK(picture.moves(0).slot() == 7);
  CHECK(picture.moves(0).host() == "c");
  CHECK(picture.moves(0).what() == "learner");
  CHECK(picture.moves(0).behind() == 40);
  CHECK(picture.moves(1).slot() == 9);
  CHECK(picture.moves(1).what() == "pulling tables");
  CHECK(picture.moves(1).behind() == 30);
  CHECK(picture.hosts(0).slots_size() == 0);
  CHECK(picture_of_cluster({}, {"a", "b"}, {leader, puller}, true).hosts(0).slots_size() == 1);
}

TEST_CASE("pictures: the highest of all hosts' lists are kept, in their order") {
  wire::top_picture a, b;
  *a.add_channels() = line("one", 5);
  *a.add_channels() = line("two", 1);
  *b.add_channels() = line("three", 9);
  a.add_connections()->set_queued_for(1);
  b.add_connections()->set_queued_for(2);
  const auto both = merge_tops({a, b}, 2);
  REQUIRE(both.channels_size() == 2);
  CHECK(both.channels(0).name() == "three");
  CHECK(both.channels(1).name() == "one");
  CHECK(both.connections(0).queued_for() == 2);
  wire::top_picture calm;
  *calm.add_mailboxes() = line("slot/1", 0);
  *calm.add_mailboxes() = line("slot/2", 3);
  *calm.add_mailboxes() = line("slot/3", 0);
  calm.mutable_mailboxes(2)->set_time(350'000);
  const auto waiting = merge_tops({calm}, 0);
  REQUIRE(waiting.mailboxes_size() == 2);
  CHECK(waiting.mailboxes(0).name() == "slot/2");
  CHECK(waiting.mailboxes(1).name() == "slot/3");
  wire::top_picture many;
  for (int i = 0; i < 30; ++i)
    *many.add_queues() = line("q", i);
  CHECK(merge_tops({many}, 0).queues_size() == static_cast<int>(top_default));
}

TEST_CASE("pictures: who leads a slot is what all who answer know, also of a host that does not") {
  wire::cluster_picture cluster;
  auto add = [&](const char* host, std::uint32_t slot, const char* role, const char* leader,
                 std::uint64_t term, bool serves = false) {
    auto* found = static_cast<wire::host_picture*>(nullptr);
    for (auto& each : *cluster.mutable_hosts())
      if (each.name() == host)
        found = &each;
    if (!found) {
      found = cluster.add_hosts();
      found->set_name(host);
    }
    wire::slot_picture& out = *found->add_slots();
    out.set_slot(slot);
    out.set_role(role);
    out.set_leader(leader);
    out.set_term(term);
    out.set_serves(serves);
    return &out;
  };
  add("a", 0, "leader", "a", 3, true);
  add("b", 0, "leader", "b", 4, false);  // the higher term counts
  add("a", 1, "follower", "c", 5);       // c is silent: b has not seen it go
  add("b", 1, "follower", "c", 6);
  add("a", 2, "follower", "b", 7);       // b answers, and leads no more
  add("b", 2, "candidate", "", 8);
  add("a", 3, "follower", "c", 7);       // c led it once; b does now
  add("b", 3, "leader", "b", 8, true);
  add("a", 4, "follower", "", 1)->set_trouble("pulling tables");
  const auto states = states_of(cluster.hosts(), 6);
  REQUIRE(states.size() == 6);
  CHECK(states[0].leader() == "b");
  CHECK_FALSE(states[0].serves());
  CHECK(states[1].leader() == "c");
  CHECK(states[1].term() == 6);
  CHECK(states[1].hearsay());
  CHECK_FALSE(states[1].serves());
  CHECK(states[2].leader().empty());
  CHECK(states[3].leader() == "b");
  CHECK(states[3].serves());
  CHECK_FALSE(states[3].hearsay());
  CHECK(states[4].leader().empty());
  REQUIRE(states[4].troubles_size() == 1);
  CHECK(states[4].troubles(0) == "a: pulling tables");
  CHECK(states[5].leader().empty());
}

TEST_CASE("pictures: a live view of 256 slots on five hosts is a quarter of the longest frame at most") {
  const std::uint64_t large = 0xfedcba9876543210;
  wire::ring_view view;
  view.set_generation(large);
  std::vector<host_answer> said;
  std::vector<std::string> names;
  for (int host = 0; host < 5; ++host) {
    names.push_back("chat-host-in-a-far-zone-" + std::to_string(host));
    auto& member = *view.add_members();
    member.set_store_id(large + static_cast<std::uint64_t>(host));
    member.set_name(names.back());
    member.set_peer_address(names.back() + ".example.org:7000");
    member.set_public_url("https://" + names.back() + ".example.org");
    host_answer& answer = said.emplace_back(answer_of(names.back()));
    wire::host_picture& picture = *answer.reply.mutable_host();
    picture.set_memory_bytes(large);
    for (int other = 0; other < 5; ++other)
      if (other != host) {
        auto& link = *picture.add_links();
        link.set_host("chat-host-in-a-far-zone-" + std::to_string(other));
        link.set_bytes_sent(large);
        link.set_bytes_received(large);
        link.set_trouble("connection refused by whoever listens there now");
      }
    for (std::uint32_t slot = 0; slot < 256; ++slot) {
      auto& replica = *picture.add_slots();
      replica.set_slot(slot);
      replica.set_host(names.back());
      replica.set_role(slot % 5 == static_cast<std::uint32_t>(host) ? "leader" : "follower");
      replica.set_serves(true);
      replica.set_leader("chat-host-in-a-far-zone-" + std::to_string(slot % 5));
      for (auto set : {&wire::slot_picture::set_term, &wire::slot_picture::set_first_index,
                       &wire::slot_picture::set_last_index, &wire::slot_picture::set_commit,
                       &wire::slot_picture::set_applied, &wire::slot_picture::set_leads_since})
        (replica.*set)(1'790'000'000'000'000);
      if (slot % 8 == 0)
        replica.set_trouble("it does not answer");
    }
  }
  for (std::uint32_t slot = 0; slot < 256; ++slot) {
    auto& place = *view.add_slots();
    for (std::uint64_t replica = 0; replica < 3; ++replica)
      place.add_replicas(large + replica);
    place.set_preferred_leader(large);
  }
  wire::top_picture top;
  for (int i = 0; i < 10; ++i) {
    *top.add_channels() = line("channel/C000000000001", 1234.5678);
    *top.add_mailboxes() = line("channel/C000000000001", 1234.5678);
    *top.add_queues() = line("session/chat-host-in-a-far-zone-1:18446744073709551615", 1e9);
    auto& actor = *top.add_actors();
    actor.set_kind("inspector");
    for (int bucket = 0; bucket < 40; ++bucket) {
      actor.add_histogram(1'234'567'890);
      actor.add_bounds_ns(std::uint64_t{1} << bucket);
    }
    auto& session = *top.add_connections();
    session.set_host(names[0]);
    session.set_connection(large);
    session.set_why("the network, or its machine: nothing acknowledged for 4.2 s, the same segment");
  }
  constexpr std::size_t frame_max = 512u << 10;
  const auto cluster = picture_of_cluster(view, names, said, true);
  CHECK(cluster.states_size() == 256);
  const std::string text = live_text(cluster, top, frame_max);
  MESSAGE("live: ", text.size(), " bytes; with every replica: ", wire::to_json(cluster).size());
  CHECK(text.size() * 4 <= frame_max);
  CHECK(text.find("\"states\"") != std::string::npos);
  // A ring that is too large for a frame is left to those who ask for it.
  const std::string less = live_text(cluster, top, text.size() - 1);
  CHECK(less.size() < text.size() / 2);
  CHECK(less.starts_with(R"({"cluster":{)"));
}

TEST_CASE("pictures: the hosts are those of the settings, then those of the ring that nobody listed") {
  settings config;
  wire::ring_view view;
  view.add_members();  // a host that is alone has no name
  CHECK(host_names(config, view) == std::vector<std::string>{own_name(config)});
  config.cluster.hosts.resize(2);
  config.cluster.hosts[0].name = "b";
  config.cluster.hosts[1].name = "a";
  for (const char* name : {"c", "a", "d", "c"})  // c has had another disk before
    view.add_members()->set_name(name);
  CHECK(host_names(config, view) == std::vector<std::string>{"b", "a", "c", "d"});
}

TEST_CASE("pictures: a clock that may agree with ours does; one behind it has a negative offset") {
  CHECK(clock_offset(1'000, 2'000, 1'500) == 0);
  CHECK(clock_offset(1'000, 2'000, 1'001) == 0);  // nothing says that it is not ours
  CHECK(clock_offset(1'000, 2'000, 2'001) == 501);
  CHECK(clock_offset(1'000, 2'000, 400) == -1'100);
  CHECK(clock_offset(2'000, 1'000, 2'000) == 0);  // our clock was set back meanwhile
}

TEST_CASE("pictures: disks have the names of their hosts, strangers their numbers") {
  wire::ring_view view;
  view.add_members()->set_store_id(7);
  view.mutable_members(0)->set_name("a");
  CHECK(name_of_member(view, 7) == "a");
  CHECK(name_of_member(view, 0x2a) == "000000000000002a");
  CHECK(name_of_member(view, 0).empty());
}
