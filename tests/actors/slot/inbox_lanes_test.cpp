// From committed changes of channels to deliveries, one at a time in each lane, and to the indexes that are
// over.
#include "actors/slot/inbox_lanes.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace carillon;
using namespace std::chrono_literals;

namespace {

const entity_id lobby{id_kind::channel, 10};
const entity_id news{id_kind::channel, 11};
constexpr tick_time start{1h};

// Users with an even number live on slot 0, the others on slot 1.
struct lanes_script {
  explicit lanes_script(inbox_lanes::limits how = {}) : lanes(how, [](std::uint64_t user) {
    return static_cast<slot_id>(user % 2);
  }) {
    lanes.is_member = [this](const entity_id&, std::uint64_t user) { return inside.contains(user); };
  }

  inbox_step post(const entity_id& channel, std::uint64_t seq, std::string_view text = {},
                  std::uint64_t author = 0) {
    inbox_step step;
    step.index = ++index;
    step.channel = channel;
    step.first_seq = step.last_seq = seq;
    if (auto who = find_mentions(text); !who.empty())
      step.mentions.push_back({seq, 1'000 + seq, who, false, author});
    return step;
  }
  void load(const entity_id& channel, std::vector<inbox_audience::member> members,
            bool read_at_sync = false) {
    lanes.loaded(channel, std::move(members), read_at_sync);
  }
  wire::inbox_delivery deliver(slot_id to) { return *lanes.deliver(to); }

  inbox_lanes lanes;
  std::map<std::uint64_t, bool> inside;
  raft::log_index index = 0;
  tick_time now = start;
};

std::vector<std::uint64_t> users_of(const wire::inbox_run& run) {
  return {run.users().begin(), run.users().end()};
}

}  // namespace

TEST_CASE("lanes: members are asked for once, and each slot gets its own of them") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.lanes.take(s.post(lobby, 2));
  REQUIRE(s.lanes.questions().size() == 1);
  CHECK(s.lanes.questions().empty());
  CHECK(s.lanes.due(s.now).empty());
  s.load(lobby, {{1, 0}, {2, 0}, {3, 0}, {4, 0}});
  CHECK(s.lanes.due(s.now) == std::vector<slot_id>{0, 1});
  const auto even = s.deliver(0);
  REQUIRE(even.runs_size() == 1);
  CHECK(even.runs(0).first_seq() == 1);
  CHECK(even.runs(0).last_seq() == 2);
  CHECK(users_of(even.runs(0)) == std::vector<std::uint64_t>{2, 4});
  CHECK(users_of(s.deliver(1).runs(0)) == std::vector<std::uint64_t>{1, 3});
}

TEST_CASE("lanes: an index is over when all that it brought was taken") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{1, 0}, {2, 0}});
  CHECK(s.lanes.over().empty());
  (void)s.deliver(0);
  CHECK(s.lanes.delivered(0).empty());
  (void)s.deliver(1);
  CHECK(s.lanes.delivered(1) == std::vector<raft::log_index>{1});
  CHECK(s.lanes.is_idle());
}

TEST_CASE("lanes: what concerns nobody is over at once") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {});
  CHECK(s.lanes.over() == std::vector<raft::log_index>{1});
  CHECK(s.lanes.over().empty());
  CHECK(s.lanes.is_idle());
}

TEST_CASE("lanes: while one delivery is under way, the next gathers behind it") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{2, 0}});
  (void)s.deliver(0);
  s.lanes.take(s.post(lobby, 2));
  s.lanes.take(s.post(lobby, 3));
  CHECK(s.lanes.due(s.now).empty());
  CHECK(s.lanes.delivered(0) == std::vector<raft::log_index>{1});
  const auto next = s.deliver(0);
  REQUIRE(next.runs_size() == 1);
  CHECK(next.runs(0).first_seq() == 2);
  CHECK(next.runs(0).last_seq() == 3);
}

TEST_CASE("lanes: what failed is brought again as it was, after a pause") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{2, 0}});
  const auto first = s.deliver(0).SerializeAsString();
  s.lanes.failed(0, s.now, 100ms);
  s.lanes.take(s.post(lobby, 2));
  CHECK(s.lanes.due(s.now + 99ms).empty());
  CHECK(s.lanes.next_due() == s.now + 100ms);
  s.now += 100ms;
  CHECK(s.lanes.due(s.now) == std::vector<slot_id>{0});
  CHECK(s.deliver(0).SerializeAsString() == first);
  CHECK(s.lanes.delivered(0) == std::vector<raft::log_index>{1});
  CHECK(s.deliver(0).runs(0).first_seq() == 2);
}

