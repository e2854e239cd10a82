// A replica that is behind or damaged comes back: the rows are pulled from the leader in chunks, and
// nowhere in between does it serve or win an election (group.hpp has the harness).
#include "storage/keys.hpp"
#include "tests/actors/replica/group.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

// The third member is away while the others post `posts` messages and trim their logs.
void leave_behind(group_of_three& g, int posts) {
  g.elect(1);
  g.stop(3);
  for (int i = 0; i < posts; ++i) {
    REQUIRE(g.post(1, "m" + std::to_string(i)));
    g.run();
    g.group(1).set_projected(g.group(1).committed());
  }
  REQUIRE(g.group(1).log().first_index() > 3);
}

}  // namespace

TEST_CASE("catch-up: a member whose entries are trimmed pulls the tables, then follows the log") {
  group_of_three g(4);
  leave_behind(g, 40);
  g.start(3);
  g.tick(20);
  CHECK(g.at(3).chunks_asked > 3);
  CHECK(g.at(3).tables_replaced == 1);
  CHECK_FALSE(g.group(3).is_catching_up());
  CHECK(g.texts_of(3) == g.texts_of(1));
  REQUIRE(g.post(1, "after"));
  g.settle();
  CHECK(g.at(3).committed == texts{"after"});
  CHECK(g.texts_of(3) == g.texts_of(1));
  g.group(1).transfer(3);
  g.run();
  CHECK(g.group(3).serves());
}

TEST_CASE("catch-up: rows that are not in the leader's tables are gone afterwards") {
  group_of_three g(4);
  leave_behind(g, 40);
  g.start(3);
  g.tick(20);
  g.tick(60);  // the leader no longer keeps its log for who pulled
  g.stop(3, false);
  auto foreign = storage::make_message_key(group_slot, entity_id{id_kind::channel, 1}, 1);
  auto batch = g.at(3).disk.make_batch();
  batch->put(storage::family::messages, foreign, "a row that nobody proposed");
  REQUIRE(g.at(3).disk.write(*batch, true));
  for (int i = 0; i < 40; ++i) {
    REQUIRE(g.post(1, "n" + std::to_string(i)));
    g.run();
    g.group(1).set_projected(g.group(1).committed());
  }
  g.start(3);
  g.tick(20);
  CAPTURE(g.group(3).describe());
  CAPTURE(g.group(1).describe());
  CHECK(g.at(3).tables_replaced == 2);
  CHECK(g.texts_of(3) == g.texts_of(1));
}

TEST_CASE("catch-up: it fails in the middle: it starts again, and neither serves nor wins before") {
  group_of_three g(4);
  leave_behind(g, 40);
  g.start(3);
  g.at(3).disk.fail_after(4);  // the mark and some rows are on disk
  g.tick(5);
  REQUIRE(g.group(3).failure());
  g.stop(3);
  g.start(3);
  CHECK(g.group(3).is_catching_up());
  g.group(3).nominate(g.group(1).leader().term, 1);
  g.run();
  CHECK_FALSE(g.group(3).leads());
  CHECK_FALSE(g.group(3).serves());
  CHECK(g.post(3, "no").code() == errc::not_owner);
  g.tick(20);
  CHECK_FALSE(g.group(3).is_catching_up());
  CHECK(g.texts_of(3) == g.texts_of(1));
}

TEST_CASE("catch-up: the leader dies in the middle: the next one gives the rest") {
  group_of_three g(4);
  leave_behind(g, 40);
  g.start(3);
  g.at(3).slow_disk = true;  // the mark waits, so the pull cannot begin
  g.tick(10);
  CHECK(g.group(3).is_catching_up());
  g.stop(1);
  g.lose_host(1);
  g.at(3).slow_disk = false;
  g.group(2).nominate(g.group(2).leader().term, 1);
  g.run();
  g.tick(30);
  REQUIRE(g.group(2).serves());
  CHECK_FALSE(g.group(3).is_catching_up());
  CHECK(g.texts_of(3) == g.texts_of(2));
}

TEST_CASE("repair: a damaged follower pulls its rows anew and takes part again") {
  group_of_three g;
  g.elect(1);
  for (int i = 0; i < 10; ++i)
    REQUIRE(g.post(1, "m" + std::to_string(i)));
  g.settle();
  auto key = storage::make_message_key(group_slot, group_channel, 5);
  REQUIRE(g.at(2).disk.flip_bit(storage::family::messages, key, 3));
  g.group(2).damaged(make_error(errc::corrupt_record, "seq 5"));
  CHECK(g.group(2).is_catching_up());
  REQUIRE(g.post(1, "meanwhile"));
  g.tick(10);
  CHECK_FALSE(g.group(2).is_catching_up());
  CHECK(g.texts_of(2) == g.texts_of(1));
  CHECK(g.group(2).applied() == g.group(1).applied());
  g.group(1).transfer(2);
  g.run();
  CHECK(g.group(2).serves());
}

