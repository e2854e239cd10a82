// What a push says, from the events as they stand and the row.
#include "actors/push/push_text.hpp"

#include "actors/push_items.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

const entity_id ann{id_kind::user, 1};
const entity_id ben{id_kind::user, 2};

wire::channel_event event(std::uint64_t seq, const entity_id& author, const char* subtype = "") {
  wire::channel_event out;
  out.set_seq(seq);
  out.set_ts(100 * seq);
  out.set_kind(wire::EVENT_MESSAGE);
  out.mutable_message()->set_seq(seq);
  out.mutable_message()->set_ts(100 * seq);
  out.mutable_message()->set_user(author.text());
  out.mutable_message()->set_subtype(subtype);
  return out;
}
void item(wire::push_row& row, std::uint64_t seq, wire::mention_kind kind = wire::MENTION_USER) {
  auto& out = *row.add_items();
  out.set_seq(seq);
  out.set_kind(kind);
  if (kind != wire::MENTION_UNKNOWN)
    out.set_ts(100 * seq);
}

TEST_CASE("push text: the newest message is told, with how many there are") {
  wire::push_row row;
  item(row, 3);
  item(row, 5);
  row.set_more(2);
  const std::vector events{event(3, ben), event(4, ben), event(5, ben)};
  const auto choice = choose_push(row, events, ann, 0);
  REQUIRE(choice.newest);
  CHECK(choice.newest->seq() == 5);
  REQUIRE(choice.unread.size() == 2);
  CHECK(choice.unread[1].ts() == 500);
  // What the inbox counts is counted there.
  CHECK(count_of(7, choice.unread, row.more()) == 9);
  auto replies = choice.unread;
  replies[0].set_kind(wire::MENTION_THREAD);
  replies[1].set_kind(wire::MENTION_UNKNOWN);
  CHECK(count_of(7, replies, row.more()) == 11);
}

TEST_CASE("push text: what was told already is no news, and counted as long as it is there") {
  wire::push_row row;
  item(row, 3);
  item(row, 5);
  row.set_told_seq(3);
  std::vector events{event(3, ben), event(5, ben)};
  CHECK(choose_push(row, events, ann, 0).unread.size() == 2);
  events[1].mutable_message()->set_deleted(true);
  const auto choice = choose_push(row, events, ann, 0);
  CHECK_FALSE(choice.newest);
  REQUIRE(choice.unread.size() == 1);
  CHECK(choice.unread[0].seq() == 3);
  CHECK_FALSE(has_news(before_window(row, newest_window(row))));
}

TEST_CASE("push text: what was read, deleted or written by oneself is not told") {
  wire::push_row row;
  item(row, 3);
  item(row, 5);
  std::vector events{event(3, ben), event(5, ben)};
  CHECK(choose_push(row, events, ann, 499).newest->seq() == 5);
  CHECK_FALSE(choose_push(row, events, ann, 500).newest);
  events[1].mutable_message()->set_deleted(true);
  CHECK(choose_push(row, events, ann, 0).newest->seq() == 3);
  CHECK_FALSE(choose_push(row, events, ben, 0).newest);
}

TEST_CASE("push text: of a channel at `all` only what people write is told") {
  wire::push_row row;
  item(row, 3, wire::MENTION_UNKNOWN);
  item(row, 4, wire::MENTION_UNKNOWN);
  const std::vector events{event(3, ben, "me_message"), event(4, ben, "channel_join")};
  const auto choice = choose_push(row, events, ann, 0);
  REQUIRE(choice.newest);
  CHECK(choice.newest->seq() == 3);
  REQUIRE(choice.unread.size() == 1);
  CHECK(choice.unread[0].ts() == 300);  // which the row did not have
}

TEST_CASE("push text: events are read in windows, from the newest on") {
  wire::push_row row;
  item(row, 1);
  item(row, 969);
  item(row, 1'000);
  const auto window = newest_window(row);
  CHECK(window.after == 968);
  CHECK(window.last == 1'000);
  const auto rest = before_window(row, window);
  REQUIRE(rest.items_size() == 1);
  CHECK(newest_window(rest).after == 0);
  CHECK(choose_push(row, {event(1'000, ben)}, ann, 0).unread.size() == 1);  // the one that is far behind is not looked at
}

TEST_CASE("push text: marks are read as people read them") {
  const entity_id planning{id_kind::channel, 7};
  const auto name_of = [&](const entity_id& id) {
    return std::string(id == ann ? "Ann" : id == planning ? "planning" : "");
  };
  const auto read = [&](const std::string& text) { return readable_text(text, name_of); };
  CHECK(read("hello <@" + ann.text() + ">!") == "hello @Ann!");
  CHECK(read("<@" + ben.text() + "|ben>") == "@ben");
  CHECK(read("<@" + ben.text() + ">") == "@" + ben.text());
  CHECK(read("<!here> <!channel|@all>") == "@here @all");
  CHECK(read("<#C000000000001|general>") == "#general");
  CHECK(read("<#" + planning.text() + ">") == "#planning");
  CHECK(read("<#C000000000001>") == "#C000000000001");
  CHECK(read("<https://a.example|here> <https://b.example>") == "here https://b.example");
  CHECK(read("1 &lt; 2 &amp;&amp; 3 &gt; 2") == "1 < 2 && 3 > 2");
  CHECK(read("a < b, <> and <no end") == "a < b, <> and <no end");
  CHECK(read("&amp;lt;") == "&lt;");
  CHECK(named_in("<@" + ann.text() + "> <@" + ben.text() + "|b> <@nobody> <#" + planning.text() + "> <#C000000000001|x> <#" +
                 ann.text() + "> <@" + planning.text() + "> <!here> 1 < 2") == std::vector{ann, ben, planning});
}

TEST_CASE("push text: titles") {
  CHECK(push_title("Ann", "", 1) == "Ann");
  CHECK(push_title("Ann", "general", 1) == "Ann in #general");
  CHECK(push_title("Ann", "general", 3) == "Ann in #general (3)");
  CHECK(push_title("", "general", 1) == "#general");
}

}  // namespace
}  // namespace carillon::test
