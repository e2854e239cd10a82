// Disks that go back in time, entries that cannot be read, and commands that nobody could read: what
// was promised stays so, or is said to be lost, and no sound host ends because of another (group.hpp
// has the harness; the rules themselves are scripts in tests/runtime/raft).
#include "storage/keys.hpp"
#include "tests/actors/replica/group.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

// A copy of a data folder.
struct row {
  storage::family where;
  std::string key;
  std::string value;
};
std::vector<row> copy_of(const storage::simulated_disk& disk) {
  std::vector<row> rows;
  for (std::size_t i = 0; i < storage::family_count; ++i) {
    const auto where = static_cast<storage::family>(i);
    auto at = disk.scan(where, {});
    for (at->seek({}); at->valid(); at->next())
      rows.push_back({where, std::string(at->key()), std::string(at->value())});
  }
  return rows;
}
void put_back(storage::simulated_disk& disk, const std::vector<row>& older) {
  auto batch = disk.make_batch();
  for (const row& each : copy_of(disk))
    batch->erase(each.where, each.key);
  for (const row& each : older)
    batch->put(each.where, each.key, each.value);
  REQUIRE(disk.write(*batch, true));
}

// The third and the first have what the second lacks; then the third is given an older copy.
void put_the_third_back(group_of_three& g) {
  g.elect(1);
  REQUIRE(g.post(1, "on all"));
  g.settle();
  const auto older = copy_of(g.at(3).disk);
  g.at(2).cut_off = true;
  REQUIRE(g.post(1, "on one and three"));
  g.settle();
  REQUIRE(g.at(1).committed == texts{"+on all", "+on one and three"});
  g.stop(3);
  put_back(g.at(3).disk, older);
  g.start(3);
}

}  // namespace

TEST_CASE("promises: an older copy of a folder that is elected ends nobody: who knows better gives up") {
  group_of_three g;
  put_the_third_back(g);
  g.at(1).cut_off = true;
  g.at(2).cut_off = false;
  g.group(3).nominate(g.group(1).leader().term, 1);
  g.run();
  REQUIRE(g.group(3).serves());
  g.at(1).cut_off = false;
  g.tick(10);
  REQUIRE(g.group(1).core().contradicted());
  REQUIRE(g.at(1).alarms.size() == 1);
  CHECK(g.at(1).alarms[0].host == 3);
  CHECK(g.at(1).alarms[0].words.find("entry 3 is of term 2") != std::string::npos);
  CHECK(g.at(1).alarms[0].words.find("is of term 1") != std::string::npos);
  CHECK(g.group(1).describe().find("contradicted by 3") != std::string::npos);
  // It has no voice any more, and keeps what it knows; the others go on.
  g.group(1).nominate(g.group(3).leader().term, 3);
  CHECK(g.post(1, "no").code() == errc::not_owner);
  REQUIRE(g.post(3, "after"));
  g.tick(60);
  CHECK(g.group(3).serves());
  CHECK_FALSE(g.group(1).leads());
  CHECK(g.texts_of(1) == texts{"on all", "on one and three"});
  CHECK(g.texts_of(2) == texts{"on all", "after"});
  CHECK(g.at(1).alarms.size() == 1);
}

TEST_CASE("promises: a leader that remembers more than a disk holds says so, and that disk does not vote") {
  group_of_three g;
  put_the_third_back(g);
  g.at(3).slow_disk = true;
  REQUIRE(g.post(1, "next"));
  g.run();
  CHECK(g.group(3).describe().find("log_damaged") != std::string::npos);
  // Without the third's vote what was committed stays so.
  g.at(1).cut_off = true;
  g.at(2).cut_off = false;
  g.at(3).slow_disk = false;
  g.group(2).nominate(g.group(1).leader().term, 1);
  g.run();
  CHECK_FALSE(g.group(2).leads());
  g.at(1).cut_off = false;
  g.tick(60);
  CHECK(g.group(3).describe().find("log_damaged") == std::string::npos);
  CHECK(g.texts_of(3) == texts{"on all", "on one and three", "next"});
  REQUIRE(g.at(3).alarms.size() == 1);
  CHECK(g.at(3).alarms[0].host == 3);
  CHECK(g.at(3).alarms[0].words.find("up to 3") != std::string::npos);
}

TEST_CASE("promises: the leader says by name who lost what it acknowledged, once") {
  group_of_three g;
  put_the_third_back(g);
  for (int i = 0; i < 3; ++i) {
    REQUIRE(g.post(1, "n" + std::to_string(i)));
    g.settle();
  }
  REQUIRE(g.at(1).alarms.size() == 1);
  CHECK(g.at(1).alarms[0].host == 3);
  CHECK(g.group(3).describe().find("log_damaged") == std::string::npos);
  CHECK(g.texts_of(3) == g.texts_of(1));
}

TEST_CASE("promises: where nothing is posted, a log that lost entries asks for them") {
  group_of_three g;
  g.elect(1);
  REQUIRE(g.post(1, "on all"));
  g.settle();
  const auto last = g.group(1).core().last_index();
  g.stop(3);
  REQUIRE(g.at(3).disk.flip_bit(storage::family::log, storage::make_log_key(group_slot, last), 2));
  g.start(3);
  // Its host was back before it was missed, so the leader knows of nothing.
  REQUIRE(g.group(3).describe().find("log_damaged") != std::string::npos);
  g.tick(40);
  CHECK(g.group(3).describe().find("log_damaged") == std::string::npos);
  CHECK(g.texts_of(3) == texts{"on all"});
}

TEST_CASE("promises: a command that nobody could read back is refused, and ends nobody") {
  group_of_three g;
  g.elect(1);
  auto refused = g.post(1, "\xff\xfe");
  REQUIRE_FALSE(refused);
  CHECK(refused.code() == errc::invalid_arguments);
  REQUIRE(g.post(1, "after"));
  g.settle();
  for (raft::member_id id : {1, 2, 3})
    CHECK(g.texts_of(id) == texts{"after"});
}
