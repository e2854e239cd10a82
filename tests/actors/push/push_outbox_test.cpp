// The outbox: what waits, what is told, what comes between the two, and how much there may be.
#include "tests/actors/push/outbox_site.hpp"

namespace carillon::test {
namespace {

using site = outbox_site;

TEST_CASE("push pause: doubled with each attempt up to the most, never before what was asked for") {
  const push_pauses how{milliseconds(1'000), milliseconds(60'000)};
  CHECK(push_pause(how, 1, {}, 0) == milliseconds(500));
  CHECK(push_pause(how, 1, {}, 0.5) == milliseconds(750));
  CHECK(push_pause(how, 2, {}, 0) == milliseconds(1'000));
  CHECK(push_pause(how, 7, {}, 0) == milliseconds(30'000));
  CHECK(push_pause(how, 4'000'000'000u, {}, 0) == milliseconds(30'000));
  CHECK(push_pause(how, 1, milliseconds(120'000), 0) == milliseconds(120'000));
  CHECK(push_pause(how, 1, milliseconds(120'000), 0.5) == milliseconds(126'000));
  CHECK(push_pause({milliseconds(0), milliseconds(0)}, 1, {}, 0) == milliseconds(1));
}

TEST_CASE("outbox: what came is told once its row can be read, and shown after that") {
  site it;
  const auto plan = it.box.plan({news(1, 5)}, wall);
  CHECK(it.box.waiting() == 0);  // planning changes nothing
  it.box.accept(plan, 7, start);
  it.box.applied(6);
  CHECK(it.box.due(start, 10).empty());
  CHECK_FALSE(it.box.next_due());
  it.box.applied(7);
  it.write(plan.rows);
  const auto errand = it.begin(1);
  CHECK(errand.devices == std::vector<std::string>{"phone"});
  CHECK(it.box.due(start, 10).empty());  // it is under way
  it.end(1, errand, push_fate::delivered);
  CHECK(it.box.waiting() == 0);
  CHECK(it.box.shown() == 1);
  CHECK(it.table.at(key_of(1)).told(0) == "phone");
  CHECK(it.table.at(key_of(1)).told_ts() == 500);
  CHECK_FALSE(has_news(it.table.at(key_of(1))));
}

TEST_CASE("outbox: what was told and is not read is counted with what comes later") {
  site it;
  it.come(news(1, 5));
  it.end(1, it.begin(1), push_fate::delivered);
  it.come(news(1, 6), start, wall + 7);
  auto errand = it.begin(1);
  CHECK(errand.row.items_size() == 2);
  CHECK(errand.row.told_seq() == 5);
  CHECK(errand.row.at() == wall + 7);  // since when something waits
  push_outbox::told told;              // of the one it turns out that they wrote it themselves
  told.devices.push_back({"phone", push_fate::delivered, {}});
  told.told_ts = 600;
  told.upto = 6;
  told.unread.push_back(errand.row.items(1));
  it.box.ended(key_of(1), errand.id, told, wall, start, 0);
  it.settle();
  REQUIRE(it.table.at(key_of(1)).items_size() == 1);
  CHECK(it.table.at(key_of(1)).items(0).seq() == 6);
  CHECK_FALSE(has_news(it.table.at(key_of(1))));
  it.box.read(key_of(1), 600, 0, wall, start);
  CHECK(it.box.is_clear(key_of(1)));
}

TEST_CASE("outbox: where there are no news after all, what was told stays and nobody is told of it again") {
  site it;
  it.come(news(1, 5));
  it.end(1, it.begin(1), push_fate::delivered);
  it.come(news(1, 6));
  const auto errand = it.begin(1);
  push_outbox::told told;
  told.no_news = true;
  told.upto = 6;
  told.unread.push_back(errand.row.items(0));
  it.box.ended(key_of(1), errand.id, told, wall, start, 0);
  it.settle();
  CHECK(it.box.due(start, 10).empty());
  CHECK(it.box.shown() == 1);
  CHECK(it.table.at(key_of(1)).items_size() == 1);
}

TEST_CASE("outbox: a burst is one push, after the time for gathering") {
  site it({.rows_max = 100, .gather = milliseconds(500), .pauses = {}, .keep = std::chrono::hours(24)});
  it.come(news(1, 5));
  it.come(news(1, 6), start + milliseconds(400));
  CHECK(it.box.due(start + milliseconds(499), 10).empty());
  CHECK(it.box.next_due() == start + milliseconds(500));
  const auto errand = it.begin(1, start + milliseconds(500));
  CHECK(errand.row.items_size() == 2);
  const auto counts = it.box.take_counts();
  CHECK(counts.decided == 1);
  CHECK(counts.collapsed == 1);
}

TEST_CASE("outbox: what comes while a push is under way is told afterwards") {
  site it;
  it.come(news(1, 5));
  const auto first = it.begin(1);
  it.come(news(1, 6));
  it.end(1, first, push_fate::delivered);
  CHECK(it.box.waiting() == 1);
  const auto second = it.begin(1);
  CHECK(second.row.items().rbegin()->seq() == 6);
  it.end(1, second, push_fate::delivered);
  CHECK(it.box.waiting() == 0);
  CHECK(it.box.shown() == 1);
}

TEST_CASE("outbox: a device that could not be told is tried again, alone, and later each time") {
  site it;
  it.come(news(1, 5, {"phone", "tab"}));
  const auto first = it.begin(1);
  push_outbox::told half;
  half.devices = {{"phone", push_fate::delivered, {}}, {"tab", push_fate::no_answer, {}}};
  half.told_ts = 500;
  it.box.ended(key_of(1), first.id, half, wall, start, 0);
  it.settle();
  CHECK(it.table.at(key_of(1)).devices_size() == 1);
  CHECK(it.box.next_due() == start + milliseconds(500));
  const auto second = it.begin(1, start + milliseconds(500));
  CHECK(second.devices == std::vector<std::string>{"tab"});
  it.end(1, second, push_fate::try_again, start + milliseconds(500), std::chrono::seconds(30));
  CHECK(it.box.next_due() == start + milliseconds(30'500));
  const auto third = it.begin(1, start + milliseconds(30'500));
  it.end(1, third, push_fate::delivered);
  CHECK(it.table.at(key_of(1)).told_size() == 2);
}

TEST_CASE("outbox: a new leader takes up what waits, and keeps what is shown") {
  site it;
  it.come(news(1, 5));
  it.come(news(2, 5));
  auto errand = it.box.begin(key_of(2), wall, start);
  it.end(2, *errand, push_fate::delivered);
  site next;
  for (const auto& [key, row] : it.table)
    next.box.load(key, row, start);
  CHECK(next.box.waiting() == 1);
  CHECK(next.box.shown() == 1);
  CHECK(next.box.due(start, 10) == std::vector{key_of(1)});
  next.box.read(key_of(2), 500, 0, wall, start);  // it was marked when nobody could follow it
  CHECK(next.box.is_clear(key_of(2)));
}

TEST_CASE("outbox: what is shown is taken away when it is read elsewhere, and forgotten when that is told") {
  site it;
  it.come(news(1, 5));
  it.end(1, it.begin(1), push_fate::delivered);
  it.box.read(key_of(1), 499, 0, wall, start);
  CHECK(it.box.due(start, 10).empty());
  it.box.read(key_of(1), 500, 0, wall, start);
  const auto clear = it.begin(1);
  CHECK(clear.row.clear());
  it.end(1, clear, push_fate::delivered);
  CHECK(it.table.empty());
  CHECK(it.box.take_counts().clears == 1);
}

TEST_CASE("outbox: it is taken away when the table holds that it was read, for the badge is counted there") {
  site it;
  it.come(news(1, 5));
  it.end(1, it.begin(1), push_fate::delivered);
  it.box.read(key_of(1), 500, it.index + 1, wall, start);
  CHECK(it.box.due(start, 10).empty());
  it.box.applied(it.index + 1);
  CHECK(it.begin(1).row.clear());
}

TEST_CASE("outbox: what is read before it is told is not told") {
  site it;
  it.come(news(1, 5));
  it.box.read(key_of(1), 500, 0, wall, start);
  CHECK(it.box.due(start, 10).empty());
  it.settle();
  CHECK(it.table.empty());
}

TEST_CASE("outbox: what is read while it is told is taken away") {
  site it;
  it.come(news(1, 5));
  const auto errand = it.begin(1);
  it.box.read(key_of(1), 500, 0, wall, start);
  it.end(1, errand, push_fate::delivered);
  CHECK(it.begin(1).row.clear());
}

TEST_CASE("outbox: a dead token is not told again, and nothing is left when it was the last") {
  for (const auto fate : {push_fate::token_is_dead, push_fate::refused}) {
    site it;
    it.come(news(1, 5));
    it.end(1, it.begin(1), fate);
    CHECK(it.table.empty());
    CHECK(it.box.waiting() == 0);
  }
}

TEST_CASE("outbox: the oldest gives way, first what is only shown") {
  site it({.rows_max = 2, .gather = milliseconds(0), .pauses = {}, .keep = std::chrono::hours(24)});
  it.come(news(1, 5), start, wall);
  it.come(news(2, 5), start, wall + 1);
  auto errand = it.box.begin(key_of(2), wall, start);
  it.end(2, *errand, push_fate::delivered);
  it.come(news(3, 5), start, wall + 2);
  CHECK_FALSE(it.table.contains(key_of(2)));
  CHECK(it.box.take_counts().dropped == 0);
  it.come(news(4, 5), start, wall + 3);
  CHECK_FALSE(it.table.contains(key_of(1)));
  CHECK(it.box.take_counts().dropped == 1);
  CHECK(it.table.size() == 2);
  it.come(news(4, 6), start, wall + 4);  // joins one: room enough
  CHECK(it.box.take_counts().dropped == 0);
}

TEST_CASE("outbox: who has most loses the oldest, and not who has one row") {
  site it({.rows_max = 3, .gather = milliseconds(0), .pauses = {}, .keep = std::chrono::hours(24)});
  it.come(news(1, 5), start, wall);
  for (std::uint64_t channel = 20; channel < 24; ++channel) {
    auto many = news(2, 5);
    many.key.channel.number = channel;
    it.come(many, start, wall + channel);
  }
  CHECK(it.table.contains(key_of(1)));
  CHECK(it.table.size() == 3);
  CHECK(it.box.take_counts().dropped == 2);
}

TEST_CASE("outbox: of one user only so many errands are under way, others go on") {
  site it({.rows_max = 100, .gather = milliseconds(0), .pauses = {}, .keep = std::chrono::hours(24), .errands_of_user = 2});
  for (std::uint64_t channel = 20; channel < 24; ++channel) {
    auto many = news(2, 5);
    many.key.channel.number = channel;
    it.come(many);
  }
  const auto due = it.box.due(start, 10);
  REQUIRE(due.size() == 2);
  const auto first = it.box.begin(due[0], wall, start);
  REQUIRE(it.box.begin(due[1], wall, start));
  it.come(news(3, 5));
  CHECK(it.box.due(start, 10) == std::vector{key_of(3)});
  push_outbox::told told;
  told.devices.push_back({"phone", push_fate::delivered, {}});
  it.box.ended(due[0], first->id, told, wall, start, 0);
  CHECK(it.box.due(start, 10).size() == 2);
}

TEST_CASE("outbox: the outcome of what gave way meanwhile changes nothing") {
  site it({.rows_max = 1, .gather = milliseconds(0), .pauses = {}, .keep = std::chrono::hours(24)});
  it.come(news(1, 5), start, wall);
  const auto old = it.begin(1);
  it.come(news(2, 5), start, wall + 1);
  it.come(news(1, 6), start, wall + 2);
  CHECK(it.box.under_way() == 0);
  const auto again = it.begin(1);
  it.end(1, old, push_fate::delivered);
  CHECK(it.box.under_way() == 1);
  it.end(1, again, push_fate::delivered);
  CHECK(it.box.shown() == 1);
}

TEST_CASE("outbox: what could not be told for too long is given up, and not a moment before") {
  site it;
  constexpr timestamp kept = 24ull * 3'600 * 1'000'000;
  it.come(news(1, 5));
  CHECK_FALSE(it.box.begin(key_of(1), wall + kept, start));
  it.settle();
  CHECK(it.table.empty());
  CHECK(it.box.take_counts().expired == 1);
  it.come(news(1, 6));
  CHECK(it.box.begin(key_of(1), wall + kept - 1, start));
}

TEST_CASE("outbox: who is at a device is not told there; who is not to be disturbed, later") {
  site it;
  it.come(news(1, 5));
  it.box.postpone(key_of(1), start + milliseconds(100));
  CHECK(it.box.due(start + milliseconds(99), 10).empty());
  CHECK(it.box.due(start + milliseconds(100), 10).size() == 1);
  it.box.hold(key_of(1), wall, start);  // they came back, and it is older than a silent death could be
  it.settle();
  CHECK(it.table.empty());
  it.come(news(1, 6));
  it.end(1, it.begin(1), push_fate::delivered);
  it.come(news(1, 7));
  it.box.hold(key_of(1), wall, start);
  it.settle();
  CHECK(it.box.due(start, 10).empty());
  CHECK(it.table.at(key_of(1)).items_size() == 2);  // unread all the same
}

TEST_CASE("outbox: what waits for a quiet time to be over waits no longer when that ends early, but for its provider") {
  site it;
  it.come(news(1, 5));
  it.box.postpone(key_of(1), start + milliseconds(60'000));
  CHECK(it.box.next_due() == start + milliseconds(60'000));
  it.box.resume(2);
  CHECK(it.box.due(start, 10).empty());
  it.box.resume(1);
  it.end(1, it.begin(1), push_fate::try_again, start, std::chrono::seconds(30));
  it.box.postpone(key_of(1), start + milliseconds(60'000));
  it.box.resume(1);
  CHECK(it.box.next_due() == start + milliseconds(30'000));
}

TEST_CASE("outbox: who has left a channel is not told of it, and what they show of it is taken away") {
  site it;
  it.come(news(1, 5));
  it.box.left(key_of(1), 5, 0, wall, start);
  CHECK(it.box.due(start, 10).empty());
  it.come(news(2, 5));
  it.end(2, it.begin(2), push_fate::delivered);
  it.box.left(key_of(2), 5, 0, wall, start);
  CHECK(it.box.is_clear(key_of(2)));
  it.come(news(3, 6));  // of when they were in it again
  it.box.left(key_of(3), 5, 0, wall, start);
  CHECK(it.box.due(start, 10).size() == 2);
}

TEST_CASE("outbox: nothing to tell after all") {
  site it;
  it.come(news(1, 5));
  const auto errand = it.begin(1);
  push_outbox::told nothing;
  nothing.nothing = true;
  it.box.ended(key_of(1), errand.id, nothing, wall, start, 0);
  it.settle();
  CHECK(it.table.empty());
}

TEST_CASE("outbox: rows whose writing was refused are written later") {
  site it;
  it.come(news(1, 5));
  const auto errand = it.begin(1);
  push_outbox::told told;
  told.devices = {{"phone", push_fate::delivered, {}}};
  it.box.ended(key_of(1), errand.id, told, wall, start, 0);
  const auto rows = it.box.take_changes(10);
  REQUIRE(rows.size() == 1);
  CHECK_FALSE(it.box.has_changes());
  it.box.changes_lost(rows);
  CHECK(it.box.take_changes(10).size() == 1);
}

TEST_CASE("outbox: who has no device any more has nothing that waits") {
  site it;
  it.come(news(1, 5));
  it.come(news(2, 5));
  it.box.forget(1);
  it.settle();
  CHECK(it.table.size() == 1);
  CHECK(it.box.waiting() == 1);
}

}  // namespace
}  // namespace carillon::test
