// When a host may be stopped, by the picture of all hosts: three of them with four slots, on which one
// thing after the other is made wrong.
#include <doctest/doctest.h>

#include "tools/ring/cluster_lacks.hpp"
#include "tools/ring/ring_wait.hpp"

using namespace carillon;
using namespace carillon::ring;

namespace {

const std::string names[] = {"a", "b", "c"};

// Host n + 1 of the names leads slots n and n + 3.
ring_look whole() {
  ring_look out;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    auto* member = out.view.add_members();
    member->set_store_id(id);
    member->set_name(names[id - 1]);
    member->set_weight(100);
    member->set_starts(1);
    auto* host = out.cluster.add_hosts();
    host->set_name(names[id - 1]);
    host->set_store_id(id);
    host->set_state("serving");
  }
  for (int slot = 0; slot < 4; ++slot) {
    auto* place = out.view.add_slots();
    const int leader = slot % 3;
    place->set_preferred_leader(static_cast<std::uint64_t>(leader + 1));
    for (int n = 0; n < 3; ++n) {
      place->add_replicas(static_cast<std::uint64_t>(n + 1));
      auto* replica = out.cluster.mutable_hosts(n)->add_slots();
      replica->set_slot(static_cast<std::uint32_t>(slot));
      replica->set_role(n == leader ? "leader" : "follower");
      replica->set_serves(n == leader);
      replica->set_last_index(5'000);
      replica->set_term(2);
      for (int other = 0; n == leader && other < 3; ++other)
        if (other != leader) {
          auto* book = replica->add_replicas();
          book->set_host(names[other]);
          book->set_voter(true);
          book->set_match(4'990);
          book->set_state("replicating");
        }
    }
    out.cluster.mutable_hosts(leader)->set_slots_led(out.cluster.hosts(leader).slots_led() + 1);
  }
  return out;
}

std::string lacks(const ring_look& now, const std::string& but = {}) {
  return cluster_lacks(now.view, now.cluster, but);
}

wire::slot_picture& leader_of_slot_1(ring_look& now) {
  return *now.cluster.mutable_hosts(1)->mutable_slots(1);
}

}  // namespace

TEST_CASE("cluster: nothing is missing where all serve, all slots are led and all followers are at their heels") {
  CHECK(lacks(whole()) == "");
  CHECK(lacks(whole(), "b") == "");
}

TEST_CASE("cluster: a silent host is missing, but not to itself") {
  ring_look now = whole();
  now.cluster.mutable_hosts()->DeleteSubrange(0, 1);
  CHECK(lacks(now) == "a is silent");
  CHECK(lacks(now, "b") == "a is silent");
  CHECK(lacks(now, "a") == "slot 0 has no leader");  // it gave nothing away
}

TEST_CASE("cluster: a host that is not well is missing, and one that only rests is not that") {
  ring_look now = whole();
  now.cluster.mutable_hosts(2)->set_state("storage_unavailable: disk full");
  CHECK(lacks(now, "b") == "c: storage_unavailable: disk full");
  CHECK(lacks(now, "c") == "");
  now.cluster.mutable_hosts(2)->set_state("shutting_down: it rests, until carillon ring add takes it in again");
  CHECK(lacks(now, "b") == "");
  auto* wish = now.view.add_wishes();
  wish->set_store_id(3);
  wish->set_intent(wire::HOST_RESTS);
  CHECK(lacks(now, "b") == "c rests already");
  CHECK(lacks(now, "c") == "");
}

TEST_CASE("cluster: a follower that is far behind, learns, or is not there at all is missing") {
  ring_look now = whole();
  wire::replica_progress& book = *leader_of_slot_1(now).mutable_replicas(1);
  book.set_match(4'000);
  CHECK(lacks(now) == "");
  book.set_match(3'999);
  CHECK(lacks(now) == "c is 1001 entries behind in slot 1");
  CHECK(lacks(now, "c") == "");  // it is the one that goes
  book.set_match(4'990);
  book.set_state("pulling");
  CHECK(lacks(now) == "c is 10 entries behind in slot 1");
  book.set_state("replicating");
  book.set_voter(false);
  CHECK(lacks(now) == "c learns slot 1");
  leader_of_slot_1(now).mutable_replicas()->RemoveLast();
  CHECK(lacks(now) == "slot 1 has 2 replicas of 3");
}

TEST_CASE("cluster: a slot that nobody says he leads is missing, and so is one with a leader that does not serve yet") {
  ring_look now = whole();
  leader_of_slot_1(now).set_serves(false);
  CHECK(lacks(now) == "slot 1 has no leader");
  leader_of_slot_1(now).set_role("follower");
  CHECK(lacks(now) == "slot 1 has no leader");
}

TEST_CASE("cluster: moves that are planned or under way come first, seen by the ring or by the hosts") {
  ring_look now = whole();
  now.view.add_moves()->set_slot(2);
  CHECK(lacks(now) == "1 replicas are to move");
  now.view.clear_moves();
  for (const auto& place : now.view.slots())
    *now.cluster.add_places() = place;
  *now.cluster.mutable_members() = now.view.members();
  CHECK(cluster_lacks(view_of(now.cluster), now.cluster, {}) == "");
  now.cluster.add_moves()->set_slot(2);
  CHECK(cluster_lacks(view_of(now.cluster), now.cluster, {}) == "1 replicas are to move");
}

TEST_CASE("ring words: a rest is done when nothing is led and the clients are gone or had their time") {
  ring_look now = whole();
  now.cluster.mutable_hosts(1)->set_websockets(3);
  CHECK(still_to_come(now, "b", wire::HOST_RESTS, false) == "b leads 1 slots still");
  now.cluster.mutable_hosts(1)->set_slots_led(0);
  CHECK(still_to_come(now, "b", wire::HOST_RESTS, false) == "b has 3 clients still");
  CHECK(still_to_come(now, "b", wire::HOST_RESTS, true) == "");
  now.cluster.mutable_hosts(1)->set_websockets(0);
  CHECK(still_to_come(now, "b", wire::HOST_RESTS, false) == "");
  now.cluster.mutable_hosts()->DeleteSubrange(1, 1);
  CHECK(still_to_come(now, "b", wire::HOST_RESTS, false) == "");
}

TEST_CASE("ring words: a drain is done when nothing is held, taking in when the host is there and the ring whole") {
  ring_look now = whole();
  CHECK(still_to_come(now, "b", wire::HOST_DRAINS, false) == "b holds 4 slots still");
  CHECK(still_to_come(now, "b", wire::HOST_SERVES, false) == "");
  now.view.add_moves()->set_slot(1);
  CHECK(still_to_come(now, "b", wire::HOST_SERVES, false) == "1 replicas are to move");
  now.cluster.mutable_hosts()->DeleteSubrange(1, 1);
  CHECK(still_to_come(now, "b", wire::HOST_SERVES, false) == "b is silent");
  for (auto& place : *now.view.mutable_slots())
    place.mutable_replicas()->Truncate(1);
  CHECK(still_to_come(now, "b", wire::HOST_DRAINS, false) == "");
}

TEST_CASE("ring words: a host that was called by its store id is waited for as one called by its name") {
  ring_look now = whole();
  CHECK(still_to_come(now, "2", wire::HOST_LEAVES, false) == "2 holds 4 slots still");
  CHECK(still_to_come(now, "2", wire::HOST_RESTS, false) == "2 leads 1 slots still");
  CHECK(still_to_come(now, "2", wire::HOST_SERVES, false) == "");
  // A disk that is gone, whose host has a new one: it is the old one that is waited for.
  auto* old_disk = now.view.add_members();
  old_disk->set_store_id(0xdead);
  old_disk->set_name("b");
  now.view.mutable_slots(0)->add_replicas(0xdead);
  CHECK(still_to_come(now, "dead", wire::HOST_LEAVES, false) == "dead holds 1 slots still");
  now.view.mutable_slots(0)->mutable_replicas()->RemoveLast();
  CHECK(still_to_come(now, "dead", wire::HOST_LEAVES, false) == "");
}