TEST_CASE("lanes: of a channel read at sync, who leaves later does not hide the others who are mentioned") {
  lanes_script s;
  s.inside[2] = true;  // by tables that know of what follows, too: 4 has left by then, 6 has come
  s.inside[6] = true;
  s.lanes.take(s.post(news, 1, "<@U000000000002> <@U000000000004> <@U000000000006>"));
  inbox_step leave = s.post(news, 2);
  leave.left.push_back(4);
  s.lanes.take(leave);
  inbox_step join = s.post(news, 3);
  join.joined.push_back({6, 3});
  s.lanes.take(join);
  s.load(news, {}, true);
  while (!s.lanes.questions().empty())
    s.load(news, {{2, 0}, {6, 3}}, true);
  std::vector<std::uint64_t> named;
  const auto delivery = s.deliver(0);
  for (const auto& run : delivery.runs())
    for (const auto& mention : run.mentions())
      named.insert(named.end(), mention.users().begin(), mention.users().end());
  CHECK(named == std::vector<std::uint64_t>{2, 4});
}

TEST_CASE("lanes: who joins has events from the join on, who leaves up to the leaving") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{2, 0}});
  inbox_step join = s.post(lobby, 2);
  join.joined.push_back({4, 2});
  s.lanes.take(join);
  inbox_step leave = s.post(lobby, 3);
  leave.left.push_back(2);
  s.lanes.take(leave);
  s.lanes.take(s.post(lobby, 4));
  const auto all = s.deliver(0);
  REQUIRE(all.runs_size() == 3);
  CHECK(users_of(all.runs(0)) == std::vector<std::uint64_t>{2});
  CHECK(all.runs(0).last_seq() == 1);
  CHECK(users_of(all.runs(1)) == std::vector<std::uint64_t>{2, 4});
  CHECK(all.runs(1).first_seq() == 2);
  CHECK(all.runs(1).last_seq() == 3);
  CHECK(users_of(all.runs(2)) == std::vector<std::uint64_t>{4});
}

TEST_CASE("lanes: members that were read late: who joined later waits, who left since is still told") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 5));
  inbox_step leave = s.post(lobby, 6);
  leave.left.push_back(2);
  s.lanes.take(leave);
  s.lanes.take(s.post(lobby, 7));
  s.load(lobby, {{4, 0}, {6, 7}});  // as the tables are after all of this
  const auto all = s.deliver(0);
  REQUIRE(all.runs_size() == 2);
  CHECK(users_of(all.runs(0)) == std::vector<std::uint64_t>{2, 4});
  CHECK(all.runs(0).last_seq() == 6);
  CHECK(users_of(all.runs(1)) == std::vector<std::uint64_t>{4, 6});
}

TEST_CASE("lanes: members that were read late: who left and came again is told of both times") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 5));
  inbox_step leave = s.post(lobby, 6);
  leave.left.push_back(2);
  s.lanes.take(leave);
  s.lanes.take(s.post(lobby, 7));
  inbox_step again = s.post(lobby, 8);
  again.joined.push_back({2, 8});
  s.lanes.take(again);
  SUBCASE("as the tables are before all of this") { s.load(lobby, {{2, 1}, {4, 1}}); }
  SUBCASE("as they are in the middle of it") { s.load(lobby, {{4, 1}}); }
  SUBCASE("as they are after it") { s.load(lobby, {{2, 8}, {4, 1}}); }
  const auto all = s.deliver(0);
  REQUIRE(all.runs_size() == 3);
  CHECK(users_of(all.runs(0)) == std::vector<std::uint64_t>{2, 4});
  CHECK(all.runs(0).last_seq() == 6);
  CHECK(users_of(all.runs(1)) == std::vector<std::uint64_t>{4});
  CHECK(all.runs(1).last_seq() == 7);
  CHECK(users_of(all.runs(2)) == std::vector<std::uint64_t>{2, 4});
}

TEST_CASE("lanes: mentions go to members, not to the author and not to strangers") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1, "<@U000000000002> <@U000000000004> <@U000000000008>", 4));
  s.load(lobby, {{2, 0}, {4, 0}});
  const auto out = s.deliver(0);
  REQUIRE(out.runs(0).mentions_size() == 1);
  CHECK(out.runs(0).mentions(0).kind() == wire::MENTION_USER);
  CHECK(out.runs(0).mentions(0).users_size() == 1);
  CHECK(out.runs(0).mentions(0).users(0) == 2);
}

