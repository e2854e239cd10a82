// Sessions that resume: the greeting at once, then what was missed of each channel, then what comes, each
// event once, and nothing of the time in which the user was not in the channel.
#include "tests/actors/hub/table_case.hpp"

using namespace carillon;
using namespace carillon::test;

namespace {

using membership = subscription_table::membership;
using opening = subscription_table::opening;

wire::channel_event moved(std::uint64_t seq, std::string_view subtype, const entity_id& who) {
  wire::channel_event out = event(seq);
  out.mutable_message()->set_subtype(std::string(subtype));
  out.mutable_message()->set_user(who.text());
  return out;
}

std::vector<opening> from(const entity_id& channel, std::uint64_t joined, std::uint64_t after) {
  return {opening(membership{channel, joined}, after)};
}

}  // namespace

TEST_CASE("resume: the greeting waits for nothing, what was missed comes before what comes") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 4));
  CHECK(sink.ready == std::vector<connection_id>{1});
  REQUIRE(sink.wants.size() == 1);
  CHECK(sink.wants[0] == 3);  // from the event on where it stands
  table.delivered(batch(general, 8, 8));  // published before the answer
  table.confirmed(general, 7, events(5, 7));
  table.confirmed(general, 8, {});
  table.delivered(batch(general, 9, 9));
  CHECK(sink.seen[1] == seqs{5, 6, 7, 8, 9});
}

TEST_CASE("resume: who has everything of a channel that is live stands with the others at once") {
  recorder sink;
  table_case table(sink);
  table.open(2, bob, team, {general});
  table.confirmed(general, 6, {});
  table.delivered(batch(general, 7, 7));
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 7));
  table.delivered(batch(general, 8, 8));
  CHECK(sink.seen[1] == seqs{8});
  CHECK(sink.seen[2] == seqs{7, 8});
}

TEST_CASE("resume: who has more than the topic here waits until that has it too") {
  recorder sink;
  table_case table(sink);
  table.open(2, bob, team, {general});
  table.confirmed(general, 5, {});
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 7));  // on another host, a moment ago
  CHECK(sink.wants.back() == 5);
  SUBCASE("by the answer") {
    table.confirmed(general, 8, events(6, 8));
  }
  SUBCASE("by what comes") {
    table.delivered(batch(general, 6, 8));
    table.confirmed(general, 5, {});
  }
  table.delivered(batch(general, 9, 9));
  CHECK(sink.seen[1] == seqs{8, 9});
  CHECK(sink.seen[2] == seqs{6, 7, 8, 9});
}

TEST_CASE("resume: what is joined while the list is on its way is told from the join on") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.joined(alice, general, 5);
  table.subscription_table::open(1, alice, team, {});
  CHECK(sink.wants.empty());
  CHECK(sink.starts == seqs{0});
  table.start(1, from(general, 5, 4).at(0), 0);
  REQUIRE(sink.wants.size() == 1);
  CHECK(sink.wants[0] == 4);
  table.confirmed(general, 6, events(5, 6));
  CHECK(sink.seen[1] == seqs{5, 6});
}

TEST_CASE("resume: the list knows what the device has, whatever is told of an old join") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.joined(alice, general, 5);
  table.joined(alice, general, 5);
  table.subscription_table::open(1, alice, team, from(general, 5, 20));
  REQUIRE(sink.wants.size() == 1);
  CHECK(sink.wants[0] == 19);
  table.joined(alice, general, 5);
  CHECK(sink.wants.size() == 1);
}

TEST_CASE("resume: who left and came back while away is told nothing of the time between") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 8, 3));
  auto missed = events(4, 9);
  missed[1] = moved(5, "channel_leave", alice);
  missed[4] = moved(8, "channel_join", alice);
  SUBCASE("in one answer") {
    table.confirmed(general, 9, missed);
  }
  SUBCASE("in parts") {
    table.confirmed(general, 6, {missed.begin(), missed.begin() + 3});
    table.confirmed(general, 9, {missed.begin() + 3, missed.end()});
  }
  CHECK(sink.seen[1] == seqs{4, 5, 8, 9});
}

// The user's slot hears of a leave later than the channel's members do, and lists the channel until then.
TEST_CASE("resume: who was told of their own leaving last is told nothing more until they come again") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 5));
  REQUIRE(sink.wants.size() == 1);
  CHECK(sink.wants[0] == 4);  // the event where it stands says whether they were still in it
  auto missed = events(5, 8);
  std::vector<std::uint64_t> expected;
  SUBCASE("they left") {
    missed[0] = moved(5, "channel_leave", alice);
    SUBCASE("and are away") {}
    SUBCASE("and came again") {
      missed[2] = moved(7, "channel_join", alice);
      expected = seqs{7, 8};
    }
  }
  SUBCASE("somebody else left") {
    missed[0] = moved(5, "channel_leave", bob);
    expected = seqs{6, 7, 8};
  }
  table.confirmed(general, 8, missed);
  CHECK(sink.seen[1] == expected);
}

