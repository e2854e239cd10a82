// A leader whose disk hangs: it neither fails nor answers, and the host still beats. Others take over
// after a bound in ticks, and it does not campaign until its disk goes on.
#include "tests/actors/replica/group.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

constexpr int patience = 30;  // ticks; as replica::setup has it

bool led_by_others(group_of_three& g) {
  return g.group(2).serves() || g.group(3).serves();
}

}  // namespace

TEST_CASE("hanging disk: nothing is acknowledged from it, and after a bound another host leads") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "before"));
  g.settle();
  g.at(1).slow_disk = true;
  // More than leaves while the disk is awaited: the followers never hear of the last ones.
  for (int i = 0; i < 8; ++i) {
    REQUIRE(g.post(1, "open"));
    g.run();
  }
  CHECK(g.group(1).core().match_of(2) < g.group(1).core().last_index());
  g.tick(patience);
  CHECK(g.group(1).leads());
  CHECK(g.at(1).committed == texts{"+before"});
  g.tick();
  CHECK(g.group(1).disk_hangs());
  g.tick();
  CHECK_FALSE(g.group(1).leads());
  CHECK(led_by_others(g));
  CHECK(g.at(1).lost == std::vector<errc>{errc::not_owner});
  const raft::member_id next = g.group(2).serves() ? 2 : 3;
  REQUIRE(g.post(next, "after"));
  g.settle();
  CHECK(g.at(next).committed.back() == "+after");
}

TEST_CASE("hanging disk: reads that wait for it are refused, so that others answer them") {
  group_of_three g;
  g.elect(1);
  g.at(1).slow_disk = true;
  REQUIRE(g.post(1, "open"));
  g.run();
  auto read = g.group(1).read_barrier();
  g.tick(patience);
  CHECK(g.at(1).readable.empty());
  g.tick(2);
  CHECK(g.at(1).unreadable == std::vector<std::uint64_t>{read});
}

TEST_CASE("hanging disk: it is not to lead until it answers, whoever names it") {
  group_of_three g;
  g.elect(1);
  g.at(1).slow_disk = true;
  REQUIRE(g.post(1, "open"));
  g.run();
  g.tick(patience + 2);
  REQUIRE(led_by_others(g));
  const raft::member_id next = g.group(2).serves() ? 2 : 3;
  g.group(next).transfer(1);
  g.group(1).nominate(g.group(1).leader().term, next);
  g.tick(patience);
  CHECK_FALSE(g.group(1).leads());
  CHECK(led_by_others(g));
  g.at(1).slow_disk = false;
  g.tick(3);
  CHECK_FALSE(g.group(1).disk_hangs());
  CHECK(g.texts_of(1) == texts{"open"});
  g.elect(1);
}

TEST_CASE("hanging disk: one that answers within the bound is only slow, however often") {
  group_of_three g;
  g.elect(1);
  for (int i = 0; i < 5; ++i) {
    g.at(1).slow_disk = true;
    REQUIRE(g.post(1, "slow"));
    g.run();
    g.tick(patience);
    g.at(1).slow_disk = false;
    g.tick();
  }
  CHECK(g.group(1).serves());
  CHECK(g.at(1).committed.size() == 5);
  CHECK(g.at(1).lost.empty());
}

TEST_CASE("hanging disk: a group that writes nothing is led on, and by another host with the first post") {
  group_of_three g;
  g.elect(1);
  g.settle();
  g.at(1).slow_disk = true;
  g.at(1).other_write = 7;  // of another group
  g.tick(3 * patience);
  CHECK(g.group(1).disk_hangs());
  CHECK(g.group(1).leads());
  REQUIRE(g.post(1, "first"));
  g.run();
  g.tick(2);
  CHECK_FALSE(g.group(1).leads());
  CHECK(led_by_others(g));
}

TEST_CASE("hanging disk: where all wait for the same disk, who leads stays and goes on with it") {
  group_of_three g;
  g.elect(1);
  g.settle();
  for (raft::member_id id : {1, 2, 3})
    g.at(id).slow_disk = true;
  REQUIRE(g.post(1, "open"));
  g.run();
  g.tick(2 * patience);
  CHECK(g.group(1).disk_hangs());
  CHECK(g.group(1).leads());
  for (raft::member_id id : {1, 2, 3})
    g.at(id).slow_disk = false;
  g.tick();
  g.settle();
  CHECK(g.group(1).serves());
  CHECK(g.at(1).committed == texts{"+open"});
}
