// From the members that a group has to those that are wanted: every start, every wish, with hosts that
// die and leaders that change in between, against what must hold at each step.
#include <doctest/doctest.h>

#include <algorithm>

#include "actors/group_steps.hpp"
#include "runtime/base/random.hpp"

namespace carillon {
namespace {

using kind = group_step::kind;
using ids = std::vector<raft::member_id>;

// A group that obeys: what its leader asks for is committed while a majority is alive.
struct obedient_group {
  raft::configuration members;
  raft::member_id leader = 0;
  std::set<raft::member_id> dead;
  std::set<raft::member_id> ready;  // learners that have caught up
  std::set<raft::member_id> forgetful = {};  // their disks lost what they acknowledged

  group_now now() const {
    return {.members = members,
            .changing = false,
            .self = leader,
            .is_alive = [this](raft::member_id id) { return dead.count(id) == 0; },
            .caught_up =
                [this](raft::member_id id) {
                  return std::count(members.voters.begin(), members.voters.end(), id) > 0 ||
                         ready.count(id) > 0;
                },
            .may_lead = [this](raft::member_id id) { return forgetful.count(id) == 0; }};
  }
  std::size_t living() const {
    return static_cast<std::size_t>(std::count_if(
        members.voters.begin(), members.voters.end(), [&](auto id) { return !dead.count(id); }));
  }
  bool has_majority() const { return living() * 2 > members.voters.size(); }