TEST_CASE("lanes: everybody is mentioned but the author, and by name only once") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1, "<!channel> <@U000000000002>", 4));
  s.load(lobby, {{2, 0}, {4, 0}, {6, 0}});
  const auto out = s.deliver(0);
  REQUIRE(out.runs(0).mentions_size() == 2);
  CHECK(out.runs(0).mentions(0).users(0) == 2);
  CHECK(out.runs(0).mentions(1).kind() == wire::MENTION_CHANNEL);
  CHECK(out.runs(0).mentions(1).users_size() == 1);
  CHECK(out.runs(0).mentions(1).users(0) == 6);
}

TEST_CASE("lanes: who takes part in a thread is told as such, if they are members still") {
  lanes_script s;
  inbox_step reply = s.post(lobby, 1, "", 4);
  inbox_step::mention thread{1, 100, {{2, 8}, wire::MENTION_UNKNOWN}, false, 4};
  thread.named = wire::MENTION_THREAD;
  reply.mentions.push_back(thread);
  s.lanes.take(reply);
  s.load(lobby, {{2, 0}, {4, 0}});
  const auto out = s.deliver(0);
  REQUIRE(out.runs(0).mentions_size() == 1);
  CHECK(out.runs(0).mentions(0).kind() == wire::MENTION_THREAD);
  CHECK(out.runs(0).mentions(0).users_size() == 1);
  CHECK(out.runs(0).mentions(0).users(0) == 2);
}

TEST_CASE("lanes: a channel that grows over the border tells each slot where inboxes end") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{2, 0}, {3, 0}});
  inbox_step over = s.post(lobby, 2);
  over.joined.push_back({4, 2});
  over.leaves_inboxes = over.read_at_sync = true;
  s.lanes.take(over);
  s.lanes.take(s.post(lobby, 3));
  const auto even = s.deliver(0);
  REQUIRE(even.runs_size() == 2);
  CHECK_FALSE(even.runs(0).read_at_sync());
  CHECK(even.runs(1).read_at_sync());
  CHECK(users_of(even.runs(1)) == std::vector<std::uint64_t>{2, 4});
  CHECK(s.deliver(1).runs_size() == 2);
  CHECK(s.lanes.delivered(0).empty());
  CHECK(s.lanes.delivered(1) == std::vector<raft::log_index>{1, 2});
  CHECK(s.lanes.over() == std::vector<raft::log_index>{3});  // nobody's inbox
}

TEST_CASE("lanes: the end is told too when the members were read after it") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {}, true);  // the tables say already that it is read at sync
  CHECK(s.lanes.over() == std::vector<raft::log_index>{1});
  inbox_step over = s.post(lobby, 2);
  over.leaves_inboxes = over.read_at_sync = true;
  s.lanes.take(over);
  const auto asked = s.lanes.questions();
  REQUIRE(asked.size() == 2);  // the first was the one above
  CHECK(asked[1].everybody);
  s.load(lobby, {{2, 0}}, true);
  const auto out = s.deliver(0);
  REQUIRE(out.runs_size() == 1);
  CHECK(out.runs(0).read_at_sync());
}

TEST_CASE("lanes: what was posted before the end is told too when the members were read after it") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  CHECK_FALSE(s.lanes.questions().at(0).everybody);
  inbox_step over = s.post(lobby, 2);
  over.joined.push_back({4, 2});
  over.leaves_inboxes = over.read_at_sync = true;
  s.lanes.take(over);
  s.load(lobby, {}, true);  // of a channel that is read at sync, nobody was asked for
  CHECK(s.lanes.due(s.now).empty());
  const auto asked = s.lanes.questions();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].everybody);
  s.load(lobby, {{2, 1}, {4, 2}}, true);
  const auto out = s.deliver(0);
  REQUIRE(out.runs_size() == 2);
  CHECK_FALSE(out.runs(0).read_at_sync());
  CHECK(users_of(out.runs(0)) == std::vector<std::uint64_t>{2});
  CHECK(out.runs(1).read_at_sync());
  CHECK(users_of(out.runs(1)) == std::vector<std::uint64_t>{2, 4});
}

