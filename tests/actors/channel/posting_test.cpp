// What may be posted, edited and deleted, by whom, and what place it gets in the order. Each rule
// is shown from both sides.
#include "tests/actors/channel/channel_cases.hpp"

namespace carillon::test {
namespace {

channel_outcome post(channel_case& c, const wire::caller& who, const wire::post_message& what,
                     timestamp now = start + 1'000'000) {
  return posting::post(c.state, who, what, std::nullopt, now);
}

wire::chat_message posted(channel_case& c, const wire::caller& who, const std::string& words) {
  auto made = post(c, who, text(words));
  c.commit(made);
  return made->reply.event().message();
}

TEST_CASE("posting: a message carries its whole outcome, with the next seq and the time as ts") {
  channel_case c;
  wire::post_message request = text("hello", "id-1");
  request.set_blocks("[]");
  request.set_thread_ts(5);
  auto made = post(c, by(2), request, start + 7);
  const auto& event = change(made).events(0);
  CHECK(change(made).channel_id() == channel_c.text());
  CHECK(event.kind() == wire::EVENT_MESSAGE);
  CHECK(event.seq() == 2);  // 1 was the creator's join
  CHECK(event.ts() == start + 7);
  CHECK(event.message().seq() == 2);
  CHECK(event.message().ts() == start + 7);
  CHECK(event.message().user() == user(2));
  CHECK(event.message().text() == "hello");
  CHECK(event.message().blocks() == "[]");
  CHECK(event.message().client_msg_id() == "id-1");
  CHECK(event.message().thread_ts() == 5);
  CHECK_FALSE(change(made).has_facts());
  CHECK_FALSE(change(made).catalog());
  CHECK(made->reply.event().SerializeAsString() == event.SerializeAsString());
  CHECK_FALSE(made->reply.duplicate());
}

TEST_CASE("posting: seq has no gap and ts rises while the clock stands still or runs backwards") {
  channel_case c;
  std::uint64_t seq = 1;
  timestamp ts = c.state.last_ts();
  for (timestamp now : {start + 10, start + 10, start - 5'000'000, timestamp{0}, start + 11}) {
    auto made = post(c, by(1), text("tick"), now);
    CHECK(change(made).events(0).seq() == ++seq);
    CHECK(change(made).events(0).ts() > ts);
    ts = change(made).events(0).ts();
  }
}

TEST_CASE("posting: a refused post takes no place in the order") {
  channel_case c;
  CHECK(outcome(post(c, by(9), text("x"))) == "not_in_channel");
  CHECK(outcome(post(c, by(1), text(""))) == "no_text");
  CHECK(change(post(c, by(1), text("first"))).events(0).seq() == 2);
}

TEST_CASE("posting: a non-member is told so in a public channel and learns nothing of others") {
  channel_case open(wire::CHANNEL_PUBLIC);
  CHECK(outcome(post(open, by(9), text("x"))) == "not_in_channel");
  CHECK(outcome(post(open, stranger(1), text("x"))) == "channel_not_found");
  for (auto kind : {wire::CHANNEL_PRIVATE, wire::CHANNEL_DIRECT, wire::CHANNEL_GROUP_DM}) {
    channel_case closed(kind);
    CHECK(outcome(post(closed, by(9), text("x"))) == "channel_not_found");
    CHECK(outcome(post(closed, admin(9), text("x"))) == "channel_not_found");
    CHECK(outcome(post(closed, by(2), text("x"))) == "ok");
  }
}

TEST_CASE("posting: a channel that does not exist cannot be found") {
  settings config;
  channel_state nothing(channel_c, config);
  CHECK(outcome(posting::post(nothing, by(1), text("x"), std::nullopt, start)) ==
        "channel_not_found");
}

TEST_CASE("posting: an archived channel takes no messages, edits, deletions or typing") {
  channel_case c;
  auto message = posted(c, by(1), "before");
  c.archive();
  wire::update_message edit;
  edit.set_text("after");
  wire::send_transient typing;
  typing.set_kind("user_typing");
  CHECK(outcome(post(c, by(1), text("x"))) == "is_archived");
  CHECK(outcome(posting::update(c.state, by(1), edit, message, start)) == "is_archived");
  CHECK(outcome(posting::erase(c.state, by(1), message, start)) == "is_archived");
  CHECK(outcome(posting::transient(c.state, by(1), typing, start)) == "is_archived");
}

TEST_CASE("posting: text, blocks or attachments alone are enough; nothing at all is no_text") {
  channel_case c;
  wire::post_message blocks, attachments;
  blocks.set_blocks("[{}]");
  attachments.set_attachments("[{}]");
  CHECK(outcome(post(c, by(1), blocks)) == "ok");
  CHECK(outcome(post(c, by(1), attachments)) == "ok");
  CHECK(outcome(post(c, by(1), wire::post_message())) == "no_text");
}

TEST_CASE("posting: the limit of a text counts characters, not bytes") {
  settings config;
  config.limits.text_max_characters = 4;
  channel_case c(wire::CHANNEL_PUBLIC, config);
  CHECK(outcome(post(c, by(1), text("abcd"))) == "ok");
  CHECK(outcome(post(c, by(1), text("abcde"))) == "msg_too_long");
  CHECK(outcome(post(c, by(1), text("안녕하세"))) == "ok");
  CHECK(outcome(post(c, by(1), text("안녕하세요"))) == "msg_too_long");
  CHECK(outcome(post(c, by(1), text("😀😀😀😀"))) == "ok");
}

TEST_CASE("posting: blocks, attachments, metadata and client_msg_id have bounds in bytes") {
  settings config;
  config.limits.blocks_max_bytes = 4;
  config.limits.client_msg_id_max_bytes = 4;
  channel_case c(wire::CHANNEL_PUBLIC, config);
  auto with = [&](auto fill) {
    wire::post_message request = text("x");
    fill(request);
    return outcome(post(c, by(1), request));
  };
  CHECK(with([](auto& m) { m.set_blocks("[{}]"); }) == "ok");
  CHECK(with([](auto& m) { m.set_blocks("[{ }]"); }) == "invalid_blocks");
  CHECK(with([](auto& m) { m.set_attachments("[{}]"); }) == "ok");
  CHECK(with([](auto& m) { m.set_attachments("[{ }]"); }) == "invalid_attachments");
  CHECK(with([](auto& m) { m.set_metadata("{  }"); }) == "ok");
  CHECK(with([](auto& m) { m.set_metadata("{   }"); }) == "invalid_metadata_format");
  CHECK(with([](auto& m) { m.set_client_msg_id("four"); }) == "ok");
  CHECK(with([](auto& m) { m.set_client_msg_id("fives"); }) == "invalid_arguments");
}

TEST_CASE("posting: only bots may look like someone else, and nobody speaks as the channel") {
  channel_case c;
  wire::post_message request = text("beep");
  request.set_username("Robo");
  request.set_icon_emoji(":robot:");
  CHECK(change(post(c, by(1), request)).events(0).message().username().empty());
  wire::caller bot = by(2);
  bot.set_bot_id(entity_id{id_kind::bot, 5}.text());
  auto made = post(c, bot, request);
  CHECK(change(made).events(0).message().username() == "Robo");
  CHECK(change(made).events(0).message().icon_emoji() == ":robot:");
  CHECK(change(made).events(0).message().bot_id() == bot.bot_id());
  CHECK(change(made).events(0).message().subtype().empty());

  request.set_subtype("bot_message");
  CHECK(outcome(post(c, bot, request)) == "ok");
  CHECK(outcome(post(c, by(1), request)) == "invalid_arguments");
  request.set_subtype("me_message");
  CHECK(outcome(post(c, by(1), request)) == "ok");
  request.set_subtype("channel_join");
  CHECK(outcome(post(c, bot, request)) == "invalid_arguments");
}

TEST_CASE("posting: a known client_msg_id names the first post and appends nothing") {
  channel_case c;
  auto first = post(c, by(1), text("once", "id-1"));
  CHECK(c.state.posts().find(user(1), "id-1") == change(first).events(0).seq());
  auto again =
      posting::post(c.state, by(1), text("once", "id-1"), c.state.posts().find(user(1), "id-1"), start);
  REQUIRE(again);
  CHECK(again->command == nullptr);
  CHECK(again->first_seq == 2);
  CHECK(again->reply.duplicate());
  CHECK(change(post(c, by(1), text("next", "id-2"))).events(0).seq() == 3);
}

TEST_CASE("posting: a retry is answered as the first time after the channel was archived, and to "
          "members only") {
  channel_case c;
  c.commit(post(c, by(1), text("once", "id-1")));
  c.archive();
  CHECK(outcome(posting::post(c.state, by(1), text("once", "id-1"), 2, start)) == "ok");
  CHECK(outcome(posting::post(c.state, by(9), text("once", "id-1"), 2, start)) == "not_in_channel");
}

TEST_CASE("posting: in_flight_max changes may wait for the disk, one more is overloaded") {
  settings config;
  config.channel.in_flight_max = 2;
  channel_case c(wire::CHANNEL_PUBLIC, config);
  auto first = post(c, by(1), text("1"));
  CHECK(outcome(first) == "ok");
  CHECK(outcome(post(c, by(1), text("2"))) == "ok");
  CHECK(outcome(post(c, by(1), text("3"))) == "overloaded");
  c.commit(first);
  CHECK(change(post(c, by(1), text("3"))).events(0).seq() == 4);
}

TEST_CASE("posting: an edit is a later event on the same message") {
  channel_case c;
  wire::chat_message before = posted(c, by(1), "frist");
  before.set_blocks("[]");
  wire::update_message edit;
  edit.set_text("first");
  auto made = posting::update(c.state, by(1), edit, before, start + 9'000'000);
  const auto& event = change(made).events(0);
  CHECK(event.kind() == wire::EVENT_MESSAGE_CHANGED);
  CHECK(event.seq() == 3);
  CHECK(event.ts() == start + 9'000'000);
  CHECK(event.message().seq() == before.seq());
  CHECK(event.message().ts() == before.ts());
  CHECK(event.message().text() == "first");
  CHECK(event.message().blocks() == "[]");  // absent in the request: unchanged
  CHECK(event.message().edited_ts() == event.ts());
  CHECK(event.message().edited_by() == user(1));
  CHECK(event.previous().text() == "frist");
}

TEST_CASE("posting: only its author edits a message, and nobody what the channel said itself") {
  channel_case c;
  wire::chat_message message = posted(c, by(1), "mine");
  wire::update_message edit;
  edit.set_text("changed");
  auto update = [&](const wire::caller& who, const std::optional<wire::chat_message>& what) {
    return outcome(posting::update(c.state, who, edit, what, start));
  };
  CHECK(update(by(1), message) == "ok");
  CHECK(update(by(2), message) == "cant_update_message");
  CHECK(update(admin(2), message) == "cant_update_message");
  CHECK(update(by(9), message) == "not_in_channel");
  CHECK(update(by(1), std::nullopt) == "message_not_found");
  wire::chat_message joined = message;
  joined.set_subtype("channel_join");
  CHECK(update(by(1), joined) == "cant_update_message");
  wire::chat_message tombstone = message;
  tombstone.set_deleted(true);
  CHECK(update(by(1), tombstone) == "message_not_found");
}

TEST_CASE("posting: an edit obeys the limits of a post") {
  settings config;
  config.limits.text_max_characters = 4;
  channel_case c(wire::CHANNEL_PUBLIC, config);
  wire::chat_message message = posted(c, by(1), "fine");
  wire::update_message edit;
  edit.set_text("");
  CHECK(outcome(posting::update(c.state, by(1), edit, message, start)) == "no_text");
  edit.set_text("too long");
  CHECK(outcome(posting::update(c.state, by(1), edit, message, start)) == "msg_too_long");
  edit.set_text("good");
  CHECK(outcome(posting::update(c.state, by(1), edit, message, start)) == "ok");
}

TEST_CASE("posting: a deletion leaves a tombstone without words that still knows its id") {
  channel_case c;
  auto posted_first = post(c, by(1), text("secret", "id-1"));
  c.commit(posted_first);
  auto made =
      posting::erase(c.state, by(1), posted_first->reply.event().message(), start + 9'000'000);
  const auto& event = change(made).events(0);
  CHECK(event.kind() == wire::EVENT_MESSAGE_DELETED);
  CHECK(event.seq() == 3);
  CHECK(event.message().deleted());
  CHECK(event.message().text().empty());
  CHECK(event.message().seq() == 2);
  CHECK(event.message().client_msg_id() == "id-1");
  CHECK(event.previous().text() == "secret");
}

TEST_CASE("posting: a message is deleted by its author or an admin") {
  channel_case c;
  wire::chat_message message = posted(c, by(1), "mine");
  auto erase = [&](const wire::caller& who, const std::optional<wire::chat_message>& what) {
    return outcome(posting::erase(c.state, who, what, start));
  };
  CHECK(erase(by(2), message) == "cant_delete_message");
  CHECK(erase(stranger(1), message) == "channel_not_found");
  CHECK(erase(by(1), message) == "ok");
  CHECK(erase(admin(2), message) == "ok");
  CHECK(erase(by(1), std::nullopt) == "message_not_found");
  message.set_deleted(true);
  CHECK(erase(by(1), message) == "message_not_found");
}

TEST_CASE("posting: typing and ephemeral messages are for members and append nothing") {
  channel_case c;
  wire::send_transient typing, whisper;
  typing.set_kind("user_typing");
  whisper.set_kind("ephemeral");
  whisper.set_to_user(user(2));
  *whisper.mutable_message() = text("psst");
  auto say = [&](const wire::caller& who, const wire::send_transient& what) {
    return posting::transient(c.state, who, what, start + 5);
  };
  CHECK(outcome(say(by(1), typing)) == "ok");
  CHECK(outcome(say(by(9), typing)) == "not_in_channel");
  auto whispered = say(by(1), whisper);
  REQUIRE(whispered);
  CHECK(whispered->command == nullptr);
  CHECK(whispered->reply.transient_ts() == start + 5);
  CHECK(whispered->reply.event().message().text() == "psst");
  CHECK(outcome(say(by(9), whisper)) == "not_in_channel");
  whisper.set_to_user(user(9));
  CHECK(outcome(say(by(1), whisper)) == "not_in_channel");
  whisper.set_to_user("nobody");
  CHECK(outcome(say(by(1), whisper)) == "user_not_found");
  whisper.set_to_user(user(2));
  whisper.mutable_message()->clear_text();
  CHECK(outcome(say(by(1), whisper)) == "no_text");
  // No later message gets the ts that the whisper was shown under.
  CHECK(change(post(c, by(1), text("aloud"), start)).events(0).ts() > start + 5);
}

TEST_CASE("recent posts: the newest stay, older ones go only when the tables hold them") {
  recent_posts posts(2);
  for (std::uint64_t seq = 1; seq <= 4; ++seq)
    posts.remember(user(1), "id-" + std::to_string(seq), seq);
  CHECK_FALSE(posts.is_overfull());
  posts.remember(user(1), "id-5", 5);
  CHECK(posts.is_overfull());
  posts.forget_until(2);
  CHECK(posts.size() == 3);
  CHECK_FALSE(posts.find(user(1), "id-2"));
  CHECK(posts.find(user(1), "id-3") == 3);
  posts.forget_until(5);
  CHECK(posts.size() == 2);
  CHECK(posts.find(user(1), "id-4") == 4);
  CHECK_FALSE(posts.find(user(2), "id-4"));  // another author's "id-4" is another post
}

TEST_CASE("recent posts: what is found is what a plain list would find, through growth and forgetting") {
  recent_posts posts(20);
  std::vector<std::pair<std::pair<std::string, std::string>, std::uint64_t>> list;
  for (std::uint64_t seq = 1; seq <= 500; ++seq) {
    // Short, long and empty ones, and some that differ in where the author ends only.
    const std::string author = user(seq % 3 + 1);
    const std::string id = std::string(seq % 41, 'x') + std::to_string(seq / 7) + "-" + std::to_string(seq % 7);
    posts.remember(author, id, seq);
    list.push_back({{author, id}, seq});
    if (posts.is_overfull()) {
      posts.forget_until(seq - seq % 5);
      while (list.size() > 20 && list.front().second <= seq - seq % 5)
        list.erase(list.begin());
    }
    REQUIRE(posts.size() == list.size());
    for (const auto& [key, at] : list)
      REQUIRE(posts.find(key.first, key.second) == at);
    CHECK_FALSE(posts.find(author, id + " "));
    CHECK_FALSE(posts.find(user(4), id));
    CHECK_FALSE(posts.find(author, ""));
  }
}

TEST_CASE("a channel loaded from its tables goes on where its order ended") {
  settings config;
  channel_state state(channel_c, config);
  channel_case original;
  std::vector<wire::channel_member> members(1);
  members[0].set_user_id(user(1));
  state.load(original.state.facts(), members, {41, start + 50});
  auto made = posting::post(state, by(1), text("on"), std::nullopt, start);
  CHECK(change(made).events(0).seq() == 42);
  CHECK(change(made).events(0).ts() == start + 51);
  CHECK(outcome(posting::post(state, by(2), text("on"), std::nullopt, start)) == "not_in_channel");
}

}  // namespace
}  // namespace carillon::test