TEST_CASE("repair: also where the group writes without a pause, a damaged follower gets to the end") {
  group_of_three g;
  g.elect(1);
  for (int i = 0; i < 10; ++i)
    REQUIRE(g.post(1, "m" + std::to_string(i)));
  g.settle();
  g.at(2).slow_disk = true;
  const auto write_on = [&] {
    REQUIRE(g.post(1, "busy"));
    g.run();
  };
  write_on();
  g.group(2).damaged(make_error(errc::corrupt_record, "seq 5"));
  g.tick(3);
  for (int i = 0; i < 50; ++i) {
    write_on();  // the next entry is there before the disk is done with the last one
    do
      g.write_one(2);
    while (g.at(2).writes.size() > 1);
  }
  CHECK_FALSE(g.group(2).is_catching_up());
  g.at(2).slow_disk = false;
  g.settle();
  CHECK(g.texts_of(2) == g.texts_of(1));
}

TEST_CASE("repair: a damaged leader hands over at once, and leads again only when it is whole") {
  group_of_three g;
  g.elect(1);
  for (int i = 0; i < 10; ++i)
    REQUIRE(g.post(1, "m" + std::to_string(i)));
  g.settle();
  auto key = storage::make_message_key(group_slot, group_channel, 5);
  REQUIRE(g.at(1).disk.flip_bit(storage::family::messages, key, 3));
  g.at(2).answers_pulls = g.at(3).answers_pulls = false;
  g.group(1).damaged(make_error(errc::corrupt_record, "seq 5"));
  CHECK_FALSE(g.group(1).serves());
  g.run();
  CHECK((g.group(2).serves() || g.group(3).serves()));
  g.group(1).nominate(g.group(1).leader().term, g.group(1).leader().leader);
  g.run();
  CHECK_FALSE(g.group(1).leads());
  g.at(2).answers_pulls = g.at(3).answers_pulls = true;
  g.tick(10);
  CHECK_FALSE(g.group(1).is_catching_up());
  CHECK(g.texts_of(1) == g.texts_of(2));
  g.group(1).nominate(g.group(1).leader().term, g.group(1).leader().leader);
  g.run();
  CHECK(g.group(1).leads());
}

TEST_CASE("repair: a group of one has nobody to ask: it goes on as it is") {
  storage::simulated_disk disk;
  auto opened = storage::open_damaged_slot(disk, group_slot);
  REQUIRE(opened);
  seeded_random random{1};
  replica::setup how;
  how.raft.self = 7;
  how.founders = {{7}, {}};
  replica alone(how, opened->start, std::move(opened->log), random);
  alone.damaged(make_error(errc::corrupt_record, "a row"));
  CHECK_FALSE(alone.is_catching_up());
}

TEST_CASE("mending: a log that lost what it acknowledged votes for nobody until that is back") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "on all"));
  g.settle();
  g.at(2).cut_off = true;
  REQUIRE(g.post(1, "on one and three"));
  g.run();
  CHECK(g.at(1).committed == texts{"+on all", "+on one and three"});
  const auto last = g.group(1).core().last_index();
  g.stop(3);
  REQUIRE(g.at(3).disk.flip_bit(storage::family::log, storage::make_log_key(group_slot, last), 2));
  g.start(3);
  REQUIRE(g.group(3).describe().find("log_damaged") != std::string::npos);
  // With the vote of the third the second would win, and what was committed would be gone.
  g.at(1).cut_off = true;
  g.at(2).cut_off = false;
  g.group(2).nominate(g.group(2).leader().term, 1);
  g.run();
  g.tick(30);
  CHECK_FALSE(g.group(2).leads());
  CHECK_FALSE(g.group(3).leads());
  g.at(1).cut_off = false;
  g.tick(60);
  REQUIRE(g.group(1).serves());
  CHECK(g.group(3).describe().find("log_damaged") == std::string::npos);
  CHECK(g.texts_of(3) == texts{"on all", "on one and three"});
  CHECK(g.texts_of(2) == g.texts_of(3));
}

TEST_CASE("mending: a replica that lost its row of members has it again with the tables") {
  group_of_three g;
  g.elect(1);
  // The only change of members; the row is written with what is applied.
  REQUIRE(g.group(1).add_learner(9));
  g.settle();
  REQUIRE(g.post(1, "on all"));
  g.settle();
  const auto key = storage::group_config_key(group_slot);
  bool power_fails = true;
  SUBCASE("its tables are behind") {}
  SUBCASE("nothing else is new to it") { power_fails = false; }
  g.stop(3, power_fails);
  REQUIRE(g.at(3).disk.flip_bit(storage::family::meta, key, 2));
  g.start(3);
  REQUIRE(g.group(3).is_catching_up());
  g.tick(60);
  CHECK_FALSE(g.group(3).is_catching_up());
  CHECK(g.group(3).describe().find("log_damaged") == std::string::npos);
  CHECK(g.group(3).core().is_voter());
  g.stop(3);
  auto opened = storage::open_damaged_slot(g.at(3).disk, group_slot);
  REQUIRE(opened);
  CHECK(opened->start.config == raft::configuration{{1, 2, 3}, {9}});
  CHECK_FALSE(opened->start.log_damaged);
}
