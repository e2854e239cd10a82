// Golden lines: what a client sees of messages, channels, users and events, field by field. The
// order of fields is ours; the names and shapes are Slack's.
#include "actors/slack_json.hpp"

#include <doctest/doctest.h>

#include "actors/slack_text.hpp"

namespace json = boost::json;

namespace carillon::test {
namespace {

constexpr timestamp ts = 1'700'000'000'000'123;

wire::chat_message plain_message() {
  wire::chat_message message;
  message.set_seq(7);
  message.set_ts(ts);
  message.set_user("U000000000001");
  message.set_text("hello");
  message.set_client_msg_id("k1");
  return message;
}

std::string text_of(const wire::chat_message& message) {
  std::string out;
  slack::append_message(out, message, "T000000000001");
  return out;
}

TEST_CASE("json text: everything that would break a line or a string is escaped") {
  std::string out;
  slack::append_string(out, "a\"b\\c\n\r\t\x01/한글\x1f");
  CHECK(out == R"("a\"b\\c\n\r\t\u0001/한글\u001f")");
}

TEST_CASE("json text: every byte is escaped or not, wherever it stands among others") {
  for (std::size_t length : {1u, 7u, 8u, 9u, 16u, 19u})
    for (std::size_t at = 0; at < length; ++at)
      for (int byte = 0; byte < 256; ++byte) {
        const char c = static_cast<char>(byte);
        std::string text(length, 'a');
        text[at] = c;
        const bool plain = byte >= 0x20 && c != '"' && c != '\\';
        std::string out;
        slack::append_string(out, text);
        CAPTURE(byte);
        CAPTURE(at);
        CAPTURE(length);
        REQUIRE((out.size() == length + 2) == plain);
        REQUIRE(out.substr(1, at) == text.substr(0, at));
        REQUIRE(out.substr(out.size() - (length - at)) == text.substr(at + 1) + '"');
      }
}

TEST_CASE("json text: stored JSON stays on one line") {
  std::string out;
  slack::append_json(out, "[\n {\"a\":1}\r\n]");
  CHECK(out == "[  {\"a\":1}  ]");
}

TEST_CASE("message: a person's message carries seq and client_msg_id and no bot_id") {
  CHECK(text_of(plain_message()) ==
        R"({"type":"message","user":"U000000000001","text":"hello","ts":"1700000000.000123",)"
        R"("client_msg_id":"k1","team":"T000000000001","seq":7})");
}

TEST_CASE("message: a bot's message, edited, in a thread, with blocks and metadata") {
  wire::chat_message message = plain_message();
  message.set_bot_id("B000000000001");
  message.set_subtype("bot_message");
  message.set_username("Clerk");
  message.set_icon_emoji(":cat:");
  message.set_blocks(R"([{"type":"divider"}])");
  message.set_metadata(R"({"event_type":"x"})");
  message.set_thread_ts(ts - 1);
  message.set_edited_ts(ts + 1);
  message.set_edited_by("U000000000002");
  CHECK(text_of(message) ==
        R"({"type":"message","subtype":"bot_message","user":"U000000000001",)"
        R"("bot_id":"B000000000001","username":"Clerk","text":"hello","ts":"1700000000.000123",)"
        R"("client_msg_id":"k1","team":"T000000000001","blocks":[{"type":"divider"}],)"
        R"("metadata":{"event_type":"x"},"icons":{"emoji":":cat:"},)"
        R"("thread_ts":"1700000000.000122","edited":{"user":"U000000000002",)"
        R"("ts":"1700000000.000124"},"seq":7})");
}

TEST_CASE("message: the tree equals the text") {
  wire::chat_message message = plain_message();
  CHECK(json::serialize(slack::message_json(message, "T000000000001")) == text_of(message));
}

TEST_CASE("message: a tombstone has no content and says that it is one") {
  wire::chat_message message;
  message.set_seq(7);
  message.set_ts(ts);
  message.set_user("U000000000001");
  message.set_deleted(true);
  json::object out = slack::message_json(message, "T000000000001");
  CHECK(out["subtype"] == "tombstone");
  CHECK(out["text"] == "");
  CHECK(out["hidden"] == true);
}

TEST_CASE("event: a message's frame is the message and where it was said") {
  wire::channel_event event;
  event.set_seq(7);
  event.set_ts(ts);
  event.set_kind(wire::EVENT_MESSAGE);
  *event.mutable_message() = plain_message();
  CHECK(slack::event_frame(event, "C000000000001", wire::CHANNEL_PUBLIC, "T000000000001") ==
        R"({"type":"message","user":"U000000000001","text":"hello","ts":"1700000000.000123",)"
        R"("client_msg_id":"k1","team":"T000000000001","seq":7,"channel":"C000000000001",)"
        R"("channel_type":"channel","event_ts":"1700000000.000123"})");
}

TEST_CASE("event: an edit and a deletion have a place of their own and name the message") {
  wire::channel_event event;
  event.set_seq(9);
  event.set_ts(ts + 5);
  event.set_kind(wire::EVENT_MESSAGE_CHANGED);
  *event.mutable_message() = plain_message();
  *event.mutable_previous() = plain_message();
  json::object changed =
      json::parse(slack::event_frame(event, "D1", wire::CHANNEL_DIRECT, "T1")).as_object();
  CHECK(changed["subtype"] == "message_changed");
  CHECK(changed["seq"] == 9);
  CHECK(changed["ts"] == "1700000000.000128");
  CHECK(changed["channel_type"] == "im");
  CHECK(changed["message"].as_object()["seq"] == 7);
  CHECK(changed["previous_message"].as_object()["text"] == "hello");

  event.set_kind(wire::EVENT_MESSAGE_DELETED);
  json::object deleted =
      json::parse(slack::event_frame(event, "G1", wire::CHANNEL_GROUP_DM, "T1")).as_object();
  CHECK(deleted["subtype"] == "message_deleted");
  CHECK(deleted["deleted_ts"] == "1700000000.000123");
  CHECK(deleted["channel_type"] == "mpim");
  CHECK_FALSE(deleted.contains("message"));
}

TEST_CASE("event: everything that is not a message") {
  CHECK(slack::member_event("member_joined_channel", "U1", "C1", wire::CHANNEL_PRIVATE, "T1", "U2",
                            ts, 3) ==
        R"({"type":"member_joined_channel","user":"U1","channel":"C1","channel_type":"G",)"
        R"("team":"T1","inviter":"U2","event_ts":"1700000000.000123","seq":3})");
  CHECK(slack::channel_id_event("channel_archive", "C1", "U1", ts) ==
        R"({"type":"channel_archive","channel":"C1","user":"U1","event_ts":"1700000000.000123"})");
  CHECK(slack::marked_event("D1", wire::CHANNEL_DIRECT, ts, 2, 1, 1) ==
        R"({"type":"im_marked","channel":"D1","ts":"1700000000.000123","unread_count":2,)"
        R"("unread_count_display":1,"mention_count":1})");
  CHECK(slack::presence_event("U1", false) ==
        R"({"type":"presence_change","user":"U1","presence":"away"})");
  const entity_id one{id_kind::user, 1}, two{id_kind::user, 2};
  CHECK(slack::presence_event(std::vector{one}, true) == slack::presence_event(one.text(), true));
  CHECK(slack::presence_event(std::vector{one, two}, true) ==
        R"({"type":"presence_change","presence":"active","users":[")" + one.text() + R"(",")" + two.text() + R"("]})");
  CHECK(slack::manual_presence_event(true) ==
        R"({"type":"manual_presence_change","presence":"active"})");
  CHECK(slack::typing_event("C1", "U1") == R"({"type":"user_typing","channel":"C1","user":"U1"})");
  CHECK(slack::user_event("team_join", {{"id", "U1"}}, ts) ==
        R"({"type":"team_join","user":{"id":"U1"},"event_ts":"1700000000.000123"})");
  json::object ephemeral = json::parse(slack::ephemeral_event(plain_message(), "C1")).as_object();
  CHECK(ephemeral["is_ephemeral"] == true);
  CHECK(ephemeral["channel"] == "C1");
}

TEST_CASE("channel: public, private, DM and group DM differ as Slack's do") {
  wire::channel_facts facts;
  facts.set_id("C000000000001");
  facts.set_team_id("T000000000001");
  facts.set_kind(wire::CHANNEL_PUBLIC);
  facts.set_name("news");
  facts.mutable_topic()->set_value("today");
  facts.set_member_count(3);
  slack::channel_view view;
  view.is_member = true;
  json::object open = slack::channel_json(facts, view);
  CHECK(open["is_channel"] == true);
  CHECK(open["is_private"] == false);
  CHECK(open["num_members"] == 3);
  CHECK(open["topic"].as_object()["value"] == "today");
  CHECK_FALSE(open.contains("last_read"));

  facts.set_kind(wire::CHANNEL_PRIVATE);
  view.with_read_state = true;
  view.last_read = ts;
  view.unread_count = 2;
  json::object closed = slack::channel_json(facts, view);
  CHECK(closed["is_private"] == true);
  CHECK(closed["last_read"] == "1700000000.000123");
  CHECK(closed["unread_count"] == 2);

  facts.set_kind(wire::CHANNEL_DIRECT);
  view.peer = "U000000000002";
  json::object direct = slack::channel_json(facts, view);
  CHECK(direct["is_im"] == true);
  CHECK(direct["user"] == "U000000000002");
  CHECK_FALSE(direct.contains("name"));

  facts.set_kind(wire::CHANNEL_GROUP_DM);
  facts.set_id("G000000000001");
  json::object group = slack::channel_json(facts, view);
  CHECK(group["is_mpim"] == true);
  CHECK(group["name"] == "mpdm-g000000000001");
}

TEST_CASE("user: a person, and a bot with its bot_id in the profile") {
  storage::user_row user;
  user.id = *entity_id::parse("U000000000001");
  user.team = *entity_id::parse("T000000000001");
  user.name = "ada";
  user.real_name = "Ada";
  user.email = "ada@example.org";
  user.profile = R"({"display_name":"Countess","status_text":"here"})";
  user.owner = true;
  json::object person = slack::user_json(user);
  CHECK(person["is_admin"] == true);
  CHECK(person["is_bot"] == false);
  CHECK(person["deleted"] == false);
  json::object& profile = person["profile"].as_object();
  CHECK(profile["display_name"] == "Countess");
  CHECK(profile["display_name_normalized"] == "Countess");
  CHECK(profile["email"] == "ada@example.org");
  CHECK_FALSE(profile.contains("bot_id"));

  user.bot = true;
  user.bot_id = *entity_id::parse("B000000000001");
  user.disabled = true;
  json::object bot = slack::user_json(user);
  CHECK(bot["is_bot"] == true);
  CHECK(bot["deleted"] == true);
  CHECK(bot["profile"].as_object()["bot_id"] == "B000000000001");
  CHECK(slack::bot_json(user)["user_id"] == "U000000000001");
}

TEST_CASE("user: a profile that is not JSON shows as empty") {
  storage::user_row user;
  user.id = *entity_id::parse("U000000000001");
  user.profile = "{broken";
  CHECK(slack::profile_json(user)["status_text"] == "");
}

}  // namespace
}  // namespace carillon::test
