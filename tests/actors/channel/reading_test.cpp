// Who may read what, and the answers that come from the state itself.
#include "actors/channel/reading.hpp"
#include "tests/actors/channel/channel_cases.hpp"

namespace carillon::test {
namespace {

TEST_CASE("reading: a public channel is open to the team, others to members, none to strangers") {
  channel_case open;
  CHECK(outcome(reading::check_may_read(open.state, by(9))) == "ok");
  CHECK(outcome(reading::check_may_read(open.state, stranger(1))) == "channel_not_found");
  for (auto kind : {wire::CHANNEL_PRIVATE, wire::CHANNEL_DIRECT, wire::CHANNEL_GROUP_DM}) {
    channel_case closed(kind);
    CHECK(outcome(reading::check_may_read(closed.state, by(1))) == "ok");
    CHECK(outcome(reading::check_may_read(closed.state, admin(9))) == "channel_not_found");
    CHECK(outcome(reading::describe(closed.state, by(9))) == "channel_not_found");
    CHECK(outcome(reading::list_members(closed.state, by(9), {})) == "channel_not_found");
  }
}

TEST_CASE("reading: a member reads events up to now, whatever is said before the tables are read") {
  channel_case c;
  wire::read_events asked;
  asked.set_after(0);
  CHECK(outcome(reading::events_for(c.state, by(9), asked)) == "not_in_channel");
  auto now = reading::events_for(c.state, by(2), asked);
  REQUIRE(now);
  CHECK(now->last() == c.state.last_seq());
  asked.set_last(c.state.last_seq() + 1);
  CHECK(reading::events_for(c.state, by(2), asked)->last() == c.state.last_seq());
  asked.set_granted(true);  // their inbox says so
  CHECK(reading::events_for(c.state, by(9), asked)->last() == c.state.last_seq() + 1);
}

TEST_CASE("reading: a description says who asks, and of a DM who is in it") {
  channel_case open, dm(wire::CHANNEL_DIRECT);
  auto member = reading::describe(open.state, by(2));
  auto visitor = reading::describe(open.state, by(9));
  REQUIRE(member);
  REQUIRE(visitor);
  CHECK(member->reply.is_member());
  CHECK_FALSE(visitor->reply.is_member());
  CHECK(member->reply.member_count() == 3);
  CHECK(member->reply.last_seq() == 1);
  CHECK(member->reply.members_size() == 0);
  auto told = reading::describe(dm.state, by(1));
  REQUIRE(told);
  REQUIRE(told->reply.members_size() == 2);
  CHECK(told->reply.members(0) == user(1));
}

TEST_CASE("reading: members come in pages that neither miss nor repeat anyone") {
  settings config;
  config.limits.page_max = 2;
  channel_case c(wire::CHANNEL_PUBLIC, config);
  wire::list_members request;
  auto first = reading::list_members(c.state, by(1), request);
  REQUIRE(first);
  REQUIRE(first->reply.members_size() == 2);
  CHECK(first->reply.next_member() == user(2));
  request.set_after_user(first->reply.next_member());
  auto rest = reading::list_members(c.state, by(1), request);
  REQUIRE(rest);
  REQUIRE(rest->reply.members_size() == 1);
  CHECK(rest->reply.members(0) == user(3));
  CHECK(rest->reply.next_member().empty());
  request.set_after_user("nonsense");
  CHECK(outcome(reading::list_members(c.state, by(1), request)) == "invalid_cursor");
}

TEST_CASE("reading: a mark is for members and not beyond the last event") {
  channel_case c;
  wire::mark_read request;
  request.set_ts(c.state.last_ts());
  CHECK(outcome(reading::mark(c.state, by(1), request)) == "ok");
  CHECK(outcome(reading::mark(c.state, by(9), request)) == "not_in_channel");
  request.set_ts(c.state.last_ts() + 1);
  CHECK(outcome(reading::mark(c.state, by(1), request)) == "invalid_timestamp");
}

TEST_CASE("reading: a page of history is bounded") {
  settings config;
  config.limits.page_max = 10;
  wire::read_history request;
  CHECK(reading::bounded(request, config).limit() == 10);
  request.set_limit(3);
  CHECK(reading::bounded(request, config).limit() == 3);
  request.set_limit(11);
  CHECK(reading::bounded(request, config).limit() == 10);
}

}  // namespace
}  // namespace carillon::test