TEST_CASE("lanes: of a channel that is read at sync, only mentions are told") {
  lanes_script s;
  s.inside[2] = true;
  s.lanes.take(s.post(lobby, 1, "<@U000000000002> <@U000000000004>"));
  s.load(lobby, {}, true);
  const auto named = s.deliver(0);
  REQUIRE(named.runs_size() == 1);
  CHECK(named.runs(0).users().empty());
  CHECK(named.runs(0).read_at_sync());
  REQUIRE(named.runs(0).mentions_size() == 1);
  CHECK(named.runs(0).mentions(0).users_size() == 1);
  (void)s.lanes.delivered(0);
  (void)s.lanes.questions();

  s.lanes.take(s.post(lobby, 2, "@channel"));
  const auto asked = s.lanes.questions();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].everybody);
  s.load(lobby, {{2, 0}, {4, 0}}, true);
  CHECK(s.deliver(0).runs(0).mentions(0).users_size() == 2);
}

TEST_CASE("lanes: who joins a channel that is read at sync is mentioned before the tables know of it") {
  lanes_script s;
  raft::log_index applied = 0;
  s.lanes.applied = [&] { return applied; };
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {}, true);
  inbox_step join = s.post(lobby, 2);
  join.joined.push_back({2, 2});
  s.lanes.take(join);
  s.lanes.take(s.post(lobby, 3, "<@U000000000002>"));
  SUBCASE("and when they do") {
    applied = 2;
    s.inside[2] = true;
  }
  SUBCASE("and not when they have left") {
    inbox_step leave = s.post(lobby, 4);
    leave.left.push_back(2);
    s.lanes.take(leave);
    s.lanes.take(s.post(lobby, 5, "<@U000000000002>"));
  }
  const auto out = s.deliver(0);
  REQUIRE(out.runs_size() == 1);
  CHECK(out.runs(0).mentions_size() == 1);
  CHECK(out.runs(0).first_seq() == 3);
}

TEST_CASE("lanes: a membership is early while something until then is to come to its slot") {
  lanes_script s;
  inbox_step join = s.post(lobby, 1);
  join.joined.push_back({2, 1});
  s.lanes.take(join);
  CHECK(s.lanes.owes(0, lobby, 1));  // nobody knows for whom it is
  CHECK(s.lanes.owes(1, lobby, 1));
  CHECK_FALSE(s.lanes.owes(0, news, 1));
  s.load(lobby, {{2, 1}});
  CHECK(s.lanes.owes(0, lobby, 1));
  CHECK_FALSE(s.lanes.owes(0, lobby, 0));
  CHECK_FALSE(s.lanes.owes(1, lobby, 1));
  (void)s.deliver(0);
  CHECK(s.lanes.owes(0, lobby, 1));
  (void)s.lanes.delivered(0);
  CHECK_FALSE(s.lanes.owes(0, lobby, 1));
}

TEST_CASE("lanes: what somebody waits for is told as urgent, with what is sent already and with what is sent then") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{1, 0}, {2, 0}});
  (void)s.deliver(0);
  s.lanes.take(s.post(lobby, 2));
  s.lanes.hurry(0, 2);
  s.lanes.hurry(1, 1);  // nothing of it is sent yet
  CHECK(s.lanes.urgent() == std::vector<slot_id>{0});
  (void)s.deliver(1);
  CHECK(s.lanes.urgent() == std::vector<slot_id>{1});
  (void)s.lanes.delivered(0);
  (void)s.deliver(0);
  CHECK(s.lanes.urgent() == std::vector<slot_id>{0});
  (void)s.lanes.delivered(0);
  s.lanes.take(s.post(lobby, 3));
  (void)s.deliver(0);
  CHECK(s.lanes.urgent().empty());  // nobody waits for what comes later
}

