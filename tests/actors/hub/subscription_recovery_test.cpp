// The subscription table when a channel's leader changes, when answers are late, and when what is
// told of memberships comes in another order than it happened.
#include "tests/actors/hub/table_case.hpp"

namespace carillon::test {
namespace {

TEST_CASE("hub: with a new leader a channel is asked for from its last event, and goes on gapless") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 3, {});
  table.delivered(batch(general, 4, 5));
  table.ask_again(general);  // the leader died with 6, which was committed and told to nobody
  CHECK(sink.wants.back() == 5);
  table.delivered(batch(general, 7, 7));  // of the new leader, before its answer
  table.confirmed(general, 7, events(6, 7));
  CHECK(sink.seen[1] == seqs{4, 5, 6, 7});
}

TEST_CASE("hub: what was missed may be more than an answer holds: it is asked for until nothing comes") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 3, {});
  table.ask_again(general);
  table.confirmed(general, 5, events(4, 5));
  CHECK(sink.wants.back() == 5);
  table.confirmed(general, 6, events(6, 6));
  CHECK(sink.wants.back() == 6);
  const auto asked = sink.wants.size();
  table.confirmed(general, 6, {});
  CHECK(sink.wants.size() == asked);
  CHECK(table.is_settled(general));
  CHECK(sink.seen[1] == seqs{4, 5, 6});
}

TEST_CASE("hub: only the answer to the last asking counts") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  const auto first = sink.serials[general];
  table.ask_again(general);  // the leader changed before it answered
  CHECK_FALSE(static_cast<subscription_table&>(table).confirmed(general, first, 9, {}));
  CHECK(sink.ready.empty());
  CHECK(table.confirmed(general, 4, {}));
  CHECK_FALSE(table.confirmed(general, 9, {}));  // twice
  table.delivered(batch(general, 5, 5));
  CHECK(sink.seen[1] == seqs{5});
}

TEST_CASE("hub: an answer that comes after everyone left and someone returned is ignored") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  const auto first = sink.serials[general];
  table.close(1);
  table.open(2, alice, team, {general});
  CHECK_FALSE(static_cast<subscription_table&>(table).confirmed(general, first, 3, {}));
  CHECK_FALSE(static_cast<subscription_table&>(table).unreadable(general, first));
  CHECK(table.confirmed(general, 5, {}));  // 4 and 5 were before the second session
  table.delivered(batch(general, 4, 6));
  CHECK(sink.seen[2] == seqs{6});
}

TEST_CASE("hub: a leave that a gap held up does not end a membership that began after it") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 3, {});
  table.joined(alice, general, 6);          // told by the user's slot, which is quicker
  table.delivered(batch(general, 7, 7));    // 4 to 6 are missing
  table.confirmed(general, 7,
                  {event(4), moved(5, alice, "channel_leave"), moved(6, alice, "channel_join"),
                   event(7)});
  table.delivered(batch(general, 8, 8));
  CHECK(sink.seen[1] == seqs{4, 5, 6, 7, 8});
}

TEST_CASE("hub: what is told of memberships counts by its seq, in whatever order it is told") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 3, {});
  table.joined(alice, general, 9);
  table.left(alice, general, 8);  // of before
  table.delivered(batch(general, 4, 4));
  CHECK(sink.seen[1] == seqs{4});
  table.left(alice, general, 10);
  table.joined(alice, general, 9);  // again, from a list that was made earlier
  CHECK(table.channels() == 0);
  table.joined(alice, general, 11);
  CHECK(table.channels() == 1);
}

TEST_CASE("hub: a poster does not get its own event by a replay that fills the gap before it") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.open(2, bob, team, {general});
  table.confirmed(general, 3, {});
  table.delivered(batch(general, 5, 5, 1));  // connection 1 posted 5; 4 was lost on its way
  table.confirmed(general, 5, events(4, 5));
  CHECK(sink.seen[1] == seqs{4});
  CHECK(sink.seen[2] == seqs{4, 5});
}

}  // namespace
}  // namespace carillon::test
