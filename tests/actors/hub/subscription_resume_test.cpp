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
  CHECK(sink.wants[0] == 4);
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
  table.confirmed(general, 7, {});
  table.expect(1, alice, team, true);
  table.subscription_table::open(1, alice, team, from(general, 1, 7));
  table.delivered(batch(general, 8, 8));
  CHECK(sink.seen[1] == seqs{8});
  CHECK(sink.seen[2] == seqs{8});
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
  CHECK(sink.wants[0] == 20);
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