TEST_CASE("lanes: who leaves has that in their inbox once their slot knows it, and what comes after waits") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{1, 0}, {2, 0}, {4, 0}});
  auto leave = s.post(lobby, 2);
  leave.left = {4};
  s.lanes.leaving(leave.index, 0);
  s.lanes.take(leave);
  s.lanes.take(s.post(lobby, 3));

  CHECK(s.lanes.due(s.now) == std::vector<slot_id>{0, 1});
  const auto before = s.deliver(0);
  REQUIRE(before.runs_size() == 1);
  CHECK(before.runs(0).last_seq() == 1);
  const auto others = s.deliver(1);  // nobody there leaves
  REQUIRE(others.runs_size() == 1);
  CHECK(others.runs(0).last_seq() == 3);
  CHECK(s.lanes.owes(0, lobby, 1));  // so the membership waits
  (void)s.lanes.delivered(0);
  CHECK(!s.lanes.owes(0, lobby, 1));  // and not for what waits for it
  CHECK(s.lanes.owes(0, lobby, leave.index));
  CHECK(s.lanes.due(s.now).empty());
  CHECK(!s.lanes.next_due().has_value());

  s.lanes.left(leave.index, 0);
  CHECK(s.lanes.due(s.now) == std::vector<slot_id>{0});
  const auto after = s.deliver(0);
  REQUIRE(after.runs_size() == 2);
  CHECK(after.runs(0).last_seq() == 2);
  CHECK(users_of(after.runs(0)) == std::vector<std::uint64_t>{2, 4});
  CHECK(users_of(after.runs(1)) == std::vector<std::uint64_t>{2});
}

TEST_CASE("lanes: of several who leave at once, all must be known to their slot") {
  lanes_script s;
  auto leave = s.post(lobby, 1);
  leave.left = {2, 4};
  s.lanes.leaving(leave.index, 0);
  s.lanes.leaving(leave.index, 0);
  s.lanes.take(leave);
  s.load(lobby, {{2, 0}, {4, 0}});
  s.lanes.left(leave.index, 0);
  CHECK(s.lanes.due(s.now).empty());
  s.lanes.left(leave.index, 0);
  CHECK(s.lanes.due(s.now) == std::vector<slot_id>{0});
}

TEST_CASE("lanes: a delivery that failed goes again, whoever leaves behind it") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, {{2, 0}});
  (void)s.deliver(0);
  auto leave = s.post(lobby, 2);
  leave.left = {2};
  s.lanes.leaving(leave.index, 0);
  s.lanes.take(leave);
  s.lanes.failed(0, s.now, 100ms);
  CHECK(s.lanes.due(s.now + 100ms) == std::vector<slot_id>{0});
  CHECK(s.deliver(0).runs(0).last_seq() == 1);
}

TEST_CASE("lanes: who leaves with a change that was passed over still has what was taken before it") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  auto leave = s.post(lobby, 2);
  leave.left = {4};
  s.lanes.pass_over(leave);
  auto join = s.post(lobby, 3);
  join.joined = {{6, 3}};
  s.lanes.pass_over(join);
  s.load(lobby, {{2, 0}, {6, 3}});  // by tables that know of both
  const auto out = s.deliver(0);
  REQUIRE(out.runs_size() == 1);
  CHECK(users_of(out.runs(0)) == std::vector<std::uint64_t>{2, 4});
  CHECK(out.runs(0).last_seq() == 1);
}

TEST_CASE("lanes: a channel outgrows inboxes with a change that was passed over: what came before is told to all") {
  lanes_script s;
  s.lanes.take(s.post(lobby, 1));
  auto crossing = s.post(lobby, 2);
  crossing.leaves_inboxes = true;
  s.lanes.pass_over(crossing);
  (void)s.lanes.questions();
  s.load(lobby, {}, true);
  const auto again = s.lanes.questions();
  REQUIRE(again.size() == 1);
  CHECK(again[0].everybody);
  s.load(lobby, {{2, 0}}, true);
  const auto out = s.deliver(0);
  REQUIRE(out.runs_size() == 1);
  CHECK(users_of(out.runs(0)) == std::vector<std::uint64_t>{2});
  CHECK(!out.runs(0).read_at_sync());
}

TEST_CASE("lanes: what is queued is bounded, and says so") {
  lanes_script s({.queued_max = 2});
  s.lanes.take(s.post(lobby, 1));
  CHECK_FALSE(s.lanes.is_full());
  s.lanes.take(s.post(lobby, 2));
  CHECK(s.lanes.is_full());
}

TEST_CASE("lanes: members of channels that nothing waits for are forgotten, the oldest first") {
  lanes_script s({.members_max = 40});
  s.lanes.take(s.post(lobby, 1));
  s.load(lobby, std::vector<inbox_audience::member>(20, {2, 0}));
  s.lanes.take(s.post(news, 1));
  s.load(news, std::vector<inbox_audience::member>(20, {2, 0}));
  (void)s.lanes.questions();
  s.lanes.take(s.post(news, 2));
  CHECK(s.lanes.questions().empty());
  s.lanes.take(s.post(lobby, 2));
  CHECK(s.lanes.questions().size() == 1);
}
