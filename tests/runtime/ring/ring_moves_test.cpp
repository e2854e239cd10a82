// How the ring actor sees its plans through: moves are begun at their pace, done or given up, and
// operators' words change what is planned.
#include "tests/runtime/ring/ring_fixture.hpp"

namespace carillon {

using fixture = test::ring_fixture;
using std::chrono::milliseconds;
using test::member;

namespace {

wire::ring_command wish(const std::string& host, wire::host_intent intent) {
  wire::ring_command out;
  out.mutable_host()->set_host(host);
  out.mutable_host()->set_intent(intent);
  return out;
}

std::size_t under_way(const wire::ring_view& view) {
  return static_cast<std::size_t>(std::count_if(
      view.moves().begin(), view.moves().end(), [](const auto& move) { return move.began() != 0; }));
}

// A fixture whose hosts are heard with every beat, and whose groups do what the view asks of them.
struct moving_ring : fixture {
  using fixture::fixture;

  // So long, or until nothing is proposed and nothing moves.
  void run(milliseconds time) {
    for (milliseconds gone{0}; gone < time; gone += milliseconds(100)) {
      now += milliseconds(100);
      ring_report report;
      for (const auto& member : view.members())
        if (!dead.count(member.store_id()))
          report.alive.push_back(member.store_id());
      for (const auto& [slot, led] : leader)
        if (!dead.count(led.leader))
          report.leaders.push_back(led);
      ring.heard(report, now);
      for (const auto& move : view.moves())
        if (move.began() != 0)
          ring.group_is(static_cast<slot_id>(move.slot()), group_after(move));
      if (auto next = ring.take_actions(now).propose) {
        most_under_way = std::max(most_under_way, under_way(*next));
        ring.view_is(*next, now);
        view = *next;
      }
    }
  }
  group_fact group_after(const wire::replica_move& move) const {
    const auto& place = view.slots(static_cast<int>(move.slot()));
    group_fact out{view.generation(), {place.replicas().begin(), place.replicas().end()}, {}};
    out.voters.erase(move.from());
    out.voters.insert(move.to());
    return out;
  }
  int held_by(ring_host host) const {
    int count = 0;
    for (const auto& place : view.slots())
      count += static_cast<int>(std::count(place.replicas().begin(), place.replicas().end(), host));
    return count;
  }

