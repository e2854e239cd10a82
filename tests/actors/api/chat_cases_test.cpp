// chat.*: what reaches the channel, and what the poster is told.
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

const std::string channel_c = "C000000000009";

// A channel that takes every post at seq 5.
wire::channel_reply posted(const wire::channel_request& request, const std::string& text) {
  wire::channel_reply reply;
  wire::channel_event& event = *reply.mutable_event();
  event.set_seq(5);
  event.set_ts(1'700'000'000'000'005);
  wire::chat_message& message = *event.mutable_message();
  message.set_seq(5);
  message.set_ts(event.ts());
  message.set_user(request.by().user_id());
  message.set_bot_id(request.by().bot_id());
  message.set_text(text);
  message.set_client_msg_id(request.post().client_msg_id());
  return reply;
}

struct chat_house : api_house {
  person ada = sign_up("ada");

  chat_house() {
    channel_asked.clear();
    channel = [](const wire::channel_request& request) {
      return posted(request, request.post().text());
    };
  }
};

TEST_CASE("postMessage: the channel gets the message, the poster its ts, seq and text") {
  chat_house house;
  reply_seen out = house.call("chat.postMessage",
                              {{"channel", channel_c},
                               {"text", "line 1\n\"2\""},
                               {"client_msg_id", "k1"},
                               {"unknown", "ignored"}},
                              house.ada.token);
  REQUIRE(out.ok());
  CHECK(house.last_asked().channel_id() == channel_c);
  CHECK(house.last_asked().by().user_id() == house.ada.id);
  CHECK(house.last_asked().post().client_msg_id() == "k1");
  CHECK(out.text("channel") == channel_c);
  CHECK(out.text("ts") == "1700000000.000005");
  CHECK(out.body.at("seq") == 5);
  const auto& message = out.object("message");
  CHECK(message.at("text") == "line 1\n\"2\"");
  CHECK(message.at("client_msg_id") == "k1");
  CHECK(message.at("team") == json_text(house.ada.team));
  CHECK_FALSE(message.contains("bot_id"));
  CHECK_FALSE(out.body.contains("duplicate"));
}

TEST_CASE("postMessage: a retry is told that it is one") {
  chat_house house;
  house.channel = [](const wire::channel_request& request) {
    wire::channel_reply reply = posted(request, "first");
    reply.set_duplicate(true);
    return reply;
  };
  reply_seen out =
      house.call("chat.postMessage",
                 {{"channel", channel_c}, {"text", "x"}, {"client_msg_id", "k"}}, house.ada.token);
  CHECK(out.body.at("duplicate") == true);
  CHECK(out.object("message").at("text") == "first");
}

TEST_CASE("postMessage: refusals by name, before and by the channel") {
  chat_house house;
  auto error = [&](const fields& form) {
    return house.call("chat.postMessage", form, house.ada.token).error();
  };
  CHECK(error({{"text", "x"}}) == "invalid_arguments");
  CHECK(error({{"channel", channel_c}}) == "no_text");
  CHECK(error({{"channel", channel_c}, {"text", "x"}, {"blocks", "{"}}) == "invalid_blocks");
  CHECK(error({{"channel", "T000000000001"}, {"text", "x"}}) == "channel_not_found");
  CHECK(error({{"channel", "#nowhere"}, {"text", "x"}}) == "channel_not_found");
  CHECK(house.channel_asked.empty());
  for (errc why : {errc::not_in_channel, errc::is_archived, errc::channel_not_found}) {
    house.channel = [why](const wire::channel_request&) {
      wire::channel_reply reply;
      set_error(reply, make_error(why));
      return reply;
    };
    CHECK(error({{"channel", channel_c}, {"text", "x"}}) == to_string(why));
  }
}

TEST_CASE("postMessage: a public channel by name, a private one only by id") {
  chat_house house;
  storage::channel_row row;
  row.id = *entity_id::parse(channel_c);
  row.team = *entity_id::parse(house.ada.team);
  row.name = "news";
  row.updated = 1;
  REQUIRE(house.directory->upsert_channel(row));
  fields post = {{"channel", "#news"}, {"text", "x"}};
  CHECK(house.call("chat.postMessage", post, house.ada.token).text("channel") == channel_c);
  row.is_private = true;
  row.updated = 2;
  REQUIRE(house.directory->upsert_channel(row));
  CHECK(house.call("chat.postMessage", post, house.ada.token).error() == "channel_not_found");
}

TEST_CASE("postMessage: a user's id opens the DM first") {
  chat_house house;
  house.channel = api_house().channel;
  person bob = house.sign_up("bob");
  house.channel_asked.clear();
  reply_seen out =
      house.call("chat.postMessage", {{"channel", bob.id}, {"text", "psst"}}, house.ada.token);
  REQUIRE(out.ok());
  REQUIRE(house.channel_asked.size() == 2);
  CHECK(house.channel_asked[0].open_direct().users_size() == 2);
  CHECK(house.channel_asked[1].post().text() == "psst");
  CHECK(out.text("channel").starts_with("D"));
  CHECK(
      house.call("chat.postMessage", {{"channel", "U000000000009"}, {"text", "x"}}, house.ada.token)
          .error() == "user_not_found");
}

TEST_CASE("postMessage: a bot may take a name, a person may not pretend to be one") {
  chat_house house;
  fields post = {{"channel", channel_c}, {"text", "x"}, {"username", "Clerk"}};
  house.call("chat.postMessage", post, house.ada.token);
  CHECK(house.last_asked().post().subtype() == "");
  CHECK(house.last_asked().by().bot_id() == "");
  house.call("carillon.admin.users.add", {{"name", "clerk"}, {"bot", "1"}}, house.ada.token);
  std::string bot =
      house.call("carillon.admin.tokens.issue", {{"user", "clerk"}}, house.ada.token).text("token");
  house.call("chat.postMessage", post, bot);
  CHECK(house.last_asked().post().subtype() == "bot_message");
  CHECK(house.last_asked().by().bot_id().starts_with("B"));
}

TEST_CASE("meMessage and postEphemeral") {
  chat_house house;
  CHECK(house.call("chat.meMessage", {{"channel", channel_c}, {"text", "waves"}}, house.ada.token)
            .ok());
  CHECK(house.last_asked().post().subtype() == "me_message");
  house.channel = [](const wire::channel_request&) {
    wire::channel_reply reply;
    reply.set_transient_ts(1'700'000'000'000'001);
    return reply;
  };
  fields whisper = {{"channel", channel_c}, {"user", house.ada.id}, {"text", "only you"}};
  CHECK(house.call("chat.postEphemeral", whisper, house.ada.token).text("message_ts") ==
        "1700000000.000001");
  CHECK(house.last_asked().transient().to_user() == house.ada.id);
  whisper[1].second = "bob";
  CHECK(house.call("chat.postEphemeral", whisper, house.ada.token).error() == "user_not_found");
}

TEST_CASE("update: only what is given changes") {
  chat_house house;
  house.channel = [](const wire::channel_request& request) { return posted(request, "new"); };
  fields edit = {{"channel", channel_c}, {"ts", "1700000000.000005"}, {"text", "new"}};
  reply_seen out = house.call("chat.update", edit, house.ada.token);
  REQUIRE(out.ok());
  CHECK(out.text("text") == "new");
  CHECK(out.text("ts") == "1700000000.000005");
  CHECK(house.last_asked().update().has_text());
  CHECK_FALSE(house.last_asked().update().has_blocks());
  CHECK(house.call("chat.update", {edit[0], edit[1]}, house.ada.token).error() == "no_text");
  CHECK(house.call("chat.update", {edit[0], edit[2]}, house.ada.token).error() ==
        "invalid_arguments");
  CHECK(house.call("chat.update", {edit[0], {"ts", "x"}, edit[2]}, house.ada.token).error() ==
        "message_not_found");
}

TEST_CASE("delete and getPermalink") {
  chat_house house;
  fields which = {{"channel", channel_c}, {"ts", "1700000000.000005"}};
  CHECK(house.call("chat.delete", which, house.ada.token).text("ts") == "1700000000.000005");
  CHECK(house.last_asked().delete_().ts() == 1'700'000'000'000'005);
  which[1].first = "message_ts";
  CHECK(house.call("chat.getPermalink", which, house.ada.token).text("permalink") ==
        "http://chat.example.org:8080/archives/" + channel_c + "/p1700000000000005");
  CHECK(house.last_asked().has_find());
}

}  // namespace
}  // namespace carillon::test
