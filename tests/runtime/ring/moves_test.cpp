// How the ring gets from one table to another: a few moves at a time, from any point at which a leader
// died. Small rings of hosts 1, 2, 3 ...; the groups do what is asked of them, one after the other.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

#include "runtime/base/random.hpp"
#include "runtime/ring/moves.hpp"
#include "runtime/ring/ring_command.hpp"
#include "runtime/ring/ring_delta.hpp"

namespace carillon {
namespace {

wire::ring_member member(std::uint64_t id, const std::string& zone = {}) {
  wire::ring_member out;
  out.set_store_id(id);
  out.set_name("host" + std::to_string(id));
  out.set_weight(100);
  out.set_zone(zone);
  return out;
}

// A ring whose groups obey: what the view asks of a slot, its group does when told to.
struct small_ring {
  explicit small_ring(std::uint64_t hosts, std::uint32_t slots = 16, std::uint32_t zones = 1) {
    needs.rules = {.slots = slots, .replicas = 3};
    needs.is_alive = [this](std::uint64_t host) { return dead.count(host) == 0; };
    for (std::uint64_t id = 1; id <= hosts; ++id)
      *view.add_members() = member(id, zone_of(id, zones));
    view = planned_view(place_slots(view, needs.rules), needs);
    view.set_generation(1);
  }

  static std::string zone_of(std::uint64_t host, std::uint32_t zones) {
    return zones == 1 ? std::string() : "zone" + std::to_string(host % zones);
  }

  void join(std::uint64_t id, const std::string& zone = {}) {
    *view.add_members() = member(id, zone);
    view.set_generation(view.generation() + 1);
  }

  void say(wire::host_intent intent, std::uint64_t host) {
    wire::ring_command command;
    command.mutable_host()->set_host("host" + std::to_string(host));
    command.mutable_host()->set_intent(intent);
    obey(command);
  }
  void pin(std::uint32_t slot, std::uint64_t host) {
    wire::ring_command command;
    command.mutable_pin()->set_slot(slot);
    command.mutable_pin()->set_host(host == 0 ? "" : "host" + std::to_string(host));
    obey(command);
  }
  void obey(const wire::ring_command& command) {
    auto next = with_command(view, command);
    REQUIRE(next.has_value());
    next->set_generation(view.generation() + 1);
    view = *next;
  }

  // The group of the slot does what its move asks for, and says so.
  void do_move(const wire::replica_move& move) {
    group_fact& group = needs.groups[static_cast<slot_id>(move.slot())];
    const auto& place = view.slots(static_cast<int>(move.slot()));
    group.voters = {place.replicas().begin(), place.replicas().end()};
    group.voters.erase(move.from());
    if (move.to() != 0)
      group.voters.insert(move.to());
    group.generation = view.generation();
  }

  // One commit of the ring actor. False: it has nothing to do.
  bool advance() {
    auto next = next_view(view, needs);
    if (!next)
      return false;
    CHECK(next->generation() == view.generation() + 1);
    wire::ring_view by_delta = view;
    CHECK(apply_delta(by_delta, delta_of(view, *next)));
    CHECK(by_delta.SerializeAsString() == next->SerializeAsString());
    for (const auto& move : next->moves())
      if (move.began() == next->generation())
        begun.push_back(move);
    view = std::move(*next);
    return true;
  }

