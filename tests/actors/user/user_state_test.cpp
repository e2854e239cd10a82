// A user's rows as plain values: memberships follow the channel's order however often and in
// whatever order they are projected; read marks and open DMs are the user's own.
#include "actors/user/user_state.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

const entity_id me{id_kind::user, 1};
const entity_id peer{id_kind::user, 2};
const std::string news = entity_id{id_kind::channel, 10}.text();
const std::string dm = entity_id{id_kind::direct, 11}.text();

wire::project_membership membership(const std::string& channel, bool member, std::uint64_t seq,
                                    timestamp last_read = 0) {
  wire::project_membership out;
  out.set_channel_id(channel);
  out.set_kind(channel == dm ? wire::CHANNEL_DIRECT : wire::CHANNEL_PUBLIC);
  out.set_member(member);
  out.set_seq(seq);
  out.set_last_read(last_read);
  if (channel == dm)
    out.set_peer(peer.text());
  return out;
}
wire::mark_channel mark(const std::string& channel, timestamp ts) {
  wire::mark_channel out;
  out.set_channel_id(channel);
  out.set_ts(ts);
  return out;
}
wire::open_channel open(const std::string& channel, bool is_open) {
  wire::open_channel out;
  out.set_channel_id(channel);
  out.set_open(is_open);
  return out;
}

// The row that a decision writes.
const wire::user_channel& row(const user_outcome& what) {
  REQUIRE(what);
  REQUIRE(what->command);
  REQUIRE(what->command->user().user_id() == me.text());
  REQUIRE(what->command->user().channels_size() == 1);
  return what->command->user().channels(0);
}
bool changes_nothing(const user_outcome& what) {
  return what && !what->command && what->reply.already();
}
std::string refusal(const user_outcome& what) {
  return what ? "ok" : std::string(to_string(what.code()));
}

TEST_CASE("user: a join becomes a row that is read up to the join") {
  user_state state(me);
  auto made = state.project(membership(news, true, 5, 1'000));
  CHECK(row(made).channel_id() == news);
  CHECK(row(made).member());
  CHECK(row(made).joined_seq() == 5);
  CHECK(row(made).last_read() == 1'000);
  CHECK_FALSE(row(made).open());
}

TEST_CASE("user: a membership projected again changes nothing") {
  user_state state(me);
  REQUIRE(state.project(membership(news, true, 5)));
  CHECK(changes_nothing(state.project(membership(news, true, 5))));
  CHECK(changes_nothing(state.project(membership(news, false, 4))));
  CHECK_FALSE(row(state.project(membership(news, false, 6))).member());
  CHECK(changes_nothing(state.project(membership(news, true, 5))));
}

TEST_CASE("user: who returns has read no less than before") {
  user_state state(me);
  REQUIRE(state.project(membership(news, true, 5, 1'000)));
  REQUIRE(state.mark(mark(news, 9'000)));
  REQUIRE(state.project(membership(news, false, 6, 9'500)));
  CHECK(row(state.project(membership(news, true, 7, 2'000))).last_read() == 9'000);
  REQUIRE(state.project(membership(news, false, 8)));
  CHECK(row(state.project(membership(news, true, 9, 20'000))).last_read() == 20'000);
}

TEST_CASE("user: leaving does not move the read mark") {
  user_state state(me);
  REQUIRE(state.project(membership(news, true, 5, 1'000)));
  CHECK(row(state.project(membership(news, false, 6, 9'000))).last_read() == 1'000);
}

TEST_CASE("user: a DM without events has seq 0 and is projected once") {
  user_state state(me);
  auto request = membership(dm, true, 0);
  request.set_open(true);
  auto made = state.project(request);
  CHECK(row(made).open());
  CHECK(row(made).peer() == peer.text());
  CHECK(changes_nothing(state.project(request)));
}

TEST_CASE("user: last_read goes forwards and back, for members") {
  user_state state(me);
  CHECK(refusal(state.mark(mark(news, 5))) == "not_in_channel");
  REQUIRE(state.project(membership(news, true, 1)));
  CHECK(row(state.mark(mark(news, 5'000))).last_read() == 5'000);
  CHECK(row(state.mark(mark(news, 3'000))).last_read() == 3'000);
  CHECK(changes_nothing(state.mark(mark(news, 3'000))));
  REQUIRE(state.project(membership(news, false, 2)));
  CHECK(refusal(state.mark(mark(news, 9'000))) == "not_in_channel");
}

TEST_CASE("user: DMs are opened and closed, other channels are not") {
  user_state state(me);
  CHECK(refusal(state.open(open(dm, true))) == "channel_not_found");
  CHECK(refusal(state.open(open("nonsense", true))) == "channel_not_found");
  REQUIRE(state.project(membership(dm, true, 0)));
  REQUIRE(state.project(membership(news, true, 1)));
  CHECK(row(state.open(open(dm, true))).open());
  CHECK(changes_nothing(state.open(open(dm, true))));
  CHECK_FALSE(row(state.open(open(dm, false))).open());
  CHECK(refusal(state.open(open(news, true))) == "method_not_supported_for_channel_type");
}

TEST_CASE("user: lists hold rows in the order of ids, members only on demand") {
  user_state state(me);
  REQUIRE(state.project(membership(dm, true, 0)));
  REQUIRE(state.project(membership(news, true, 1)));
  REQUIRE(state.project(membership(news, false, 2)));
  wire::list_channels request;
  auto all = state.list(request);
  REQUIRE(all.reply.channels_size() == 2);
  CHECK(all.reply.channels(0).channel_id() == news);
  request.set_only_members(true);
  REQUIRE(state.list(request).reply.channels_size() == 1);
  CHECK(state.list(request).reply.channels(0).channel_id() == dm);

  wire::get_channel one;
  one.set_channel_id(dm);
  CHECK(state.get(one).reply.channels_size() == 1);
  one.set_channel_id(entity_id{id_kind::channel, 99}.text());
  CHECK(state.get(one).reply.channels_size() == 0);
}

TEST_CASE("user: rows that were loaded are rows that were written") {
  user_state before(me), after(me);
  REQUIRE(before.project(membership(dm, true, 0)));
  REQUIRE(before.project(membership(news, true, 7, 500)));
  auto rows = before.list({}).reply.channels();
  after.load_channels({rows.begin(), rows.end()});
  CHECK(after.list({}).reply.SerializeAsString() == before.list({}).reply.SerializeAsString());
  CHECK(changes_nothing(after.project(membership(news, true, 7))));
}

TEST_CASE("user: choosing away is kept, once, and its time rises") {
  user_state state(me);
  wire::choose_away request;
  CHECK(changes_nothing(state.choose_away(request, 100)));
  request.set_away(true);
  auto made = state.choose_away(request, 100);
  REQUIRE(made);
  REQUIRE(made->command);
  CHECK(made->command->user().settings().away());
  CHECK(made->command->user().settings().updated() == 100);
  CHECK(changes_nothing(state.choose_away(request, 200)));
  request.set_away(false);
  auto back = state.choose_away(request, 50);
  REQUIRE(back);
  CHECK(back->command->user().settings().updated() == 101);
}

}  // namespace
}  // namespace carillon::test
