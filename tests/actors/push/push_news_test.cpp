// Whom a change of inboxes concerns while they are away.
#include "actors/slot/push_news.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

const entity_id ann{id_kind::user, 1};
const entity_id ben{id_kind::user, 2};
const entity_id lobby{id_kind::channel, 10};
const entity_id dm{id_kind::direct, 11};
constexpr timestamp now = 1'709'251'200'000'000;  // midnight, UTC

wire::push_user with_phone(const entity_id& user) {
  wire::push_user out;
  out.set_user_id(user.text());
  out.add_targets()->set_device("phone");
  return out;
}
void set_level(wire::push_user& said, const entity_id& channel, wire::push_level level) {
  auto& wish = *said.add_channels();
  wish.set_channel_id(channel.text());
  wish.set_level(level);
}

struct site {
  push_book book;
  wire::inbox_change change;
  std::uint64_t reached = 0;

  wire::inbox_run& run(const entity_id& channel, std::uint64_t first, std::uint64_t last) {
    auto& out = *change.add_runs();
    out.set_channel_id(channel.text());
    out.set_first_seq(first);
    out.set_last_seq(last);
    for (const auto& user : {ann, ben})
      out.add_users(user.number);
    return out;
  }
  static void mention(wire::inbox_run& in, std::uint64_t seq, wire::mention_kind kind, const entity_id& user,
                      bool withdrawn = false) {
    auto& out = *in.add_mentions();
    out.set_seq(seq);
    out.set_ts(100 * seq);
    out.set_kind(kind);
    out.set_withdrawn(withdrawn);
    out.add_users(user.number);
  }
  std::vector<push_news> news() const {
    return push_news_of(change, book, now, [this](std::uint64_t user) { return user == reached; });
  }
};

TEST_CASE("push news: who registered no device concerns nobody") {
  site it;
  site::mention(it.run(lobby, 1, 1), 1, wire::MENTION_USER, ann);
  CHECK(it.news().empty());
  it.book.set(with_phone(ben));
  CHECK(it.news().empty());
}

TEST_CASE("push news: a DM, a mention of any kind and a reply in one's thread are told, other messages are not") {
  site it;
  it.book.set(with_phone(ann));
  it.run(lobby, 1, 9);
  CHECK(it.news().empty());
  for (const auto kind : {wire::MENTION_USER, wire::MENTION_HERE, wire::MENTION_CHANNEL, wire::MENTION_THREAD}) {
    site mentioned = it;
    site::mention(*mentioned.change.mutable_runs(0), 3, kind, ann);
    const auto news = mentioned.news();
    REQUIRE(news.size() == 1);
    CHECK(news[0].key.user == ann.number);
    CHECK(news[0].key.channel == lobby);
    CHECK(news[0].devices == std::vector<std::string>{"phone"});
    REQUIRE(news[0].items.size() == 1);
    CHECK(news[0].items[0].seq() == 3);
    CHECK(news[0].items[0].ts() == 300);
    CHECK(news[0].items[0].kind() == kind);
  }
  site::mention(it.run(dm, 1, 1), 1, wire::MENTION_DIRECT, ann);
  REQUIRE(it.news().size() == 1);
  CHECK(it.news()[0].key.channel == dm);
}

TEST_CASE("push news: who is reached is shown it by a connection, unless that is dead; the others are told") {
  site it;
  it.book.set(with_phone(ann));
  it.book.set(with_phone(ben));
  auto& run = it.run(lobby, 1, 1);
  site::mention(run, 1, wire::MENTION_USER, ann);
  site::mention(run, 1, wire::MENTION_USER, ben);
  it.reached = ann.number;
  const auto news = it.news();
  REQUIRE(news.size() == 2);
  CHECK(news[0].key.user == ann.number);
  CHECK(news[0].held);
  CHECK_FALSE(news[1].held);
}

TEST_CASE("push news: a channel at `all` tells of every message, one at `nothing` not even of mentions") {
  site it;
  auto said = with_phone(ann);
  set_level(said, lobby, wire::PUSH_ALL);
  it.book.set(said);
  auto& run = it.run(lobby, 5, 7);
  site::mention(run, 6, wire::MENTION_USER, ann);
  auto news = it.news();
  REQUIRE(news.size() == 1);
  REQUIRE(news[0].items.size() == 3);  // the mention once
  it.book.set(with_phone(ann));
  CHECK(it.news()[0].items.size() == 1);
  auto muted = with_phone(ann);
  set_level(muted, lobby, wire::PUSH_NOTHING);
  it.book.set(muted);
  CHECK(it.news().empty());
}

TEST_CASE("push news: what the user wants of all channels, a channel's own level comes before") {
  CHECK(wants_push(with_phone(ann), lobby.text(), wire::MENTION_USER));
  CHECK_FALSE(wants_push(with_phone(ann), lobby.text(), wire::MENTION_UNKNOWN));
  auto said = with_phone(ann);
  said.set_level(wire::PUSH_NOTHING);
  CHECK_FALSE(wants_push(said, dm.text(), wire::MENTION_DIRECT));
  set_level(said, dm, wire::PUSH_MENTIONS);
  CHECK(wants_push(said, dm.text(), wire::MENTION_DIRECT));
  said.set_level(wire::PUSH_ALL);
  CHECK(wants_push(said, lobby.text(), wire::MENTION_UNKNOWN));
  CHECK_FALSE(wants_push(said, dm.text(), wire::MENTION_UNKNOWN));
}

TEST_CASE("push news: of a long run only the newest are told one by one") {
  site it;
  auto said = with_phone(ann);
  said.set_level(wire::PUSH_ALL);
  it.book.set(said);
  it.run(lobby, 1, 1'000);
  const auto news = it.news();
  REQUIRE(news.size() == 1);
  CHECK(news[0].items.size() == push_row_items_max);
  CHECK(news[0].items.back().seq() == 1'000);
}

TEST_CASE("push news: not in hours in which nobody is to be disturbed") {
  site it;
  auto said = with_phone(ann);
  said.set_snooze_until(now + 1);
  it.book.set(said);
  site::mention(it.run(dm, 1, 1), 1, wire::MENTION_DIRECT, ann);
  CHECK(it.news().empty());
  said.set_snooze_until(now);
  it.book.set(said);
  CHECK(it.news().size() == 1);
}

TEST_CASE("push news: a message that speaks of them no more is said as well") {
  site it;
  it.book.set(with_phone(ann));
  site::mention(it.run(lobby, 4, 4), 2, wire::MENTION_USER, ann, true);
  const auto news = it.news();
  REQUIRE(news.size() == 1);
  CHECK(news[0].items.empty());
  CHECK(news[0].withdrawn == std::vector<timestamp>{200});
}

}  // namespace
}  // namespace carillon::test