  std::size_t most_under_way = 0;
};

}  // namespace

TEST_CASE("ring: a host that joins gets its share of the slots once it is heard") {
  moving_ring f;
  f.ring.announced(member(4));
  f.dead.insert({4, 0});  // it has announced itself, and is silent since
  f.run(milliseconds(5'000));
  CHECK(f.view.members_size() == 4);
  CHECK(f.held_by(4) == 0);
  f.dead.clear();
  f.run(milliseconds(10'000));
  CHECK(f.held_by(4) == 6);
  CHECK(f.view.moves_size() == 0);
}

TEST_CASE("ring: an operator's word is in the next view, and the same word again is answered at once") {
  moving_ring f(4);
  CHECK(f.ring.operate(wish("host4", wire::HOST_DRAINS)));
  CHECK(!f.ring.operated());
  f.run(milliseconds(200));
  CHECK(f.ring.operated());
  CHECK(intent_of(f.view, 4) == wire::HOST_DRAINS);
  f.run(milliseconds(10'000));
  CHECK(f.held_by(4) == 0);
  CHECK(f.ring.operate(wish("host4", wire::HOST_DRAINS)));
  CHECK(f.ring.operated());
  CHECK(!f.ring.operate(wish("host9", wire::HOST_DRAINS)));
}

TEST_CASE("ring: a word that was lost with its proposal is proposed again") {
  moving_ring f(4);
  CHECK(f.ring.operate(wish("host4", wire::HOST_DRAINS)));
  f.now += milliseconds(100);
  REQUIRE(f.ring.take_actions(f.now).propose);
  f.ring.propose_failed();
  CHECK(!f.ring.operated());
  f.run(milliseconds(200));
  CHECK(f.ring.operated());
}

TEST_CASE("ring: trying out a word tells its plan and changes nothing") {
  moving_ring f(4);
  auto would_be = f.ring.try_out(wish("host4", wire::HOST_DRAINS), f.now);
  REQUIRE(would_be.has_value());
  CHECK(would_be->moves_size() == 6);
  CHECK(f.ring.operated());
  f.run(milliseconds(2'000));
  CHECK(f.held_by(4) == 6);
}

TEST_CASE("ring: who is silent for ten minutes is replaced, not a moment earlier, and gets a share when it is back") {
  moving_ring f(4);
  f.run(milliseconds(2'000));
  f.lose({4});
  f.run(milliseconds(599'000));
  CHECK(f.held_by(4) == 6);
  f.run(milliseconds(20'000));
  CHECK(f.held_by(4) == 0);
  f.come_back(4);
  f.run(milliseconds(20'000));
  CHECK(f.held_by(4) == 6);
}

TEST_CASE("ring: a host that was never heard since this leader began is given its ten minutes from then") {
  moving_ring f(4);
  f.dead.insert({4, 0});
  f.run(milliseconds(590'000));
  CHECK(f.held_by(4) == 6);
  f.run(milliseconds(60'000));
  CHECK(f.held_by(4) == 0);
}

TEST_CASE("ring: of many that fall silent together nobody is replaced until an operator says so") {
  moving_ring f(6);
  f.run(milliseconds(2'000));
  f.lose({4});
  f.run(milliseconds(30'000));
  f.lose({5});
  f.run(milliseconds(1'200'000));
  CHECK(f.held_by(4) > 0);
  CHECK(f.held_by(5) > 0);
  CHECK(f.ring.operate(wish("host4", wire::HOST_LEAVES)));
  CHECK(f.ring.operate(wish("host5", wire::HOST_LEAVES)));
  f.run(milliseconds(30'000));
  CHECK(f.held_by(4) == 0);
  CHECK(f.held_by(5) == 0);
}

TEST_CASE("ring: a host that left does not join again by itself, and does on an operator's word") {
  moving_ring f(4);
  CHECK(f.ring.operate(wish("host4", wire::HOST_LEAVES)));
  f.run(milliseconds(10'000));
  CHECK(f.view.members_size() == 3);
  f.ring.announced(member(4, 9));
  f.run(milliseconds(10'000));
  CHECK(f.view.members_size() == 3);
  CHECK(f.ring.operate(wish("4", wire::HOST_SERVES)));
  f.run(milliseconds(10'000));
  CHECK(f.view.members_size() == 4);
  CHECK(f.held_by(4) == 6);
}

TEST_CASE("ring: leadership is not handed back in a slot that is on its way") {
  moving_ring f(4);
  f.run(milliseconds(1'000));
  CHECK(f.ring.operate(wish("host4", wire::HOST_DRAINS)));
  f.now += milliseconds(100);
  auto next = f.ring.take_actions(f.now).propose;
  REQUIRE(next);
  f.ring.view_is(*next, f.now);
  f.view = *next;
  std::set<std::uint32_t> moving;
  for (const auto& move : f.view.moves())
    if (move.began() != 0)
      moving.insert(move.slot());
  REQUIRE(!moving.empty());
  for (auto& [slot, led] : f.leader)
    if (moving.count(static_cast<std::uint32_t>(slot)))
      led.leader = led.leader == 1 ? 2 : 1, ++led.term;
  const auto actions = f.pass(milliseconds(20'000));
  for (const auto& back : actions.hand_backs)
    CHECK(moving.count(back.slot) == 0);
}

TEST_CASE("ring: the next leader of the meta group goes on with the plan that the view has") {
  moving_ring f(3);
  f.ring.announced(member(4));
  f.run(milliseconds(300));
  const std::string plan = f.view.SerializeAsString();
  REQUIRE(f.view.moves_size() > 0);
  ring_state next(fixture::options(3, 8), f.now);
  next.view_is(f.view, f.now);
  next.lead(true, f.now);
  next.heard({.alive = {1, 2, 3, 4}, .lost = {}, .leaders = {}}, f.now);
  auto proposed = next.take_actions(f.now).propose;
  if (proposed)  // it may begin more, and plans nothing else
    CHECK(proposed->planned_for() == f.view.planned_for());
}

TEST_CASE("ring: two slots that are busy for minutes get two leaders; a moment's rush, or none to speak of, moves nobody") {
  moving_ring f(3);
  std::vector<int> hot;
  for (auto& [slot, led] : f.leader)
    if (led.leader == 1 && hot.size() < 2)
      hot.push_back(slot);
  REQUIRE(hot.size() == 2);
  auto preferred = [&](int slot) { return f.view.slots(slot).preferred_leader(); };
  auto work = [&](std::uint32_t load) {
    for (int slot : hot)
      f.leader[slot].load = load;
  };
  work(2'000);
  f.run(milliseconds(3'000));
  work(0);
  f.run(milliseconds(120'000));
  CHECK(preferred(hot[0]) == preferred(hot[1]));
  work(20);
  f.run(milliseconds(600'000));
  CHECK(preferred(hot[0]) == preferred(hot[1]));
  work(2'000);
  f.run(milliseconds(300'000));
  CHECK(preferred(hot[0]) != preferred(hot[1]));
}

}  // namespace carillon
