// Who founds, joins, leaves, invites and removes, what event tells of it, and what is refused.
#include "actors/channel/membership.hpp"
#include "tests/actors/channel/channel_cases.hpp"

namespace carillon::test {
namespace {

wire::invite_users users(std::initializer_list<std::uint64_t> numbers) {
  wire::invite_users out;
  for (auto number : numbers)
    out.add_users(user(number));
  return out;
}
wire::kick_user target(std::uint64_t number) {
  wire::kick_user out;
  out.set_user(user(number));
  return out;
}
wire::open_direct direct(std::initializer_list<std::uint64_t> numbers) {
  wire::open_direct out;
  for (auto number : numbers)
    out.add_users(user(number));
  return out;
}

TEST_CASE("membership: founding a channel makes facts, members and the creator's join") {
  settings config;
  channel_state state(channel_c, config);
  wire::create_channel request;
  request.set_name("news");
  request.add_members(user(2));
  request.add_members(user(1));  // the creator, named again
  request.add_members(user(2));
  auto made = membership::create(state, by(1), request, start);
  const auto& founded = change(made);
  CHECK(founded.catalog());
  CHECK(founded.facts().id() == channel_c.text());
  CHECK(founded.facts().team_id() == team.text());
  CHECK(founded.facts().kind() == wire::CHANNEL_PUBLIC);
  CHECK(founded.facts().name() == "news");
  CHECK(founded.facts().creator() == user(1));
  CHECK(founded.facts().created() == start / 1'000'000);
  CHECK(founded.facts().member_count() == 2);
  CHECK_FALSE(founded.facts().general());
  REQUIRE(founded.events_size() == 1);
  CHECK(founded.events(0).seq() == 1);
  CHECK(founded.events(0).message().subtype() == "channel_join");
  CHECK(founded.events(0).message().text() == "<@" + user(1) + "> has joined the channel");
  REQUIRE(founded.members_added_size() == 2);
  CHECK(founded.members_added(0).user_id() == user(1));
  CHECK(founded.members_added(0).joined_seq() == 1);
  CHECK(founded.members_added(1).user_id() == user(2));
  CHECK(made->reply.is_member());
  CHECK_FALSE(made->reply.already());
}

TEST_CASE("membership: founding again changes nothing and says what is") {
  channel_case c;
  auto again = membership::create(c.state, by(1), wire::create_channel(), start);
  REQUIRE(again);
  CHECK(again->command == nullptr);
  CHECK(again->reply.already());
  CHECK(again->reply.facts().name() == "news");
  CHECK(outcome(membership::create(c.state, stranger(1), wire::create_channel(), start)) ==
        "channel_not_found");
}

TEST_CASE("membership: members of a new channel are users, by good ids") {
  settings config;
  channel_state state(channel_c, config);
  wire::create_channel request;
  request.add_members("bob");
  CHECK(outcome(membership::create(state, by(1), request, start)) == "user_not_found");
  CHECK_FALSE(state.exists());
}

TEST_CASE("membership: a DM has its kind by the number of users, no name and no join messages") {
  settings config;
  for (auto [request, kind] : {std::pair(direct({1}), wire::CHANNEL_DIRECT),
                               std::pair(direct({2, 1}), wire::CHANNEL_DIRECT),
                               std::pair(direct({3, 1, 2}), wire::CHANNEL_GROUP_DM)}) {
    channel_state state(channel_c, config);
    auto made = membership::open_direct(state, by(1), request, start);
    CHECK(change(made).facts().kind() == kind);
    CHECK(change(made).facts().name().empty());
    CHECK(change(made).events_size() == 0);
    CHECK(change(made).members_added_size() == request.users_size());
    CHECK(change(made).members_added(0).joined_seq() == 0);
    CHECK(made->reply.members_size() == request.users_size());
    CHECK(change(posting::post(state, by(1), text("hi"), std::nullopt, start)).events(0).seq() ==
          1);
  }
}

TEST_CASE("membership: opening a DM again answers what it is, to those who are in it") {
  channel_case c(wire::CHANNEL_DIRECT);
  auto again = membership::open_direct(c.state, by(2), direct({1, 2}), start);
  REQUIRE(again);
  CHECK(again->command == nullptr);
  CHECK(again->reply.already());
  CHECK(again->reply.members_size() == 2);  // as from whoever came first
  CHECK(outcome(membership::open_direct(c.state, by(3), direct({1, 2}), start)) ==
        "channel_not_found");
}

TEST_CASE("membership: a group DM has a limit, and holds whoever opens it") {
  settings config;
  config.limits.group_dm_max_users = 3;
  channel_state state(channel_c, config);
  auto open = [&](std::initializer_list<std::uint64_t> numbers) {
    return outcome(membership::open_direct(state, by(1), direct(numbers), start));
  };
  CHECK(open({2, 3}) == "invalid_arguments");
  CHECK(open({1, 2, 3, 4}) == "too_many_users");
  CHECK(open({1, 2, 3}) == "ok");
}

TEST_CASE("membership: who joins becomes a member from the event of the join on") {
  channel_case c;
  auto made = membership::join(c.state, by(7), start + 9);
  const auto& joined = change(made);
  CHECK(joined.events(0).message().subtype() == "channel_join");
  CHECK(joined.members_added(0).user_id() == user(7));
  CHECK(joined.members_added(0).joined_seq() == joined.events(0).seq());
  CHECK(joined.members_added(0).joined_ts() == joined.events(0).ts());
  CHECK(joined.catalog());
  CHECK(joined.facts().member_count() == 4);
  CHECK(made->reply.is_member());
  CHECK(outcome(posting::post(c.state, by(7), text("hi"), std::nullopt, start)) == "ok");
}

TEST_CASE("membership: joining twice is one join") {
  channel_case c;
  auto again = membership::join(c.state, by(2), start);
  REQUIRE(again);
  CHECK(again->command == nullptr);
  CHECK(again->reply.already());
  CHECK(again->reply.is_member());
}

TEST_CASE("membership: only public, live channels can be joined") {
  channel_case closed(wire::CHANNEL_PRIVATE), dm(wire::CHANNEL_DIRECT), open;
  CHECK(outcome(membership::join(closed.state, by(9), start)) == "channel_not_found");
  CHECK(outcome(membership::join(closed.state, by(2), start)) ==
        "method_not_supported_for_channel_type");
  CHECK(outcome(membership::join(dm.state, by(1), start)) ==
        "method_not_supported_for_channel_type");
  CHECK(outcome(membership::join(open.state, stranger(9), start)) == "channel_not_found");
  open.archive();
  CHECK(outcome(membership::join(open.state, by(9), start)) == "is_archived");
}

TEST_CASE("membership: leaving is an event; leaving twice is not") {
  channel_case c;
  auto made = membership::leave(c.state, by(2), start);
  CHECK(change(made).events(0).message().subtype() == "channel_leave");
  CHECK(change(made).events(0).message().text() == "<@" + user(2) + "> has left the channel");
  CHECK(change(made).members_removed(0) == user(2));
  CHECK(change(made).facts().member_count() == 2);
  auto again = membership::leave(c.state, by(2), start);
  REQUIRE(again);
  CHECK(again->command == nullptr);
  CHECK(again->reply.already());
  CHECK(outcome(posting::post(c.state, by(2), text("x"), std::nullopt, start)) == "not_in_channel");
}

TEST_CASE("membership: the last one may leave, but nobody leaves general, a DM or an archive") {
  channel_case c, general, archived, dm(wire::CHANNEL_GROUP_DM);
  for (std::uint64_t number : {1, 2, 3})
    CHECK(outcome(membership::leave(c.state, by(number), start)) == "ok");
  CHECK(c.state.members().empty());
  general.make_general();
  CHECK(outcome(membership::leave(general.state, by(2), start)) == "cant_leave_general");
  archived.archive();
  CHECK(outcome(membership::leave(archived.state, by(2), start)) == "is_archived");
  CHECK(outcome(membership::leave(dm.state, by(2), start)) ==
        "method_not_supported_for_channel_type");
}

TEST_CASE("membership: an invitation adds those who are not in yet, each with an own event") {
  channel_case c(wire::CHANNEL_PRIVATE);
  auto made = membership::invite(c.state, by(2), users({1, 2, 8, 9, 9}), start);
  const auto& invited = change(made);
  REQUIRE(invited.events_size() == 2);
  REQUIRE(invited.members_added_size() == 2);
  CHECK(invited.members_added(0).user_id() == user(8));
  CHECK(invited.members_added(1).user_id() == user(9));
  CHECK(invited.members_added(1).joined_seq() == invited.events(1).seq());
  CHECK(invited.events(1).message().user() == user(9));
  CHECK(invited.events(1).message().inviter() == user(2));
  CHECK(invited.facts().member_count() == 5);
}

TEST_CASE("membership: what an invitation is refused for") {
  channel_case open, closed(wire::CHANNEL_PRIVATE), dm(wire::CHANNEL_GROUP_DM), archived;
  auto invite = [](channel_case& c, std::uint64_t who, const wire::invite_users& whom) {
    return outcome(membership::invite(c.state, by(who), whom, start));
  };
  wire::invite_users nonsense;
  nonsense.add_users("U!");
  CHECK(invite(open, 9, users({8})) == "not_in_channel");
  CHECK(invite(closed, 9, users({8})) == "channel_not_found");
  CHECK(invite(open, 1, users({1})) == "cant_invite_self");
  CHECK(invite(open, 1, users({2})) == "already_in_channel");
  CHECK(invite(open, 1, users({1, 2, 3})) == "already_in_channel");
  CHECK(invite(open, 1, users({})) == "invalid_arguments");
  CHECK(invite(open, 1, nonsense) == "user_not_found");
  CHECK(invite(dm, 1, users({8})) == "method_not_supported_for_channel_type");
  archived.archive();
  CHECK(invite(archived, 1, users({8})) == "is_archived");
}

TEST_CASE("membership: the creator or an admin may remove a member") {
  channel_case c;
  auto kick = [&](const wire::caller& who, std::uint64_t whom) {
    return membership::kick(c.state, who, target(whom), start);
  };
  CHECK(outcome(kick(by(2), 3)) == "not_allowed");
  CHECK(outcome(kick(admin(9), 3)) == "not_in_channel");
  CHECK(outcome(kick(by(1), 1)) == "cant_kick_self");
  CHECK(outcome(kick(by(1), 9)) == "not_in_channel");
  auto made = kick(by(1), 3);
  CHECK(change(made).members_removed(0) == user(3));
  CHECK(change(made).events(0).message().user() == user(3));
  CHECK(outcome(kick(admin(2), 1)) == "ok");
  channel_case general;
  general.make_general();
  CHECK(outcome(membership::kick(general.state, by(1), target(2), start)) ==
        "cant_kick_from_general");
}

TEST_CASE("membership: updated rises with every change, whatever the clock says") {
  channel_case c;
  timestamp before = c.state.facts().updated();
  auto first = membership::join(c.state, by(7), start - 100);
  CHECK(change(first).facts().updated() > before);
  auto second = membership::leave(c.state, by(7), 0);
  CHECK(change(second).facts().updated() > change(first).facts().updated());
}

TEST_CASE("member set: a sorted set of numbers") {
  member_set set;
  for (std::uint64_t n : {5, 1, 9, 5})
    set.insert(n);
  CHECK(std::vector<std::uint64_t>(set.begin(), set.end()) == std::vector<std::uint64_t>{1, 5, 9});
  CHECK_FALSE(set.insert(9));
  CHECK(set.erase(5));
  CHECK_FALSE(set.erase(5));
  CHECK_FALSE(set.contains(5));
  CHECK(*set.after(1) == 9);
  CHECK(*set.after(2) == 9);
  CHECK(set.after(9) == set.end());
}

}  // namespace
}  // namespace carillon::test
