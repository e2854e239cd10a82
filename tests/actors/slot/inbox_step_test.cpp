// What a committed change of a channel is for its members' inboxes.
#include "actors/slot/inbox_step.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/base/random.hpp"

using namespace carillon;

namespace {

constexpr const char* lobby = "C00000000000A";
constexpr const char* one = "U000000000001";
constexpr const char* two = "U000000000002";

wire::channel_event& add_event(wire::slot_command& command, wire::event_kind kind, std::uint64_t seq,
                               const std::string& text) {
  command.mutable_channel()->set_channel_id(lobby);
  auto& event = *command.mutable_channel()->add_events();
  event.set_seq(seq);
  event.set_ts(1'000 + seq);
  event.set_kind(kind);
  event.mutable_message()->set_ts(1'000 + seq);
  event.mutable_message()->set_user(one);
  event.mutable_message()->set_text(text);
  return event;
}

}  // namespace

TEST_CASE("mentions: by name, with a label or without, each once and in order") {
  const auto found = find_mentions("<@U000000000002> and <@U000000000001|ann>, <@U000000000002>");
  CHECK(found.users == std::vector<std::uint64_t>{1, 2});
  CHECK(found.everybody == wire::MENTION_UNKNOWN);
}

TEST_CASE("mentions: everybody, as Slack writes it and as people type it") {
  CHECK(find_mentions("<!here> hello").everybody == wire::MENTION_HERE);
  CHECK(find_mentions("<!channel|channel>").everybody == wire::MENTION_CHANNEL);
  CHECK(find_mentions("<!everyone>").everybody == wire::MENTION_CHANNEL);
  CHECK(find_mentions("@here!").everybody == wire::MENTION_HERE);
  CHECK(find_mentions("(@channel)").everybody == wire::MENTION_CHANNEL);
  CHECK(find_mentions("@here and @channel").everybody == wire::MENTION_CHANNEL);
}

TEST_CASE("mentions: what only looks like one is none") {
  for (const char* text : {"", "<", "<@", "<@>", "<@C00000000000A>", "<@U00000000000>", "@hereafter",
                           "me@here.org", "a<!here", "@channel-news", "<!subteam^S1>", "@", "@ here",
                           "<https://x.org/@here>", "\xea\xb0\x80@here"})
    CHECK_MESSAGE(find_mentions(text).empty(), text);
}

TEST_CASE("mentions: a mark that is not closed does not hide the next one") {
  CHECK(find_mentions("1 < 2 <@U000000000002>").users == std::vector<std::uint64_t>{2});
}

TEST_CASE("mentions: what is typed ends where a letter of another script or a sign of full width follows") {
  for (const char* text : {"@here님, 봐주세요", "@here，看", "@here。", "@hereへ"})
    CHECK_MESSAGE(find_mentions(text).everybody == wire::MENTION_HERE, text);
  for (const char* text : {"@channel에 공지", "@everyone여러분"})
    CHECK_MESSAGE(find_mentions(text).everybody == wire::MENTION_CHANNEL, text);
}

TEST_CASE("mentions: nobody is called by what is typed in code, in an address or in a link") {
  for (const char* text :
       {"`@here`", "say `npm i @here` now", "``@here``", "```\n@channel\n```", "```a ` @here```", "```@here````",
        "http://x.org/@here", "see https://x.org/a,@channel", "://@here", "<http://x.org/@here>",
        "<https://x.org|@here>", "`a` `@here`"})
    CHECK_MESSAGE(find_mentions(text).empty(), text);
  for (const char* text :
       {"`code` @here", "```code```@here", "` @here", "`a\n@here`", "```@here", "`` @here", "http://x.org @here",
        "http://x.org\n@here", "<http://x.org>@here", "1 < 2 @here", "a: @here", ":// @here", "<<a>@here"})
    CHECK_MESSAGE(find_mentions(text).everybody == wire::MENTION_HERE, text);
}

TEST_CASE("mentions: what is marked as one counts in code and behind an address as well") {
  CHECK(find_mentions("`<!here>`").everybody == wire::MENTION_HERE);
  CHECK(find_mentions("```\n<@U000000000002>\n```").users == std::vector<std::uint64_t>{2});
  CHECK(find_mentions("http://x.org/<@U000000000002>").users == std::vector<std::uint64_t>{2});
}

namespace {

// The same rules once more, letter by letter: what stands in code, marks and addresses is blotted out.
std::string blotted(std::string text) {
  const auto blot = [&](std::size_t from, std::size_t to) {
    for (; from < to; ++from)
      text[from] = '.';
    return to;
  };
  for (std::size_t at = 0; at < text.size();) {
    std::size_t run = 0;
    while (at + run < text.size() && text[at + run] == '`')
      ++run;
    if (run > 0) {
      const std::string fence(std::min<std::size_t>(run, 3), '`');
      std::size_t end = at + run;
      while (end < text.size() && text.compare(end, fence.size(), fence) != 0 &&
             (run >= 3 || text[end] != '\n'))
        ++end;
      const bool closed = text.compare(std::min(end, text.size()), fence.size(), fence) == 0;
      at = closed ? blot(at, end + fence.size()) : at + run;
    } else if (text[at] == '<') {
      std::size_t end = at + 1;
      while (end < text.size() && text[end] != '<' && text[end] != '>')
        ++end;
      at = end < text.size() && text[end] == '>' ? blot(at, end + 1) : at + 1;
    } else if (text.compare(at, 3, "://") == 0) {
      std::size_t end = at;
      while (end < text.size() && text[end] != ' ' && text[end] != '\n')
        ++end;
      at = blot(at, end);
    } else {
      ++at;
    }
  }
  return text;
}

wire::mention_kind typed_naively(const std::string& text) {
  const auto is_of_a_word = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  wire::mention_kind out = wire::MENTION_UNKNOWN;
  const std::string left = blotted(text);
  for (const auto& [word, kind] : {std::pair<std::string, wire::mention_kind>{"@here", wire::MENTION_HERE},
                                   {"@channel", wire::MENTION_CHANNEL},
                                   {"@everyone", wire::MENTION_CHANNEL}})
    for (std::size_t at = left.find(word); at != std::string::npos; at = left.find(word, at + 1)) {
      // What stands before is looked up in the text itself: a letter of an address is one all the same.
      const char before = at == 0 ? ' ' : text[at - 1], after = (left + ' ')[at + word.size()];
      if (!is_of_a_word(before) && static_cast<unsigned char>(before) < 0x80 && !is_of_a_word(after))
        out = std::max(out, kind);
    }
  return out;
}

}  // namespace

TEST_CASE("mentions: random texts call whom a naive reading of the same rules finds") {
  const std::uint64_t seed = 20'261'123;
  CAPTURE(seed);
  seeded_random chance(seed);
  const std::vector<std::string> pieces = {"@here", "@channel", "@everyone", "@", "`", "``", "```", "<", ">", "|",
                                           "://", ":", "/", " ", "\n", "가", "，", "a", "-", "<a>"};
  int found = 0;
  for (int round = 0; round < 50'000; ++round) {
    std::string text;
    for (std::uint64_t left = chance.below(14); left > 0; --left)
      text += pieces[chance.below(pieces.size())];
    const wire::mention_kind expected = typed_naively(text);
    CAPTURE(text);
    REQUIRE(find_mentions(text).everybody == expected);
    found += expected != wire::MENTION_UNKNOWN;
  }
  CHECK(found > 5'000);
  CHECK(found < 45'000);
}

TEST_CASE("inbox step: what a channel says of itself calls nobody; who speaks of themselves does") {
  wire::slot_command command;
  auto& message = *add_event(command, wire::EVENT_MESSAGE, 7, "<!here> <@U000000000002>").mutable_message();
  for (const char* subtype : {"channel_topic", "channel_purpose", "channel_name", "channel_join"}) {
    message.set_subtype(subtype);
    CHECK_MESSAGE(inbox_step_of(40, command)->mentions.empty(), subtype);
  }
  for (const char* subtype : {"", "me_message", "bot_message"}) {
    message.set_subtype(subtype);
    CHECK_MESSAGE(inbox_step_of(40, command)->mentions.size() == 1, subtype);
  }
}

TEST_CASE("inbox step: a post is one event, with whom it mentions and by whom") {
  wire::slot_command command;
  add_event(command, wire::EVENT_MESSAGE, 7, "<@U000000000002>");
  const auto step = inbox_step_of(40, command);
  REQUIRE(step);
  CHECK(step->index == 40);
  CHECK(step->channel == entity_id::parse(lobby));
  CHECK(step->first_seq == 7);
  CHECK(step->last_seq == 7);
  REQUIRE(step->mentions.size() == 1);
  CHECK(step->mentions[0].seq == 7);
  CHECK(step->mentions[0].ts == 1'007);
  CHECK(step->mentions[0].author == 1);
  CHECK_FALSE(step->mentions[0].withdrawn);
  CHECK_FALSE(step->needs_everybody());
}

TEST_CASE("inbox step: an edit mentions who is new and withdraws who is gone; who stays stays") {
  wire::slot_command command;
  auto& event = add_event(command, wire::EVENT_MESSAGE_CHANGED, 9, "<@U000000000002> <@U000000000003>");
  event.mutable_message()->set_ts(1'005);
  event.mutable_previous()->set_text("<@U000000000002> <@U000000000004>");
  const auto step = inbox_step_of(41, command);
  REQUIRE(step);
  REQUIRE(step->mentions.size() == 2);
  CHECK(step->mentions[0].withdrawn);
  CHECK(step->mentions[0].who.users == std::vector<std::uint64_t>{4});
  CHECK(step->mentions[0].ts == 1'005);
  CHECK_FALSE(step->mentions[1].withdrawn);
  CHECK(step->mentions[1].who.users == std::vector<std::uint64_t>{3});
}

TEST_CASE("inbox step: an edit that takes one of two ways away in which it speaks of somebody keeps the other") {
  // Who of 2, 3 and 4 (all members) has a row after it, as storage writes them.
  const auto spoken_to = [](const char* before, const char* after) {
    wire::slot_command command;
    add_event(command, wire::EVENT_MESSAGE_CHANGED, 9, after).mutable_previous()->set_text(before);
    std::set<std::uint64_t> rows{2, 3, 4};
    const auto old = find_mentions(before);
    if (old.everybody == wire::MENTION_UNKNOWN)
      rows = {old.users.begin(), old.users.end()};
    const auto step = inbox_step_of(41, command);
    if (step)
      for (const auto& each : step->mentions) {
        std::set<std::uint64_t> whom{each.who.users.begin(), each.who.users.end()};
        if (each.who.everybody != wire::MENTION_UNKNOWN)
          whom = {2, 3, 4};
        for (const std::uint64_t user : whom)
          if (each.withdrawn)
            rows.erase(user);
          else
            rows.insert(user);
      }
    return rows;
  };
  using users = std::set<std::uint64_t>;
  CHECK(spoken_to("<@U000000000002> <!channel>", "<!channel> hi") == users{2, 3, 4});
  CHECK(spoken_to("<@U000000000002> <!channel>", "<@U000000000002> hi") == users{2});
  CHECK(spoken_to("<@U000000000002> <!channel>", "<@U000000000003> hi") == users{3});
  CHECK(spoken_to("<@U000000000002> <!here>", "<!channel>") == users{2, 3, 4});
  CHECK(spoken_to("<@U000000000002>", "<!channel>") == users{2, 3, 4});
  CHECK(spoken_to("<!channel>", "hi") == users{});
  CHECK(spoken_to("<@U000000000002> <@U000000000003>", "<@U000000000003> hi") == users{3});
}

TEST_CASE("inbox step: a deletion withdraws all that the message mentioned") {
  wire::slot_command command;
  auto& event = add_event(command, wire::EVENT_MESSAGE_DELETED, 9, "");
  event.mutable_previous()->set_text("<!channel> <@U000000000002>");
  const auto step = inbox_step_of(41, command);
  REQUIRE(step);
  REQUIRE(step->mentions.size() == 1);
  CHECK(step->mentions[0].withdrawn);
  CHECK(step->needs_everybody());
}

TEST_CASE("inbox step: who joins and leaves is in it; what is no channel's is none") {
  wire::slot_command command;
  add_event(command, wire::EVENT_MESSAGE, 3, "");
  auto& member = *command.mutable_channel()->add_members_added();
  member.set_user_id(two);
  member.set_joined_seq(3);
  command.mutable_channel()->add_members_removed(one);
  const auto step = inbox_step_of(1, command);
  REQUIRE(step);
  REQUIRE(step->joined.size() == 1);
  CHECK(step->joined[0].user == 2);
  CHECK(step->joined[0].seq == 3);
  CHECK(step->left == std::vector<std::uint64_t>{1});

  wire::slot_command other;
  other.mutable_user()->set_user_id(one);
  CHECK_FALSE(inbox_step_of(2, other));
  wire::slot_command facts;
  facts.mutable_channel()->set_channel_id(lobby);
  CHECK_FALSE(inbox_step_of(3, facts));
}

TEST_CASE("inbox step: a message of a DM speaks to all of it, until it is deleted; an edit says nothing new") {
  wire::slot_command command;
  add_event(command, wire::EVENT_MESSAGE, 7, "hello");
  command.mutable_channel()->set_channel_id("D00000000000A");
  auto step = inbox_step_of(40, command);
  REQUIRE(step);
  REQUIRE(step->mentions.size() == 1);
  CHECK(step->mentions[0].who.everybody == wire::MENTION_DIRECT);
  CHECK(step->mentions[0].author == 1);

  command.mutable_channel()->mutable_events(0)->mutable_message()->set_text("<!here>");
  CHECK(inbox_step_of(40, command)->mentions[0].who.everybody == wire::MENTION_HERE);

  wire::slot_command edit;
  add_event(edit, wire::EVENT_MESSAGE_CHANGED, 8, "hello!").mutable_previous()->set_text("hello");
  edit.mutable_channel()->set_channel_id("D00000000000A");
  CHECK(inbox_step_of(41, edit)->mentions.empty());

  wire::slot_command gone;
  add_event(gone, wire::EVENT_MESSAGE_DELETED, 9, "").mutable_previous()->set_text("hello!");
  gone.mutable_channel()->set_channel_id("D00000000000A");
  step = inbox_step_of(42, gone);
  REQUIRE(step->mentions.size() == 1);
  CHECK(step->mentions[0].withdrawn);
  CHECK(step->mentions[0].who.everybody == wire::MENTION_DIRECT);
}

TEST_CASE("inbox step: a reply is told to who takes part in its thread, but for its author") {
  wire::slot_command command;
  add_event(command, wire::EVENT_MESSAGE, 7, "a reply to <@U000000000003>");
  auto& thread = *command.mutable_channel()->mutable_thread();
  thread.set_ts(900);
  for (const std::uint64_t user : {5, 2, 1})
    thread.add_users(user);
  const auto step = inbox_step_of(40, command);
  REQUIRE(step->mentions.size() == 2);
  CHECK(step->mentions[0].named == wire::MENTION_USER);
  CHECK(step->mentions[1].named == wire::MENTION_THREAD);
  CHECK(step->mentions[1].who.users == std::vector<std::uint64_t>{2, 5});
  CHECK(step->mentions[1].seq == 7);

  thread.clear_users();
  thread.add_users(1);
  CHECK(inbox_step_of(40, command)->mentions.size() == 1);
}
