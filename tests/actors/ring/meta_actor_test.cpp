// The meta group among three hosts: the view is founded when everybody has said who it is and reaches
// everybody; directory commands are committed through any host and delivered to all, in one order;
// where the group leads, lost hosts' slots get nominees; who is cut off knows it.
#include "tests/actors/ring/three_rings.hpp"

#include <algorithm>

namespace carillon::test {
namespace {

constexpr std::chrono::milliseconds patient{15'000};

}  // namespace

TEST_CASE("meta: the view is founded with all three hosts and is the same on each") {
  three_rings world;
  world.until_founded();
  const auto view = world.at(1).view.now();
  CHECK(view->members_size() == 3);
  REQUIRE(view->slots_size() == test_slots);
  for (const auto& place : view->slots()) {
    CHECK(place.replicas_size() == 3);
    CHECK(place.founders_size() == 3);
  }
  world.until([&] {
    return world.at(2).view.now()->SerializeAsString() == view->SerializeAsString() &&
           world.at(3).view.now()->SerializeAsString() == view->SerializeAsString();
  });
  // It is in the tables, for the next start.
  world.until([&] {
    auto stored = storage::load_ring_view(world.at(2).store, test_slots);
    return stored && stored->generation() == view->generation();
  });
}

TEST_CASE("meta: without one of the hosts that the configuration names no table is founded yet") {
  three_rings world;
  world.at(3).cut_off = true;
  world.until_led();
  CHECK(world.commit(world.leader(), "meanwhile", patient));  // several ticks long
  CHECK(world.at(1).view.generation() == 0);
  world.at(3).cut_off = false;
  world.until_founded();
}

TEST_CASE("meta: commands given to any host are committed once and delivered to all in one order") {
  three_rings world;
  world.until_founded();
  raft::log_index last = 0;
  for (raft::member_id on : {1, 2, 3, 1, 2, 3}) {
    auto index = world.commit(on, "from " + std::to_string(on), patient);
    REQUIRE(index);
    CHECK(*index > last);
    last = *index;
  }
  const std::vector<std::string> expected{"from 1", "from 2", "from 3",
                                          "from 1", "from 2", "from 3"};
  world.until([&] {
    return world.delivered(1).size() == 6 && world.delivered(2).size() == 6 &&
           world.delivered(3).size() == 6;
  });
  for (raft::member_id id : {1, 2, 3})
    CHECK(world.delivered(id) == expected);
}

TEST_CASE("meta: a command that no majority takes is refused when the patience is over") {
  three_rings world;
  world.until_founded();
  world.at(2).cut_off = world.at(3).cut_off = true;
  auto outcome = world.commit(1, "nobody hears", std::chrono::milliseconds(300));
  REQUIRE(!outcome);
  CHECK(outcome.code() == errc::timed_out);
}

TEST_CASE("meta: a host that hears no majority says that it is cut off, and takes it back") {
  three_rings world;
  world.until_founded();
  world.until([&] { return !world.at(1).health.cut_off() && !world.at(2).health.cut_off(); });
  world.at(3).cut_off = true;
  world.until([&] { return world.at(3).health.cut_off(); });
  CHECK(world.at(3).health.heard()->empty());
  CHECK(!world.at(1).health.cut_off());  // two of three are a majority
  CHECK(!world.at(2).health.cut_off());
  world.at(3).cut_off = false;
  world.until([&] { return !world.at(3).health.cut_off(); });
  CHECK(world.at(3).health.heard()->size() == 2);
}

TEST_CASE("meta: when the group's leader is lost another one leads, and what was committed stays") {
  three_rings world;
  world.until_founded();
  world.until_led();
  const auto first = world.leader();
  REQUIRE(world.commit(first, "before", patient));
  world.at(first).cut_off = true;
  world.until_led();
  const auto second = world.leader();
  CHECK(second != first);
  REQUIRE(world.commit(second, "after", patient));
  world.until([&] { return world.delivered(second).size() == 2; });
  CHECK(world.delivered(second) == std::vector<std::string>{"before", "after"});
  world.at(first).cut_off = false;
  world.until([&] { return world.delivered(first).size() == 2; });
  CHECK(world.delivered(first) == world.delivered(second));
}

TEST_CASE("meta: the slots of a lost host get nominees among the others") {
  three_rings world;
  world.until_founded();
  world.until_led();
  const auto ring_leader = world.leader();
  const raft::member_id victim = ring_leader == 3 ? 2 : 3;
  for (auto& leader : world.leaders)
    leader = victim;
  auto told_to = [&](raft::member_id id) {
    std::lock_guard lock(world.at(id).mutex);
    return world.at(id).told;
  };
  // The ring actor hears of the leaders before it hears of the loss.
  world.until([&] { return world.at(ring_leader).health.heard()->size() == 2; });
  REQUIRE(world.commit(ring_leader, "some ticks", patient));
  world.tick();
  world.at(victim).cut_off = true;
  std::set<slot_id> nominated_slots;
  world.until([&] {
    for (auto& each : world.hosts)
      if (each.id != victim)
        for (const auto& [slot, what] : told_to(each.id))
          if (what.lost == victim)
            nominated_slots.insert(slot);
    return nominated_slots.size() == test_slots;
  });
  CHECK(told_to(victim).empty());
}

TEST_CASE("meta: what a host announces becomes the next view on every host") {
  three_rings world;
  world.until_founded();
  world.until_led();
  const auto before = world.at(1).view.generation();
  auto joined = world.at(1).view.now()->members(1);
  joined.set_store_id(44);
  joined.set_name("host44");
  wire::meta_request said;
  *said.mutable_member() = joined;
  caf::anon_send(world.at(world.leader()).host.meta, meta_request_box(said));
  world.until([&] {
    return std::all_of(world.hosts.begin(), world.hosts.end(), [&](auto& each) {
      return each.view.generation() > before && each.view.now()->members_size() == 4;
    });
  });
  CHECK(count_moves(wire::ring_view(), *world.at(1).view.now()).replicas == 3 * test_slots);
}

}  // namespace carillon::test
