// A group's replicas as plain values, three of them with a network and disks by hand (group.hpp):
// what is committed, what is lost with a leader, which reads may be answered, and what a failing
// disk does.
#include "tests/actors/replica/group.hpp"

using namespace carillon;
using namespace carillon::test;

TEST_CASE("replica: a nominated member serves once an entry of its own term is applied") {
  group_of_three g;
  CHECK_FALSE(g.group(1).serves());
  g.group(1).nominate(0, 0);
  CHECK_FALSE(g.group(1).serves());
  g.run();
  CHECK(g.group(1).serves());
  CHECK(g.group(2).leader() == replica::place{1, g.group(1).leader().term});
  CHECK_FALSE(g.group(2).serves());
}

TEST_CASE("replica: what is proposed comes out on every host, in order, and as mine where it was") {
  group_of_three g;
  g.elect(1);
  for (auto text : {"one", "two", "three"})
    REQUIRE(g.post(1, text));
  g.settle();
  CHECK(g.at(1).committed == texts{"+one", "+two", "+three"});
  CHECK(g.at(2).committed == texts{"one", "two", "three"});
  CHECK(g.texts_of(1) == texts{"one", "two", "three"});
  CHECK(g.texts_of(3) == texts{"one", "two", "three"});
  CHECK(g.group(3).applied() == g.group(1).applied());
}

TEST_CASE("replica: a follower refuses proposals and reads") {
  group_of_three g;
  g.elect(1);
  CHECK(g.post(2, "no").code() == errc::not_owner);
  auto read = g.group(2).read_barrier();
  g.run();
  CHECK(g.at(2).unreadable == std::vector<std::uint64_t>{read});
}

TEST_CASE("replica: appends leave while the leader's own disk is still busy, and a majority commits") {
  group_of_three g;
  g.elect(1);
  g.at(1).slow_disk = true;
  REQUIRE(g.post(1, "early"));
  g.run();
  // Two followers have it on disk: committed, though the leader itself has not.
  CHECK(g.group(2).core().persisted_index() == g.group(1).core().last_index());
  CHECK(g.group(1).core().commit_index() == g.group(1).core().last_index());
  CHECK(g.texts_of(1).empty());
  g.at(1).slow_disk = false;
  g.run();
  CHECK(g.at(1).committed == texts{"+early"});
  CHECK(g.texts_of(1) == texts{"early"});
}

TEST_CASE("replica: several writes are on their way at once, and are confirmed in their order") {
  group_of_three g;
  g.elect(1);
  g.at(1).slow_disk = true;
  for (auto text : {"one", "two", "three"}) {
    REQUIRE(g.post(1, text));
    g.run();
  }
  CHECK(g.at(1).writes.size() == 3);
  g.at(1).slow_disk = false;
  g.run();
  CHECK(g.at(1).committed == texts{"+one", "+two", "+three"});
}

TEST_CASE("replica: what was committed survives the leader's death, and the next one goes on") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "kept"));
  g.run();
  g.stop(1);
  g.lose_host(1);
  g.elect(2);
  CHECK(g.texts_of(2) == texts{"kept"});
  REQUIRE(g.post(2, "after"));
  g.run();
  g.start(1);
  g.tick(10);
  CHECK(g.texts_of(1) == texts{"kept", "after"});
}

TEST_CASE("replica: without a nomination the followers elect one of them when the host is lost") {
  group_of_three g;
  g.elect(1);
  g.stop(1);
  g.lose_host(1);
  g.tick(20);
  CHECK((g.group(2).serves() || g.group(3).serves()));
}

TEST_CASE("replica: proposals of a leader that was replaced are lost, and their fate is in the log") {
  group_of_three g;
  g.elect(1);
  g.at(1).cut_off = true;
  REQUIRE(g.post(1, "unheard"));
  g.run();
  CHECK(g.at(1).lost.empty());
  g.group(2).nominate(g.group(2).leader().term, 1);
  g.run();
  REQUIRE(g.group(2).serves());
  REQUIRE(g.post(2, "other"));
  g.run();
  g.at(1).cut_off = false;
  g.tick(10);
  CHECK(g.at(1).lost == std::vector<errc>{errc::not_owner});
  CHECK(g.at(1).committed == texts{"other"});
  CHECK(g.texts_of(1) == texts{"other"});
  CHECK_FALSE(g.group(1).serves());
}

TEST_CASE("replica: a leader that hears nobody stops serving by itself") {
  group_of_three g;
  g.elect(1);
  g.at(1).cut_off = true;
  g.tick(25);
  CHECK_FALSE(g.group(1).serves());
}

TEST_CASE("replica: a read is confirmed by a majority; a leader that is cut off answers none") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "one"));
  auto first = g.group(1).read_barrier();
  auto second = g.group(1).read_barrier();
  g.run();
  CHECK(g.at(1).readable == std::vector<std::uint64_t>{first, second});
  g.at(1).cut_off = true;
  auto stale = g.group(1).read_barrier();
  g.tick(5);
  CHECK(g.at(1).readable.size() == 2);
  CHECK(g.at(1).unreadable.empty());
  g.tick(25);  // it steps down
  CHECK(g.at(1).unreadable == std::vector<std::uint64_t>{stale});
}

