// What the ring actor does about hosts that come, go and come back: a year of heartbeats is a loop
// here, because time is an argument. Three hosts with eight slots, unless a case says otherwise; this
// host, 1, leads the meta group.
#include <doctest/doctest.h>

#include <map>

#include "runtime/ring/ring_state.hpp"

namespace carillon {
namespace {

using std::chrono::milliseconds;

wire::ring_member member(std::uint64_t id, std::uint64_t incarnation = 7) {
  wire::ring_member out;
  out.set_store_id(id);
  out.set_incarnation(incarnation);
  out.set_name("host" + std::to_string(id));
  out.set_weight(100);
  return out;
}

struct fixture {
  explicit fixture(std::uint32_t hosts = 3, std::uint32_t slots = 8)
      : ring(options(hosts, slots), now) {
    ring.lead(true, now);
    for (std::uint64_t id = 1; id <= hosts; ++id)
      ring.announced(member(id));
    auto actions = ring.take_actions(now);
    REQUIRE(actions.propose);
    view = *actions.propose;
    ring.view_is(view, now);
    for (int slot = 0; slot < view.slots_size(); ++slot)
      led_by(slot, view.slots(slot).preferred_leader(), 1);
    pass(milliseconds(100));
  }

  static ring_state::options options(std::uint32_t hosts, std::uint32_t slots) {
    ring_state::options how;
    how.self = 1;
    how.rules = {.slots = slots, .replicas = 3};
    how.members_expected = hosts;
    return how;
  }

  void led_by(int slot, ring_host host, std::uint64_t term) {
    leader[slot] = {static_cast<slot_id>(slot), host, term};
  }

  // Time passes; beats say each 100 ms what `leader` says of hosts that are there.
  ring_actions pass(milliseconds time) {
    ring_actions all;
    for (milliseconds gone{0}; gone < time; gone += milliseconds(100)) {
      now += milliseconds(100);
      ring_report report;
      for (const auto& [slot, led] : leader)
        if (!dead.count(led.leader))
          report.leaders.push_back(led);
      ring.heard(report, now);
      add(all, ring.take_actions(now));
    }
    return all;
  }
  ring_actions lose(std::vector<ring_host> hosts) {
    for (ring_host host : hosts)
      dead.insert({host, 0});
    ring.heard({.alive = {}, .lost = hosts, .leaders = {}}, now);
    return ring.take_actions(now);
  }
  void come_back(ring_host host) {
    dead.erase(host);
    std::erase_if(leader, [&](const auto& each) { return each.second.leader == host; });
    ring.heard({.alive = {host}, .lost = {}, .leaders = {}}, now);
  }
  static void add(ring_actions& all, ring_actions more) {
    all.nominations.insert(all.nominations.end(), more.nominations.begin(), more.nominations.end());
    all.hand_backs.insert(all.hand_backs.end(), more.hand_backs.begin(), more.hand_backs.end());
    all.alarms.insert(all.alarms.end(), more.alarms.begin(), more.alarms.end());
    if (more.propose)
      all.propose = more.propose;
  }
  int preferred_by(ring_host host) const {
    int count = 0;
    for (const auto& place : view.slots())
      count += place.preferred_leader() == host;
    return count;
  }