  // Until nothing is left to do; the number of moves that began.
  std::size_t settle() {
    const std::size_t before = begun.size();
    for (int rounds = 0; advance() || !under_way().empty(); ++rounds) {
      REQUIRE(rounds < 10'000);
      for (const auto& move : under_way())
        do_move(move);
    }
    return begun.size() - before;
  }

  std::vector<wire::replica_move> under_way() const {
    std::vector<wire::replica_move> out;
    for (const auto& move : view.moves())
      if (move.began() != 0)
        out.push_back(move);
    return out;
  }
  std::map<std::uint64_t, int> places() const {
    std::map<std::uint64_t, int> out;
    for (const auto& place : view.slots())
      for (auto host : place.replicas())
        ++out[host];
    return out;
  }
  std::map<std::uint64_t, int> leaders() const {
    std::map<std::uint64_t, int> out;
    for (const auto& place : view.slots())
      ++out[place.preferred_leader()];
    return out;
  }
  bool is_member(std::uint64_t host) const {
    return std::any_of(view.members().begin(), view.members().end(),
                       [&](const auto& each) { return each.store_id() == host; });
  }

  wire::ring_view view;
  ring_needs needs;
  std::set<std::uint64_t> dead;
  std::vector<wire::replica_move> begun;
};

}  // namespace

TEST_CASE("moves: a ring that is as it should be stays as it is") {
  small_ring ring(3);
  CHECK(!ring.advance());
}

TEST_CASE("moves: a new host gets its share, and nothing else moves") {
  small_ring ring(3);
  ring.join(4);
  CHECK(ring.settle() == 12);  // 16 slots of 3 replicas on 4 hosts
  CHECK(ring.places() == std::map<std::uint64_t, int>{{1, 12}, {2, 12}, {3, 12}, {4, 12}});
  CHECK(ring.leaders() == std::map<std::uint64_t, int>{{1, 4}, {2, 4}, {3, 4}, {4, 4}});
  for (const auto& move : ring.begun)
    CHECK(move.to() == 4);
}

TEST_CASE("moves: never more at once than allowed, in all and to one host") {
  small_ring ring(3, 64);
  ring.needs.limits = {.at_once = 5, .per_host = 2};
  ring.join(4);
  REQUIRE(ring.advance());
  CHECK(ring.under_way().size() == 2);
  ring.join(5);
  ring.join(6);
  REQUIRE(ring.advance());
  CHECK(ring.under_way().size() == 5);
  CHECK(!ring.advance());  // until one of them is done
  ring.do_move(ring.under_way().front());
  REQUIRE(ring.advance());
  CHECK(ring.under_way().size() == 5);
}

TEST_CASE("moves: a place changes when the group has changed, not before") {
  small_ring ring(3);
  ring.join(4);
  ring.needs.limits.at_once = 1;
  REQUIRE(ring.advance());
  const wire::replica_move move = ring.under_way().front();
  const auto slot = static_cast<int>(move.slot());
  CHECK(!ring.advance());
  ring.do_move(move);
  group_fact& said = ring.needs.groups[static_cast<slot_id>(move.slot())];
  SUBCASE("its newcomer still learns") {
    said.learners.insert(move.to());
    CHECK(!ring.advance());
  }
  SUBCASE("who leaves is still there") {
    said.voters.insert(move.from());
    CHECK(!ring.advance());
  }
  SUBCASE("what it says is older than the move") {
    said.generation = move.began() - 1;
    CHECK(!ring.advance());
  }
  SUBCASE("all is done") {
    REQUIRE(ring.advance());
    const auto& replicas = ring.view.slots(slot).replicas();
    CHECK(std::count(replicas.begin(), replicas.end(), move.to()) == 1);
    CHECK(std::count(replicas.begin(), replicas.end(), move.from()) == 0);
  }
}

TEST_CASE("moves: a drained host ends with nothing and stays a member; serving again it gets its share") {
  small_ring ring(4);
  ring.say(wire::HOST_DRAINS, 2);
  CHECK(ring.settle() == 12);
  CHECK(ring.places().count(2) == 0);
  CHECK(ring.leaders().count(2) == 0);
  CHECK(ring.is_member(2));
  ring.say(wire::HOST_SERVES, 2);
  ring.settle();
  CHECK(ring.places()[2] == 12);
}

TEST_CASE("moves: a host that leaves is a member no more once it holds nothing") {
  small_ring ring(4);
  ring.say(wire::HOST_LEAVES, 2);
  REQUIRE(ring.advance());
  CHECK(ring.is_member(2));
  ring.settle();
  CHECK(!ring.is_member(2));
  CHECK(ring.places().count(2) == 0);
}

TEST_CASE("moves: a drain that is taken back in the middle leaves no slot with too few replicas") {
  small_ring ring(4);
  ring.say(wire::HOST_DRAINS, 2);
  ring.advance();
  ring.do_move(ring.under_way().front());
  ring.say(wire::HOST_SERVES, 2);
  ring.settle();
  CHECK(ring.places() == std::map<std::uint64_t, int>{{1, 12}, {2, 12}, {3, 12}, {4, 12}});
}

TEST_CASE("moves: who is given up is replaced, the slots with the fewest living replicas first") {
  small_ring ring(5, 16);
  ring.dead = {1, 2};
  ring.needs.given_up = {1, 2};
  ring.needs.limits = {.at_once = 1, .per_host = 1};
  REQUIRE(ring.advance());
  auto living = [&](const wire::slot_place& place) {
    return std::count_if(place.replicas().begin(), place.replicas().end(),
                         [&](auto host) { return ring.dead.count(host) == 0; });
  };
  std::int64_t fewest = 3;
  for (const auto& place : ring.view.slots())
    fewest = std::min<std::int64_t>(fewest, living(place));
  CHECK(living(ring.view.slots(static_cast<int>(ring.under_way().front().slot()))) == fewest);
  ring.needs.limits = {};
  ring.settle();
  CHECK(ring.places() == std::map<std::uint64_t, int>{{3, 16}, {4, 16}, {5, 16}});
}

TEST_CASE("moves: nobody is given up when too few would be left for all replicas") {
  small_ring ring(3);
  ring.dead = {1};
  ring.needs.given_up = {1};
  CHECK(!ring.advance());
}

TEST_CASE("moves: one that goes to a host which is given up goes elsewhere") {
  small_ring ring(4);
  ring.join(5);
  ring.needs.limits = {.at_once = 1, .per_host = 1};
  REQUIRE(ring.advance());
  const auto slot = ring.under_way().front().slot();
  CHECK(ring.under_way().front().to() == 5);
  ring.dead = {5};
  ring.needs.given_up = {5};
  ring.advance();
  for (const auto& move : ring.view.moves())
    CHECK(move.to() != 5);
  ring.settle();
  CHECK(ring.places().count(5) == 0);
  CHECK(ring.view.slots(static_cast<int>(slot)).replicas_size() == 3);
}

TEST_CASE("moves: one that is called off in the middle is taken back: who came stays until the group is without it") {
  small_ring ring(3);
  ring.join(4);
  ring.needs.limits = {.at_once = 1, .per_host = 1};
  REQUIRE(ring.advance());
  const wire::replica_move move = ring.under_way().front();
  REQUIRE(move.to() == 4);
  ring.do_move(move);  // the group is done with it, and the ring does not know it yet
  ring.needs.groups.clear();
  ring.say(wire::HOST_LEAVES, 4);
  REQUIRE(ring.advance());
  const wire::replica_move back = ring.under_way().front();
  CHECK(back.slot() == move.slot());
  CHECK(back.to() == 0);
  CHECK(back.from() == 4);
  CHECK(ring.is_member(4));  // it may vote still
  CHECK(!ring.advance());
  ring.do_move(back);
  REQUIRE(ring.advance());
  CHECK(ring.under_way().empty());
  CHECK(!ring.is_member(4));
  CHECK(ring.places().count(4) == 0);
}

TEST_CASE("moves: held by an operator, what began ends and nothing begins") {
  small_ring ring(3);
  ring.join(4);
  ring.needs.limits.at_once = 2;
  REQUIRE(ring.advance());
  wire::ring_command hold;
  hold.set_hold(true);
  ring.obey(hold);
  CHECK(ring.settle() == 0);
  CHECK(ring.places()[4] == 2);
  hold.set_hold(false);
  ring.obey(hold);
  ring.settle();
  CHECK(ring.places()[4] == 12);
}

TEST_CASE("moves: a pinned slot goes to its host, is led by it, and stays through other changes") {
  small_ring ring(5);
  const std::uint64_t host = [&] {
    for (std::uint64_t id = 1;; ++id) {
      const auto& replicas = ring.view.slots(7).replicas();
      if (std::count(replicas.begin(), replicas.end(), id) == 0)
        return id;
    }
  }();
  ring.pin(7, host);
  ring.settle();
  CHECK(ring.view.slots(7).preferred_leader() == host);
  ring.join(6);
  ring.join(7);
  ring.settle();
  CHECK(ring.view.slots(7).preferred_leader() == host);
  CHECK(!ring.advance());
  ring.say(wire::HOST_DRAINS, host);
  ring.settle();
  CHECK(ring.places().count(host) == 0);
  ring.pin(7, 0);
  ring.say(wire::HOST_SERVES, host);
  ring.settle();
  CHECK(ring.places().count(host) == 1);
}

TEST_CASE("moves: whatever comes, goes and dies, the end is a full, balanced table with few moves") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    small_ring ring(3 + random.next() % 5, 32, seed % 2 ? 3 : 1);
    std::uint64_t last = static_cast<std::uint64_t>(ring.view.members_size());
    std::set<std::uint64_t> away;
    for (int event = 0; event < 12; ++event) {
      const std::uint64_t host = 1 + random.next() % last;
      switch (random.next() % 5) {
      case 0:
        ++last;
        ring.join(last, small_ring::zone_of(last, seed % 2 ? 3 : 1));
        break;
      case 1:
        if (last - away.size() > 4 && away.insert(host).second)
          ring.say(wire::HOST_DRAINS, host);
        break;
      case 2:
        if (away.erase(host))
          ring.say(wire::HOST_SERVES, host);
        break;
      default:
        for (int i = 0; i < 3; ++i) {
          ring.advance();
          if (const auto moves = ring.under_way(); !moves.empty())
            ring.do_move(moves[random.next() % moves.size()]);
        }
      }
      for (const auto& place : ring.view.slots())
        CHECK(place.replicas_size() == 3);
    }
    // A leader that knows nothing but the view and the groups goes on where the last one was.
    const wire::ring_view plan = planned_view(ring.view, ring.needs);
    std::size_t under_way = 0;
    for (const auto& move : plan.moves())  // and not only taken back with it
      under_way += move.began() != 0 && move.began() <= ring.view.generation();
    CHECK(under_way + ring.settle() == static_cast<std::size_t>(plan.moves_size()));
    const auto able = static_cast<int>(last - away.size());
    for (std::uint64_t host = 1; host <= last; ++host) {
      const int has = ring.places()[host];
      if (away.count(host))
        CHECK(has == 0);
      else {
        CHECK(has >= 96 / able);
        CHECK(has <= (96 + able - 1) / able);
      }
    }
    CHECK(!ring.advance());
  }
}

