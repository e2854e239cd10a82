// What of the log is kept: as far as the projections may need it, also by a member that pulled its
// rows; and on the disk exactly as in memory (group.hpp has the harness).
#include "storage/keys.hpp"
#include "tests/actors/replica/group.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

constexpr raft::log_index cursor = 20;

// The third member is away. The second leads, and was restarted when much more was applied than
// projected, the log before the cursor being trimmed.
void lead_after_restart(group_of_three& g) {
  g.stop(3);
  for (int i = 0; i < 40; ++i) {
    REQUIRE(g.post(1, "m" + std::to_string(i)));
    g.run();
    if (g.group(1).committed() >= cursor)
      g.group(1).set_projected(cursor);
  }
  g.settle();
  g.stop(2);
  g.start(2);
  g.tick(5);
  g.elect(2);
  REQUIRE(g.group(2).projected() == cursor);
  REQUIRE(g.group(2).log().first_index() > 3);
  REQUIRE(g.group(2).log().first_index() <= cursor);
}

void bring_back_the_third(group_of_three& g) {
  g.start(3);
  g.tick(30);
  REQUIRE(g.at(3).tables_replaced == 1);
  REQUIRE(g.texts_of(3) == g.texts_of(2));
}

storage::log_key log_key_of(raft::log_index index) {
  return storage::make_log_key(group_slot, index);
}

// The first member leads. An entry in the log of `id` cannot be read, and this is found out.
void damage_log_of(group_of_three& g, raft::member_id id) {
  // So large that memory holds only the newest; the others are read from the disk.
  const std::string large(600u << 10, 'x');
  for (int i = 0; i < 3; ++i) {
    REQUIRE(g.post(1, large));
    g.settle();
    g.group(id).set_projected(g.group(id).committed());
  }
  const raft::log_index last = g.group(id).applied();
  REQUIRE(g.at(id).disk.flip_bit(storage::family::log, log_key_of(last - 2), 3));
  REQUIRE(g.group(id).log().entries(last - 2, last - 1, 1).empty());
  REQUIRE(g.group(id).log().damage());
}

// The first member leads. The last entry but one that its tables hold cannot be read, which is found
// out; it is to be trimmed with the next write, and cannot be. The last entry before that write.
raft::log_index decline_a_trim(group_of_three& g) {
  g.elect(1);
  // So large that memory holds only the newest; the others are read from the disk.
  const std::string large(600u << 10, 'x');
  for (int i = 0; i < 3; ++i) {
    REQUIRE(g.post(1, large));
    g.settle();
    g.group(1).set_projected(g.group(1).committed());
  }
  const raft::log_index last = g.group(1).applied();
  REQUIRE(g.at(1).disk.flip_bit(storage::family::log, log_key_of(last - 1), 3));
  // As for a follower that lacks it.
  REQUIRE(g.group(1).log().entries(last - 1, last, 1).empty());
  REQUIRE(g.group(1).log().damage());
  REQUIRE(g.post(1, "small"));
  g.settle();
  REQUIRE(g.group(1).log().first_index() == 1);
  return last;
}

}  // namespace

TEST_CASE("kept log: a restarted leader offers its tables with the log that projections still need") {
  group_of_three g(4);
  g.elect(1);
  lead_after_restart(g);
  bring_back_the_third(g);
  CHECK(g.group(3).log().first_index() == cursor + 1);
  CHECK(g.group(3).projected() == cursor);
}

TEST_CASE("kept log: members that changed at an unknown index come with tables younger than that, and "
          "the cursor stays behind the log") {
  group_of_three g(4);
  g.elect(1);
  REQUIRE(g.group(1).add_learner(9));
  g.settle();
  lead_after_restart(g);
  bring_back_the_third(g);
  // The stored configuration may be as young as what was applied at the restart.
  CHECK(g.group(3).log().first_index() > 40);
  // Whoever leads next sees that its log lacks projections, and lets another lead.
  CHECK(g.group(3).projected() == cursor);
}

TEST_CASE("kept log: a trim that memory declines, for a term that cannot be read, is none on disk") {
  group_of_three g;
  const raft::log_index last = decline_a_trim(g);
  auto oldest = g.at(1).disk.get(storage::family::log, log_key_of(1));
  REQUIRE(oldest);
  CHECK(oldest->has_value());
  // The disk can be opened as it is: nothing that it has to read is damaged.
  g.stop(1);
  g.start(1);
  CHECK(g.group(1).describe().find("log_damaged") == std::string::npos);
  CHECK(g.group(1).log().last_index() == last + 1);
}

TEST_CASE("kept log: what could not be trimmed for a term that cannot be read is trimmed later") {
  group_of_three g;
  const raft::log_index last = decline_a_trim(g);
  REQUIRE(g.post(1, "another"));
  g.settle();
  CHECK(g.group(1).log().first_index() == last + 1);
  auto oldest = g.at(1).disk.get(storage::family::log, log_key_of(1));
  REQUIRE(oldest);
  CHECK_FALSE(oldest->has_value());
}

TEST_CASE("kept log: what is damaged after a pull is trimmed like what was damaged before it") {
  group_of_three g(16);
  g.elect(1);
  damage_log_of(g, 3);
  REQUIRE(g.post(1, "trims"));
  g.settle();
  const raft::log_index trimmed = g.group(3).log().first_index();
  REQUIRE(trimmed > 1);

  g.at(3).cut_off = true;
  for (int i = 0; i < 40; ++i) {
    REQUIRE(g.post(1, "m" + std::to_string(i)));
    g.run();
    g.group(1).set_projected(g.group(1).committed());
  }
  g.settle();
  REQUIRE(g.group(1).log().first_index() > g.group(3).log().last_index() + 1);
  g.at(3).cut_off = false;
  g.tick(30);
  REQUIRE(g.at(3).tables_replaced == 1);
  REQUIRE_FALSE(g.group(3).log().damage());

  damage_log_of(g, 3);
  const raft::log_index damaged = g.group(3).applied() - 2;
  REQUIRE(g.post(1, "trims again"));
  g.settle();
  CHECK(g.group(3).log().first_index() > damaged);
}