  tick_time now{std::chrono::hours(1)};
  ring_state ring;
  wire::ring_view view;
  std::map<int, ring_report::led> leader;
  std::map<ring_host, int> dead;
};

}  // namespace

TEST_CASE("ring: the first table waits for every configured host") {
  tick_time now{};
  ring_state ring(fixture::options(3, 8), now);
  ring.lead(true, now);
  ring.announced(member(1));
  ring.announced(member(2));
  CHECK(ring.take_actions(now).empty());
  ring.announced(member(3));
  auto actions = ring.take_actions(now);
  REQUIRE(actions.propose);
  CHECK(actions.propose->generation() == 1);
  CHECK(actions.propose->slots_size() == 8);
  CHECK(actions.propose->members_size() == 3);
  // One proposal is out at a time.
  CHECK(!ring.take_actions(now).propose);
  ring.propose_failed();
  CHECK(ring.take_actions(now).propose);
}

TEST_CASE("ring: with enough hosts for the replicas the first table waits half a minute, not more") {
  tick_time now{};
  ring_state ring(fixture::options(5, 8), now);
  ring.lead(true, now);
  for (std::uint64_t id : {1, 2, 3})
    ring.announced(member(id));
  CHECK(ring.take_actions(now + milliseconds(29'999)).empty());
  CHECK(ring.take_actions(now + milliseconds(30'000)).propose);
  ring_state too_few(fixture::options(5, 8), now);
  too_few.lead(true, now);
  too_few.announced(member(1));
  too_few.announced(member(2));
  CHECK(!too_few.take_actions(now + std::chrono::hours(1)).propose);
}

TEST_CASE("ring: a restarted host is written down with its new incarnation, once") {
  fixture f;
  f.ring.announced(member(2, 7));
  CHECK(!f.ring.take_actions(f.now).propose);
  f.ring.announced(member(2, 8));
  auto next = f.ring.take_actions(f.now).propose;
  REQUIRE(next);
  CHECK(next->generation() == 2);
  CHECK(next->members(1).incarnation() == 8);
  CHECK(next->slots(0).SerializeAsString() == f.view.slots(0).SerializeAsString());
  f.ring.view_is(*next, f.now);
  f.ring.announced(member(2, 8));
  CHECK(!f.ring.take_actions(f.now).propose);
}

TEST_CASE("ring: a host that joins later is a member without places") {
  fixture f;
  f.ring.announced(member(4));
  auto next = f.ring.take_actions(f.now).propose;
  REQUIRE(next);
  CHECK(next->members_size() == 4);
  CHECK(count_moves(f.view, *next).replicas == 0);
}

TEST_CASE("ring: while everybody is well nothing is done") {
  fixture f;
  CHECK(f.pass(std::chrono::minutes(10)).empty());
  CHECK(f.ring.slots_led() == 8);
}

TEST_CASE("ring: when a host is lost, each slot it led gets a nominee at once, spread evenly") {
  fixture f(3, 60);
  auto actions = f.lose({2});
  CHECK(actions.nominations.size() == static_cast<std::size_t>(f.preferred_by(2)));
  std::map<ring_host, int> nominated;
  for (const auto& each : actions.nominations) {
    CHECK(each.lost == 2);
    CHECK(each.term == 1);
    CHECK(f.view.slots(each.slot).preferred_leader() == 2);
    ++nominated[each.nominee];
  }
  CHECK(nominated[1] == 10);
  CHECK(nominated[3] == 10);
  CHECK(f.ring.slots_led() == 40);
}

TEST_CASE("ring: a slot that another host led goes to its preferred leader if that one is alive") {
  fixture f;
  int slot = 0;
  while (f.view.slots(slot).preferred_leader() != 3)
    ++slot;
  f.led_by(slot, 2, 5);
  f.pass(milliseconds(100));
  auto actions = f.lose({2});
  auto found = std::find_if(actions.nominations.begin(), actions.nominations.end(),
                            [&](const auto& each) { return each.slot == slot; });
  REQUIRE(found != actions.nominations.end());
  CHECK(found->nominee == 3);
  CHECK(found->term == 5);
}

TEST_CASE("ring: a nominee that does not make it is followed by the other replica, until one leads") {
  fixture f;
  auto first = f.lose({2}).nominations;
  REQUIRE(!first.empty());
  CHECK(f.pass(milliseconds(300)).nominations.empty());
  auto second = f.pass(milliseconds(100)).nominations;
  REQUIRE(second.size() == first.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    CHECK(second[i].slot == first[i].slot);
    CHECK(second[i].nominee != first[i].nominee);
  }
  for (const auto& each : second)
    f.led_by(each.slot, each.nominee, 2);
  CHECK(f.pass(std::chrono::minutes(1)).nominations.empty());
  CHECK(f.ring.slots_led() == 8);
}

TEST_CASE("ring: what a lost host is said to lead does not count until it is heard again") {
  fixture f;
  f.lose({2});
  f.ring.heard({.alive = {}, .lost = {}, .leaders = {{0, 2, 9}}}, f.now);
  CHECK(f.ring.slots_led() < 8);
  f.ring.heard({.alive = {2}, .lost = {}, .leaders = {{0, 2, 9}}}, f.now);
  CHECK(f.pass(milliseconds(100)).nominations.size() < 8);
}

TEST_CASE("ring: a leader of an older term changes nothing") {
  fixture f;
  f.led_by(0, 3, 4);
  f.pass(milliseconds(100));
  f.ring.heard({.alive = {}, .lost = {}, .leaders = {{0, 2, 3}}}, f.now);
  auto nominated = f.lose({3}).nominations;
  CHECK(std::any_of(nominated.begin(), nominated.end(), [](const auto& n) { return n.slot == 0; }));
}

TEST_CASE("ring: a slot that nobody is heard to lead gets a nominee after three seconds, not before") {
  fixture f;
  f.pass(milliseconds(1'000));
  f.leader.erase(5);  // its leader stepped down, and its host lives
  CHECK(f.pass(milliseconds(2'900)).nominations.empty());
  auto actions = f.pass(milliseconds(100));
  REQUIRE(actions.nominations.size() == 1);
  CHECK(actions.nominations[0].slot == 5);
  CHECK(actions.nominations[0].lost == 0);
}

TEST_CASE("ring: a ring actor that was frozen itself nominates nobody when it wakes") {
  fixture f;
  f.pass(milliseconds(1'000));
  f.now += milliseconds(10'000);
  CHECK(f.pass(milliseconds(100)).nominations.empty());
  // From then on the patience is the same as ever.
  f.leader.erase(0);
  CHECK(f.pass(milliseconds(2'900)).nominations.empty());
  CHECK(f.pass(milliseconds(200)).nominations.size() == 1);
}

TEST_CASE("ring: a new leader of the meta group nominates for what the old one led") {
  fixture f;
  f.ring.lead(false, f.now);
  f.dead.insert({2, 0});
  f.ring.heard({.alive = {}, .lost = {2}, .leaders = {}}, f.now);
  f.now += milliseconds(1'200);
  f.ring.lead(true, f.now);
  auto actions = f.ring.take_actions(f.now);
  CHECK(actions.nominations.size() == static_cast<std::size_t>(f.preferred_by(2)));
}

TEST_CASE("ring: nobody is nominated while no replica of the slot is alive") {
  fixture f;
  f.view.mutable_slots(0)->clear_replicas();
  f.view.mutable_slots(0)->add_replicas(2);
  f.view.set_generation(2);
  f.ring.view_is(f.view, f.now);
  f.led_by(0, 2, 3);
  f.pass(milliseconds(100));
  for (const auto& each : f.lose({2}).nominations)
    CHECK(each.slot != 0);
}

TEST_CASE("ring: leadership goes back to the preferred leader when all has been quiet for a while") {
  fixture f;
  auto nominated = f.lose({2}).nominations;
  for (const auto& each : nominated)
    f.led_by(each.slot, each.nominee, 2);
  f.pass(milliseconds(2'000));
  auto leaders = f.leader;
  f.come_back(2);
  f.leader = leaders;
  CHECK(f.pass(milliseconds(2'900)).hand_backs.empty());
  auto actions = f.pass(milliseconds(1'000));
  REQUIRE(actions.hand_backs.size() == nominated.size());
  for (const auto& each : actions.hand_backs) {
    CHECK(each.to == 2);
    CHECK(each.from == f.leader[each.slot].leader);
    CHECK(f.view.slots(each.slot).preferred_leader() == 2);
    f.led_by(each.slot, 2, 3);
  }
  CHECK(f.pass(std::chrono::minutes(1)).empty());
}

TEST_CASE("ring: hand-backs go a few at a time, and one that failed is tried again after a pause") {
  fixture f(3, 60);
  for (auto& [slot, led] : f.leader)
    led = {static_cast<slot_id>(slot), led.leader == 2 ? 3 : led.leader, 2};
  auto at_first = f.pass(milliseconds(3'100)).hand_backs;
  CHECK(at_first.size() == 4);
  CHECK(f.pass(milliseconds(400)).hand_backs.empty());
  CHECK(f.pass(milliseconds(100)).hand_backs.size() == 4);
  CHECK(f.pass(milliseconds(4'000)).hand_backs.size() == 12);  // each of the 20 once
  CHECK(!f.pass(milliseconds(1'000)).hand_backs.empty());
}

TEST_CASE("ring: nothing is handed back while a host was lost within the last minute") {
  fixture f(5, 60);
  f.led_by(0, f.view.slots(0).replicas(1), 2);
  auto nominated = f.lose({5}).nominations;
  for (const auto& each : nominated)
    f.led_by(each.slot, each.nominee, 3);
  bool touched = f.leader[0].leader == 5 || f.view.slots(0).preferred_leader() == 5;
  CHECK(f.pass(milliseconds(59'000)).hand_backs.empty());
  CHECK(f.pass(milliseconds(10'000)).hand_backs.size() >= (touched ? 0u : 1u));
}

TEST_CASE("ring: one host of three that vanishes is no alarm; two of ten are, once") {
  fixture three;
  CHECK(three.lose({2}).alarms.empty());
  CHECK(!three.ring.frozen(three.now));

  fixture ten(10, 64);
  CHECK(ten.lose({2}).alarms.empty());
  CHECK(!ten.ring.frozen(ten.now));
  auto actions = ten.lose({3});
  CHECK(actions.alarms.size() == 1);
  CHECK(ten.ring.frozen(ten.now));
  CHECK(ten.pass(milliseconds(59'000)).alarms.empty());
  CHECK(ten.ring.frozen(ten.now));
  ten.pass(milliseconds(2'000));
  CHECK(!ten.ring.frozen(ten.now));
}

TEST_CASE("ring: exactly 15 percent is not yet a freeze") {
  fixture twenty(20, 64);
  twenty.lose({2, 3, 4});
  CHECK(!twenty.ring.frozen(twenty.now));
  twenty.lose({5});
  CHECK(twenty.ring.frozen(twenty.now));
}

// ---- moves --------------------------------------------------------------------------------------

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