TEST_CASE("ring command: the same word twice changes nothing the second time") {
  small_ring ring(4);
  wire::ring_command drain;
  drain.mutable_host()->set_host("host2");
  drain.mutable_host()->set_intent(wire::HOST_DRAINS);
  ring.obey(drain);
  auto again = with_command(ring.view, drain);
  REQUIRE(again.has_value());
  CHECK(again->SerializeAsString() == ring.view.SerializeAsString());
}

TEST_CASE("ring command: who is not there, too much weight, slots beyond the table and the last host are refused") {
  small_ring ring(2, 16);
  wire::ring_command command;
  command.mutable_host()->set_host("host9");
  auto refused = with_command(ring.view, command);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().detail == "no host is called host9; there are host1, host2");
  // A host alone has no name: what it can be called is its store id.
  wire::ring_view alone;
  alone.add_members()->set_store_id(0xcafe);
  CHECK(host_named(alone, "host9").error().detail == "no host is called host9; there are cafe");
  command.mutable_host()->set_host("host1");
  command.mutable_host()->set_weight(weight_max + 1);
  CHECK(!with_command(ring.view, command).has_value());
  command.mutable_host()->set_weight(0);
  ring.obey(command);
  command.mutable_host()->set_host("host2");
  refused = with_command(ring.view, command);
  REQUIRE(!refused.has_value());
  CHECK(refused.error().detail == "no host would be left to hold slots");
  command.mutable_pin()->set_slot(16);
  CHECK(!with_command(ring.view, command).has_value());
  CHECK(!with_command(ring.view, wire::ring_command()).has_value());
}

TEST_CASE("ring delta: one of another generation, or beyond all slots, changes nothing") {
  small_ring ring(3);
  wire::ring_delta delta;
  delta.set_generation(1);
  const std::string before = ring.view.SerializeAsString();
  CHECK(!apply_delta(ring.view, delta));
  delta.set_generation(2);
  delta.add_places()->set_slot(4'000'000'000u);
  CHECK(!apply_delta(ring.view, delta));
  CHECK(ring.view.SerializeAsString() == before);
}

}  // namespace carillon
