// What a connection of the user shows is held: it may be dead, and nobody knows yet.
#include "tests/actors/push/outbox_site.hpp"

namespace carillon::test {
namespace {

using site = outbox_site;

constexpr milliseconds held_for(35'000);
constexpr timestamp since_then = 35'000'000;

// What came at `at` while a connection of the user showed it.
push_news shown(std::uint64_t user, std::uint64_t seq, timestamp ts) {
  auto out = news(user, seq);
  out.items[0].set_ts(ts);
  out.held = true;
  return out;
}

TEST_CASE("outbox: what a connection shows is not told, and is over when that would have been found dead") {
  site it;
  it.come(shown(1, 5, wall));
  CHECK(it.table.size() == 1);  // whoever leads next has it
  CHECK(it.box.waiting() == 0);
  CHECK(it.box.held() == 1);
  CHECK(it.box.take_counts().decided == 0);
  CHECK(it.box.due(start + held_for - milliseconds(1), 10).empty());
  REQUIRE(it.box.due(start + held_for, 10).size() == 1);
  it.box.hold(key_of(1), wall + since_then, start + held_for);
  CHECK_FALSE(it.box.is_urgent());
  it.settle();
  CHECK(it.table.empty());
  CHECK(it.box.held() == 0);
}

TEST_CASE("outbox: of what is held, what came after the last sign of life of the last connection is told") {
  site it;
  it.come(shown(1, 5, wall));
  it.come(shown(1, 6, wall + 1), start, wall + 1);
  it.come(shown(2, 5, wall));
  it.come(shown(3, 5, wall + 1));
  it.box.gone(1, wall, start + milliseconds(10));
  it.box.gone(2, wall, start + milliseconds(10));
  CHECK_FALSE(it.box.is_held(key_of(1)));
  CHECK(it.box.is_held(key_of(3)));
  CHECK(it.box.take_counts().decided == 1);
  CHECK(it.box.is_urgent());
  it.settle();
  CHECK_FALSE(it.box.is_urgent());
  CHECK_FALSE(it.table.contains(key_of(2)));
  const auto errand = it.begin(1, start + milliseconds(10));
  CHECK(errand.row.told_seq() == 5);
  CHECK(errand.row.at() == wall + 1);
  it.box.gone(1, wall + 9, start + milliseconds(20));  // it is under way: nothing changes
  it.end(1, errand, push_fate::delivered);
  CHECK(it.box.shown() == 1);
  CHECK(it.box.due(start + held_for, 10) == std::vector{key_of(3)});
}

TEST_CASE("outbox: held rows that came within a second are over together") {
  site it;
  it.come(shown(1, 5, wall), start + milliseconds(1));
  it.come(shown(2, 5, wall), start + milliseconds(999));
  CHECK(it.box.next_due() == start + held_for + milliseconds(1'000));
  CHECK(it.box.due(*it.box.next_due(), 10).size() == 2);
}

TEST_CASE("outbox: what was read while it was held is not told") {
  site it;
  it.come(shown(1, 5, wall));
  it.come(shown(1, 6, wall + 2));
  it.box.read(key_of(1), wall, 0, wall, start);
  CHECK(it.box.held() == 1);
  it.box.read(key_of(1), wall + 2, 0, wall, start);
  it.box.gone(1, 0, start);
  it.settle();
  CHECK(it.table.empty());
  CHECK(it.box.due(start + held_for, 10).empty());
}

TEST_CASE("outbox: what is shown is taken away at once when it is read, also while there is more that is held") {
  site it;
  it.come(news(1, 5));
  it.end(1, it.begin(1), push_fate::delivered);
  it.come(shown(1, 6, wall));
  CHECK(it.box.due(start, 10).empty());
  it.box.read(key_of(1), wall, 0, wall, start);
  CHECK(it.begin(1).row.clear());
}

TEST_CASE("outbox: a message of every channel has no time of its own: that at which it came counts") {
  site it;
  it.come(shown(1, 5, 0), start, wall);
  it.come(shown(1, 6, 0), start, wall + 1);
  it.box.gone(1, wall, start);
  CHECK(it.begin(1).row.told_seq() == 5);
}

TEST_CASE("outbox: what nobody is there for is told with what is held, at once") {
  site it({.rows_max = 100, .gather = milliseconds(500), .pauses = {}, .keep = std::chrono::hours(24)});
  it.come(shown(1, 5, wall));
  it.come(news(1, 6), start + milliseconds(100));
  CHECK(it.box.held() == 0);
  CHECK(it.box.waiting() == 1);
  CHECK(it.box.next_due() == start + milliseconds(600));
  it.come(shown(1, 7, wall), start + milliseconds(200));  // and what comes then is not held back either
  CHECK(it.box.next_due() == start + milliseconds(600));
  CHECK(it.box.held() == 0);
}

TEST_CASE("outbox: what waits for who is back is held from then on, as long as what came last") {
  site it;
  it.come(news(1, 5), start, wall);
  it.box.hold(key_of(1), 500 + since_then - 1, start);
  CHECK(it.box.held() == 1);
  CHECK(it.box.due(start + milliseconds(999), 10).empty());
  it.box.hold(key_of(1), 500 + since_then, start + std::chrono::seconds(1));
  CHECK(it.box.held() == 0);
}

TEST_CASE("outbox: what is held gives way before what is shown or waits") {
  site it({.rows_max = 2, .gather = milliseconds(0), .pauses = {}, .keep = std::chrono::hours(24)});
  it.come(news(1, 5), start, wall);
  it.come(shown(2, 5, wall + 1), start, wall + 1);
  it.come(news(3, 5), start, wall + 2);
  CHECK_FALSE(it.table.contains(key_of(2)));
  CHECK(it.box.take_counts().dropped == 0);
}

}  // namespace
}  // namespace carillon::test
