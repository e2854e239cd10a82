// Who hears what of a committed change, beside the messages themselves: audience and type of every
// notice, in order.
#include "actors/channel/notices.hpp"

#include "actors/channel/properties.hpp"
#include "tests/actors/channel/channel_cases.hpp"

namespace carillon::test {
namespace {

std::string audience_name(const notification& notice) {
  switch (notice.to) {
  case notification::audience::team:
    return "team";
  case notification::audience::user:
    return "user " + std::to_string(notice.id.number);
  case notification::audience::channel:
    return "channel";
  case notification::audience::presence:
    return "presence";
  }
  return "?";
}

std::string type_of(const notification& notice) {
  auto from = notice.json.find("\"type\":\"") + 8;
  return notice.json.substr(from, notice.json.find('"', from) - from);
}

// "team channel_created, user 1 channel_joined, ..."
std::string told(const channel_outcome& what) {
  std::string out;
  for (const auto& notice : notices_of(change(what))) {
    if (!out.empty())
      out += ", ";
    out += audience_name(notice) + ' ' + type_of(notice);
    CHECK(notice.json.find('\n') == std::string::npos);
    CHECK_FALSE(notice.transient);
  }
  return out;
}

channel_outcome create(bool is_private) {
  settings config;
  channel_state state(channel_c, config);
  wire::create_channel request;
  request.set_name("news");
  request.set_private_(is_private);
  request.add_members(user(2));
  return membership::create(state, by(1), request, start);
}

wire::invite_users invited(std::uint64_t number) {
  wire::invite_users out;
  out.add_users(user(number));
  return out;
}

TEST_CASE("notices: the team hears of a new public channel, its members that they are in") {
  CHECK(told(create(false)) ==
        "team channel_created, user 1 channel_joined, channel member_joined_channel, "
        "user 2 channel_joined, channel member_joined_channel");
  CHECK(told(create(true)) == "user 1 group_joined, channel member_joined_channel, "
                              "user 2 group_joined, channel member_joined_channel");
}

TEST_CASE("notices: those in a new DM hear of it, each with the other as the peer") {
  settings config;
  channel_state dm(entity_id{id_kind::direct, 5}, config);
  wire::open_direct request;
  request.add_users(user(1));
  request.add_users(user(2));
  auto made = membership::open_direct(dm, by(1), request, start);
  CHECK(told(made) == "user 1 im_created, user 2 im_created");
  auto notices = notices_of(change(made));
  CHECK(notices[0].json.find(user(2)) != std::string::npos);
  CHECK(notices[1].json.find("\"user\":\"" + user(1)) != std::string::npos);

  channel_state group(entity_id{id_kind::group_dm, 5}, config);
  request.add_users(user(3));
  CHECK(told(membership::open_direct(group, by(1), request, start)) ==
        "user 1 mpim_joined, user 2 mpim_joined, user 3 mpim_joined");
}

TEST_CASE("notices: joining and leaving") {
  channel_case open, closed(wire::CHANNEL_PRIVATE);
  CHECK(told(membership::join(open.state, by(7), start)) ==
        "user 7 channel_joined, channel member_joined_channel");
  CHECK(told(membership::leave(open.state, by(7), start)) ==
        "user 7 channel_left, channel member_left_channel");
  auto invite = membership::invite(closed.state, by(1), invited(8), start);
  CHECK(told(invite) == "user 8 group_joined, channel member_joined_channel");
  auto notices = notices_of(change(invite));
  CHECK(notices[1].json.find("\"inviter\":\"" + user(1)) != std::string::npos);
  CHECK(told(membership::leave(closed.state, by(8), start)) ==
        "user 8 group_left, channel member_left_channel");
}

TEST_CASE("notices: of a private channel's name and end only its members hear") {
  channel_case open, closed(wire::CHANNEL_PRIVATE);
  wire::rename_channel rename;
  rename.set_name("olds");
  CHECK(told(properties::rename(open.state, by(1), rename, start)) == "team channel_rename");
  CHECK(told(properties::archive(open.state, by(1), start)) == "team channel_archive");
  CHECK(told(properties::unarchive(open.state, by(1), start)) == "team channel_unarchive");
  CHECK(told(properties::rename(closed.state, by(1), rename, start)) == "channel group_rename");
  CHECK(told(properties::archive(closed.state, by(1), start)) == "channel group_archive");
  CHECK(told(properties::unarchive(closed.state, by(1), start)) == "channel group_unarchive");
}

TEST_CASE("notices: messages, edits and topics are told by their own events") {
  channel_case c;
  auto posted = posting::post(c.state, by(1), text("hi"), std::nullopt, start);
  CHECK(told(posted) == "");
  wire::set_topic topic;
  topic.set_value("today");
  CHECK(told(properties::set_topic(c.state, by(1), topic, start)) == "");
}

TEST_CASE("notices: typing goes to the channel but not to the one who types; a whisper to one") {
  channel_case c;
  wire::channel_request request;
  request.set_channel_id(channel_c.text());
  *request.mutable_by() = by(1);
  request.mutable_by()->set_connection(42);
  request.mutable_transient()->set_kind("user_typing");
  auto typing = transient_notice(request, {}, channel_c);
  CHECK(typing.to == notification::audience::channel);
  CHECK(typing.id == channel_c);
  CHECK(typing.transient);
  CHECK(typing.except_connection == 42);
  CHECK(type_of(typing) == "user_typing");

  auto& whisper = *request.mutable_transient();
  whisper.set_kind("ephemeral");
  whisper.set_to_user(user(2));
  *whisper.mutable_message() = text("psst");
  auto made = posting::transient(c.state, by(1), whisper, start);
  REQUIRE(made);
  auto told = transient_notice(request, made->reply, channel_c);
  CHECK(told.to == notification::audience::user);
  CHECK(told.id == *entity_id::parse(user(2)));
  CHECK_FALSE(told.transient);
  CHECK(told.json.find("psst") != std::string::npos);
}

}  // namespace
}  // namespace carillon::test
