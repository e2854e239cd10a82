// What the ring actor does about hosts that come, go and come back: a year of heartbeats is a loop
// here, because time is an argument.
#include "tests/runtime/ring/ring_fixture.hpp"

namespace carillon {

using fixture = test::ring_fixture;
using std::chrono::milliseconds;
using test::member;

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

TEST_CASE("ring: a host that is alone nominates nobody for what it does not lead yet; one with others does") {
  fixture alone(1);
  REQUIRE(alone.view.slots(0).replicas_size() == 1);
  alone.ring.lead(false, alone.now);  // started anew: it leads the ring before its slots
  alone.ring.lead(true, alone.now);
  alone.leader.clear();
  CHECK(alone.pass(std::chrono::minutes(1)).empty());
  fixture with_another(2);
  with_another.leader.clear();
  CHECK(!with_another.pass(std::chrono::minutes(1)).nominations.empty());
}

TEST_CASE("ring: a slot of one replica that is getting another one does get a nominee") {
  fixture f(1);
  f.view.set_generation(f.view.generation() + 1);
  auto& move = *f.view.add_moves();
  move.set_slot(2);
  move.set_to(9);
  f.ring.view_is(f.view, f.now);
  f.leader.clear();
  const auto said = f.pass(std::chrono::minutes(1)).nominations;
  REQUIRE(!said.empty());
  for (const auto& each : said)
    CHECK(each.slot == 2);
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

}  // namespace carillon