TEST_CASE("resume: who was told of their own leaving last does not stand with the others of a live channel") {
  recorder sink;
  table_case table(sink);
  table.open(2, bob, team, {general});
  table.confirmed(general, 6, {});
  auto last = batch(general, 7, 7);
  std::vector<std::uint64_t> expected{8, 9, 10};
  SUBCASE("they left") {
    *last.mutable_events(0) = moved(7, "channel_leave", alice);
    expected = seqs{9, 10};
  }
  SUBCASE("somebody else left") {
    *last.mutable_events(0) = moved(7, "channel_leave", entity_id{id_kind::user, 3});
  }
  table.delivered(last);
  const auto asked = sink.wants.size();
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 7));
  CHECK(sink.wants.size() == asked);  // what was delivered here is known
  auto next = batch(general, 8, 9);
  if (expected.front() == 9)
    *next.mutable_events(1) = moved(9, "channel_join", alice);
  table.delivered(next);
  table.delivered(batch(general, 10, 10));
  CHECK(sink.seen[1] == expected);
  CHECK(sink.seen[2] == seqs{7, 8, 9, 10});
}

TEST_CASE("resume: an answer says who left only if it reaches back to where the device stands") {
  recorder sink;
  table_case table(sink);
  table.expect(3, bob, team, true);
  table.subscription_table::open(3, bob, team, from(general, 9, 8));
  CHECK(sink.wants.back() == 8);  // their join is next: they were away, or new
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 5));
  CHECK(sink.wants.size() == 1);
  table.confirmed(general, 8, {});
  REQUIRE(sink.wants.size() == 2);
  CHECK(sink.wants.back() == 4);
  auto missed = events(5, 8);
  SUBCASE("they left") {
    missed[0] = moved(5, "channel_leave", alice);
    table.confirmed(general, 8, missed);
    CHECK(sink.seen[1].empty());
  }
  SUBCASE("they did not") {
    table.confirmed(general, 8, missed);
    CHECK(sink.seen[1] == seqs{6, 7, 8});
  }
  SUBCASE("the event is there no more") {
    table.confirmed(general, 8, {missed.begin() + 1, missed.end()});
    CHECK(sink.seen[1] == seqs{6, 7, 8});
  }
  SUBCASE("nothing is there any more") {
    table.confirmed(general, 8, {});
    table.delivered(batch(general, 9, 9));
    CHECK(sink.seen[3] == seqs{9});
  }
}

TEST_CASE("resume: who leaves and comes again is told first what the leaving cut off") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 3));
  table.confirmed(general, 3, {});
  table.delivered(batch(general, 4, 4));
  table.left(alice, general, 6);  // the user's slot is quicker than the channel's
  table.joined(alice, general, 8);
  CHECK(sink.starts == seqs{4});
  table.joined(alice, general, 8);  // told twice, asked twice
  table.start(1, from(general, 8, 4).at(0), 4);
  table.start(1, from(general, 8, 4).at(0), 4);
  auto missed = events(5, 9);
  missed[1] = moved(6, "channel_leave", alice);
  missed[3] = moved(8, "channel_join", alice);
  table.confirmed(general, 9, missed);
  table.confirmed(general, 9, {});
  CHECK(sink.seen[1] == seqs{4, 5, 6, 8, 9});
}

TEST_CASE("resume: an answer that is overtaken by what was told is asked for again, one that comes late is none") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, {});
  table.joined(alice, general, 2);
  table.start(1, from(general, 2, 1).at(0), 0);
  table.confirmed(general, 3, events(2, 3));
  table.confirmed(general, 3, {});
  table.left(alice, general, 4);
  table.joined(alice, general, 6);
  CHECK(sink.starts == seqs{0, 3});
  table.start(1, from(general, 6, 1).at(0), 0);  // of before
  CHECK(sink.starts == seqs{0, 3, 3});
  table.left(alice, general, 7);
  table.start(1, from(general, 6, 5).at(0), 3);
  CHECK(table.channels() == 0);
}

TEST_CASE("resume: news of a return that comes before the leaving itself tell nothing of the time between") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 3));
  table.confirmed(general, 3, {});
  table.joined(alice, general, 7);
  auto all = batch(general, 4, 8);
  *all.mutable_events(1) = moved(5, "channel_leave", alice);
  *all.mutable_events(3) = moved(7, "channel_join", alice);
  table.delivered(all);
  CHECK(sink.seen[1] == seqs{4, 5, 7, 8});
  table.delivered(batch(general, 9, 9));
  CHECK(sink.seen[1].back() == 9);
}

TEST_CASE("resume: of a channel that cannot be read it is told late, but all of it") {
  recorder sink;
  table_case table(sink);
  table.open(2, bob, team, {general});
  table.confirmed(general, 3, {});
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 3));
  table.delivered(batch(general, 5, 5));  // 4 was lost on its way
  table.unreadable(general);
  CHECK(sink.seen[2] == seqs{5});
  CHECK(sink.seen[1].empty());
  table.ask_again(general);
  CHECK(sink.wants.back() == 2);
  table.confirmed(general, 6, events(3, 6));
  table.confirmed(general, 6, {});
  CHECK(sink.seen[1] == seqs{4, 5, 6});
  CHECK(sink.seen[2] == seqs{5, 6});
}