  void carry_out(const group_step& step) {
    auto insert = [](ids& into, raft::member_id id) {
      into.insert(std::lower_bound(into.begin(), into.end(), id), id);
    };
    switch (step.what) {
    case kind::nothing:
      return;
    case kind::add_learner:
      insert(members.learners, step.who);
      ready.erase(step.who);
      return;
    case kind::promote:
      std::erase(members.learners, step.who);
      insert(members.voters, step.who);
      return;
    case kind::remove:
      REQUIRE(step.who != leader);
      std::erase(members.learners, step.who);
      std::erase(members.voters, step.who);
      return;
    case kind::transfer:
      REQUIRE(std::count(members.voters.begin(), members.voters.end(), step.who) == 1);
      REQUIRE(dead.count(step.who) == 0);
      leader = step.who;
      return;
    }
  }
};

std::vector<group_step> path(obedient_group& group, const group_wish& wish) {
  std::vector<group_step> out;
  for (int i = 0; i < 50; ++i) {
    const group_step next = next_step(group.now(), wish);
    if (next.what == kind::nothing) {
      if (std::all_of(group.members.learners.begin(), group.members.learners.end(),
                      [&](auto id) { return group.ready.count(id) > 0; }))
        return out;
      group.ready.insert(group.members.learners.begin(), group.members.learners.end());
      continue;
    }
    group.carry_out(next);
    out.push_back(next);
  }
  FAIL("it comes to no end");
  return out;
}

}  // namespace

TEST_CASE("group steps: a newcomer learns, votes when it has caught up, then the one it replaces goes") {
  obedient_group group{.members = {{1, 2, 3}, {}}, .leader = 1, .dead = {}, .ready = {}};
  const group_wish wish{{1, 2, 4}, 1};
  CHECK(next_step(group.now(), wish) == group_step{kind::add_learner, 4});
  group.members = {{1, 2, 3}, {4}};
  CHECK(next_step(group.now(), wish) == group_step{});
  group.ready = {4};
  CHECK(next_step(group.now(), wish) == group_step{kind::promote, 4});
  group.members = {{1, 2, 3, 4}, {}};
  CHECK(!is_as_wished(group.now(), wish));
  CHECK(next_step(group.now(), wish) == group_step{kind::remove, 3});
  group.members = {{1, 2, 4}, {}};
  CHECK(next_step(group.now(), wish) == group_step{});
  CHECK(is_as_wished(group.now(), wish));
}

TEST_CASE("group steps: a leader that is to leave hands over to the preferred one first") {
  obedient_group group{.members = {{1, 2, 3, 4}, {}}, .leader = 1, .dead = {}, .ready = {}};
  const group_wish wish{{2, 3, 4}, 4};
  CHECK(next_step(group.now(), wish) == group_step{kind::transfer, 4});
  group.dead = {4};
  CHECK(next_step(group.now(), wish) == group_step{kind::transfer, 2});
  group.dead = {};
  group.forgetful = {4, 2};  // they would not be elected
  CHECK(next_step(group.now(), wish) == group_step{kind::transfer, 3});
  group.leader = 4;
  CHECK(next_step(group.now(), wish) == group_step{kind::remove, 1});
}

TEST_CASE("group steps: a lost voter goes before its successor votes, so that two of three suffice") {
  obedient_group group{.members = {{1, 2, 3}, {4}}, .leader = 1, .dead = {3}, .ready = {}};
  const group_wish wish{{1, 2, 4}, 1};
  CHECK(next_step(group.now(), wish) == group_step{});  // not before somebody can take its place
  group.ready = {4};
  CHECK(next_step(group.now(), wish) == group_step{kind::remove, 3});
  group.members = {{1, 2}, {4}};
  CHECK(next_step(group.now(), wish) == group_step{kind::promote, 4});
}

TEST_CASE("group steps: one change at a time, and none without a wish") {
  obedient_group group{.members = {{1, 2, 3}, {}}, .leader = 1, .dead = {}, .ready = {}};
  group_now now = group.now();
  now.changing = true;
  CHECK(next_step(now, {{1, 2, 4}, 1}) == group_step{});
  CHECK(next_step(group.now(), {}) == group_step{});
}

TEST_CASE("group steps: a learner that nobody wants any more is let go, a wanted one that is gone is waited for") {
  obedient_group group{.members = {{1, 2, 3}, {4}}, .leader = 2, .dead = {5}, .ready = {}};
  CHECK(next_step(group.now(), {{1, 2, 3}, 1}) == group_step{kind::remove, 4});
  group.members.learners = {};
  CHECK(next_step(group.now(), {{1, 2, 5}, 1}) == group_step{});
}

TEST_CASE("group steps: nobody goes when those who stay would have no living majority") {
  obedient_group group{.members = {{1, 2, 3, 4}, {}}, .leader = 1, .dead = {2}, .ready = {}};
  const group_wish wish{{1, 2}, 1};
  CHECK(next_step(group.now(), wish) == group_step{kind::remove, 3});
  group.members = {{1, 2, 4}, {}};
  CHECK(next_step(group.now(), wish) == group_step{});  // 1 alone of 1 and 2
  group.dead = {};
  CHECK(next_step(group.now(), wish) == group_step{kind::remove, 4});
}

TEST_CASE("group steps: from any members to any wish, the majority lives on and the end is the wish") {
  seeded_random random(7);
  for (int round = 0; round < 4'000; ++round) {
    CAPTURE(round);
    obedient_group group;
    for (raft::member_id id = 1; id <= 6; ++id)
      switch (random.next() % 3) {
      case 0:
        group.members.voters.push_back(id);
        break;
      case 1:
        if (random.next() % 3 == 0)
          group.members.learners.push_back(id);
        break;
      default:
        break;
      }
    if (group.members.voters.empty())
      continue;
    group.leader = group.members.voters[random.next() % group.members.voters.size()];
    group_wish wish;
    while (wish.members.size() < 1 + random.next() % 5)
      wish.members.insert(1 + random.next() % 6);
    wish.leader = *wish.members.begin();
    // Some die, never the majority, and come back after a while.
    for (int step = 0; step < 60; ++step) {
      if (step < 30 && random.next() % 4 == 0)
        group.dead.insert(1 + random.next() % 6);
      if (step >= 30 || random.next() % 4 == 0)
        group.dead.clear();
      if (!group.has_majority() || group.dead.count(group.leader))
        group.dead.clear();
      const group_step next = next_step(group.now(), wish);
      group.carry_out(next);
      if (next.what != kind::nothing)
        CHECK(group.has_majority());
      if (random.next() % 3 == 0)
        group.ready.insert(group.members.learners.begin(), group.members.learners.end());
      if (random.next() % 5 == 0)  // another leader goes on
        for (auto id : group.members.voters)
          if (!group.dead.count(id))
            group.leader = id;
    }
    group.dead.clear();
    path(group, wish);
    CHECK(is_as_wished(group.now(), wish));
  }
}

TEST_CASE("group steps: the wish is the place, with a move that is under way counted as done") {
  wire::ring_view view;
  auto* place = view.add_slots();
  for (std::uint64_t id : {1, 2, 3})
    place->add_replicas(id);
  place->set_preferred_leader(1);
  CHECK(wish_of(view, 0) == group_wish{{1, 2, 3}, 1});
  auto* move = view.add_moves();
  move->set_to(4);
  move->set_from(1);
  move->set_leader(4);
  CHECK(wish_of(view, 0) == group_wish{{1, 2, 3}, 1});  // planned only
  move->set_began(9);
  CHECK(wish_of(view, 0) == group_wish{{2, 3, 4}, 4});
  CHECK(wish_of(view, 1) == group_wish{});
}

TEST_CASE("group steps: who only follows is taken in, never votes, and is let go when it is no member") {
  obedient_group group{.members = {{1, 2, 3}, {}}, .leader = 1, .dead = {}, .ready = {4}};
  group_wish wish{{1, 2, 3}, 1, {4}};
  CHECK(next_step(group.now(), wish) == group_step{kind::add_learner, 4});
  group.members.learners = {4};
  CHECK(next_step(group.now(), wish) == group_step{});
  CHECK(is_as_wished(group.now(), wish));
  wish.learners = {};
  CHECK(next_step(group.now(), wish) == group_step{kind::remove, 4});
}

TEST_CASE("meta group: voters stay; for one that leaves comes another, in a zone without a voter if there is one") {
  wire::ring_view view;
  for (std::uint64_t id : {1, 2, 3, 4, 5}) {
    auto* member = view.add_members();
    member->set_store_id(id);
    member->set_weight(100);
    member->set_zone(id == 5 ? "z3" : "z" + std::to_string(id % 2));
  }
  const raft::configuration now{{1, 2, 3}, {4, 5}};
  auto alive = [](raft::member_id) { return true; };
  CHECK(meta_wish(view, now, 3, {}, alive) == group_wish{{1, 2, 3}, 1, {4, 5}});
  auto* wish = view.add_wishes();
  wish->set_store_id(3);
  wish->set_intent(wire::HOST_DRAINS);  // it comes back: an upgrade
  CHECK(meta_wish(view, now, 3, {}, alive).members == std::set<raft::member_id>{1, 2, 3});
  wish->set_intent(wire::HOST_LEAVES);
  CHECK(meta_wish(view, now, 3, {}, alive) == group_wish{{1, 2, 5}, 1, {3, 4}});
  CHECK(meta_wish(view, now, 3, {2}, alive).members == std::set<raft::member_id>{1, 4, 5});
  // Nobody is there to take its place: one that may come back is better than none.
  CHECK(meta_wish(view, now, 3, {2}, [](raft::member_id id) { return id < 3; }).members ==
        std::set<raft::member_id>{1, 2});
}

// What the leader does about it, step by step, as the actor asks for it: anew before each.
TEST_CASE("meta group: as many vote in the end as founded it, whoever leaves, is lost and comes back") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    wire::ring_view view;
    for (std::uint64_t id = 1; id <= 7; ++id) {
      auto* member = view.add_members();
      member->set_store_id(id);
      member->set_weight(100);
      member->set_zone("z" + std::to_string(id % 3));
    }
    obedient_group group{.members = {{1, 2, 3}, {}}, .leader = 1, .dead = {}, .ready = {1, 2, 3, 4, 5, 6, 7}};
    for (int event = 0; event < 6; ++event) {
      const std::uint64_t host = 1 + random.below(7);
      if (random.below(2) == 0 && view.wishes_size() < 3) {
        auto* wish = view.add_wishes();
        wish->set_store_id(host);
        wish->set_intent(wire::HOST_LEAVES);
      } else if (group.dead.erase(host) == 0 && group.dead.empty() && host != group.leader) {
        group.dead.insert(host);
      }
      // Not always to the end: the next thing happens in the middle of a change.
      const std::uint64_t steps = event == 5 ? 60 : random.below(6);
      for (std::uint64_t i = 0; i < steps; ++i) {
        const auto wish = meta_wish(view, group.members, 3, group.dead,
                                    [&](raft::member_id id) { return group.dead.count(id) == 0; });
        group.carry_out(next_step(group.now(), wish));
        CHECK(group.members.voters.size() >= 2);
        CHECK(group.members.voters.size() <= 4);
      }
    }
    CHECK(group.members.voters.size() == 3);
  }
}

}  // namespace carillon