TEST_CASE("replica: a read waits for what was committed to be in the tables") {
  group_of_three g;
  g.elect(1);
  g.at(1).slow_disk = true;
  REQUIRE(g.post(1, "one"));
  g.run();
  auto read = g.group(1).read_barrier();
  g.run();
  CHECK(g.at(1).readable.empty());
  g.at(1).slow_disk = false;
  g.run();
  CHECK(g.at(1).readable == std::vector<std::uint64_t>{read});
  CHECK(g.texts_of(1) == texts{"one"});
}

TEST_CASE("replica: leadership is handed to a member that is named") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "one"));
  g.run();
  g.group(1).transfer(3);
  g.run();
  CHECK(g.group(3).serves());
  CHECK_FALSE(g.group(1).serves());
}

TEST_CASE("replica: one that retires hands over and does not come back, but goes on voting") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "one"));
  g.settle();
  g.group(1).retire();
  g.run();
  CHECK_FALSE(g.group(1).leads());
  const raft::member_id next = g.group(2).serves() ? 2 : 3;
  REQUIRE(g.group(next).serves());
  g.group(1).nominate(g.group(1).leader().term, next);
  g.tick(30);
  CHECK_FALSE(g.group(1).leads());
  REQUIRE(g.post(next, "two"));
  g.settle();
  CHECK(g.texts_of(1) == texts{"one", "two"});
}

TEST_CASE("replica: the disk fails under a leader: nothing is acknowledged there, and another leads") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "kept"));
  g.run();
  g.at(1).disk.fail_after(0);
  REQUIRE(g.post(1, "lost"));
  g.run();
  REQUIRE(g.group(1).failure());
  CHECK(g.at(1).lost == std::vector<errc>{errc::storage_unavailable});
  CHECK(g.post(1, "no").code() == errc::storage_unavailable);
  CHECK_FALSE(g.group(1).serves());
  g.lose_host(1);
  g.tick(20);
  CHECK((g.group(2).serves() || g.group(3).serves()));
}

TEST_CASE("replica: a nomination of an older term, or against a leader that is not lost, is ignored") {
  group_of_three g;
  g.elect(1);
  g.elect(2);
  auto term = g.group(2).leader().term;
  g.group(3).nominate(term - 1, 1);
  g.run();
  CHECK(g.group(2).serves());
  g.group(3).nominate(term, 1);
  g.run();
  CHECK(g.group(2).serves());
  g.group(3).nominate(term, 2);
  g.run();
  CHECK(g.group(3).serves());
}

TEST_CASE("replica: followers hear how far the projections are, and keep their log from there on") {
  group_of_three g(4);
  g.elect(1);
  for (int i = 0; i < 40; ++i) {
    REQUIRE(g.post(1, "more"));
    g.run();
  }
  CHECK(g.group(2).projected() == 0);
  CHECK(g.group(2).log().first_index() == 1);  // nothing is projected, so nothing may go
  g.group(1).set_projected(g.group(1).committed());
  for (int i = 0; i < 3; ++i) {
    REQUIRE(g.post(1, "more"));
    g.run();
  }
  CHECK(g.group(2).projected() >= 41);
  CHECK(g.group(1).log().first_index() > 30);
  CHECK(g.group(2).log().first_index() > 30);
}

TEST_CASE("replica: followers of a quiet group hear of its last projection too, in one word") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "the last for now"));
  g.settle();
  const raft::log_index last = g.group(1).committed();
  CHECK(g.group(2).projected() < last);
  g.group(1).set_projected(last);
  g.group(1).tick({});
  CHECK(g.group(1).take_effects().send.size() == 2);
  g.group(1).tick({});
  CHECK(g.group(1).take_effects().send.empty());
}

TEST_CASE("replica: a group of one commits on its own disk, one write out at a time") {
  storage::simulated_disk disk;
  auto opened = storage::open_damaged_slot(disk, group_slot);
  REQUIRE(opened);
  seeded_random random{1};
  replica::setup how;
  how.raft.self = 7;
  how.founders = {{7}, {}};
  replica alone(how, opened->start, std::move(opened->log), random);
  storage::journal_batch batch(disk);
  auto write = [&](const storage::journal_write& what) {
    bool sync = batch.add(what);
    alone.written(disk.write(batch.rows(), sync));
    batch.clear();
  };
  alone.start();
  while (!alone.serves())
    for (auto& each : alone.take_effects().writes)
      write(each);
  for (auto next = alone.take_effects(); !next.empty(); next = alone.take_effects())
    for (auto& each : next.writes)
      write(each);
  REQUIRE(alone.propose(message_command(1, "one"), 1));
  auto first = alone.take_effects();
  REQUIRE(first.writes.size() == 1);
  CHECK(first.send.empty());
  REQUIRE(alone.propose(message_command(2, "two"), 2));
  REQUIRE(alone.propose(message_command(3, "three"), 3));
  CHECK(alone.take_effects().empty());  // they wait and share the next write
  write(first.writes[0]);
  auto second = alone.take_effects();
  REQUIRE(second.writes.size() == 1);
  CHECK(second.writes[0].entries.size() == 2);
  CHECK(second.committed.size() == 1);
  CHECK(second.committed[0].tag == 1);
  auto read = alone.read_barrier();
  CHECK(alone.take_effects().readable.empty());
  write(second.writes[0]);
  CHECK(alone.take_effects().readable == std::vector<std::uint64_t>{read});
}
