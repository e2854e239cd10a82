// Paging by time as Slack does it, over both stores: windows with open and closed ends, both
// directions, has_more at its borders, and what pages leave out.
#include "tests/storage/tables/stores.hpp"

namespace carillon::storage {
namespace {

struct window {
  timestamp oldest = 0;
  timestamp latest = 0;
  bool inclusive = false;
  std::uint32_t limit = 100;
  bool from_oldest = false;
};

// The page's timestamps as served (newest first), and a plus when there is more.
std::string page(const message_store& tables, const window& in) {
  wire::read_history query;
  query.set_oldest(in.oldest);
  query.set_latest(in.latest);
  query.set_inclusive(in.inclusive);
  query.set_limit(in.limit);
  query.set_from_oldest(in.from_oldest);
  const auto got = tables.history(channel_a, query);
  REQUIRE(got.has_value());
  std::string out;
  for (const auto& message : got->messages)
    out += (out.empty() ? "" : " ") + std::to_string(message.ts());
  return got->has_more ? out + " +" : out;
}

// Messages at 10, 20, 30, 40, 50; neighbours in key order that must not leak in.
void write_five(kv& store) {
  channel_script script(store, channel_a);
  for (timestamp ts = 10; ts <= 50; ts += 10)
    script.post(ts, user_ann, "m");
  channel_script(store, entity_id{id_kind::channel, channel_a.number - 1}).post(25, user_ann, "x");
  channel_script(store, entity_id{id_kind::channel, channel_a.number + 1}).post(35, user_ann, "x");
}

TEST_CASE_TEMPLATE("history: without bounds the newest page, newest first", Store, memory_store,
                   rocks_store) {
  Store at;
  write_five(at.get());
  const message_store tables(at.get(), test_slots);
  CHECK(page(tables, {.limit = 100}) == "50 40 30 20 10");
  CHECK(page(tables, {.limit = 5}) == "50 40 30 20 10");
  CHECK(page(tables, {.limit = 4}) == "50 40 30 20 +");
  CHECK(page(tables, {.limit = 1}) == "50 +");
  CHECK(page(tables, {.limit = 0}) == " +");
}

TEST_CASE("history: long messages come in shorter pages, one at least, and none is left out") {
  memory_kv store;
  const message_store tables(store, test_slots);
  channel_script script(store, channel_a);
  const std::string text(message_store::page_max_bytes / 4, 'x');
  for (timestamp ts = 10; ts <= 60; ts += 10)
    script.post(ts, user_ann, text);
  script.post(70, user_ann, std::string(message_store::page_max_bytes + 1, 'y'));
  CHECK(page(tables, {}) == "70 +");
  CHECK(page(tables, {.latest = 70}) == "60 50 40 +");
  CHECK(page(tables, {.latest = 40}) == "30 20 10");
  CHECK(page(tables, {.oldest = 30, .from_oldest = true}) == "60 50 40 +");
  auto replay = tables.events_after(channel_a, 0, 100);
  REQUIRE(replay);
  CHECK(replay->size() == 4);
  auto rest = tables.events_after(channel_a, 6, 100);
  REQUIRE(rest);
  CHECK(rest->size() == 1);
}

TEST_CASE("history: a window of events ends with the one that passes its bytes, and says that there is more") {
  memory_kv store;
  const message_store tables(store, test_slots);
  channel_script script(store, channel_a);
  const std::string text(message_store::window_max_bytes / 4, 'x');
  for (timestamp ts = 10; ts <= 60; ts += 10)
    script.post(ts, user_ann, text);
  wire::read_events all;
  all.set_limit(100);
  auto first = must(tables.events(channel_a, all));
  CHECK(first.events.size() == 4);
  CHECK(first.has_more);
  all.set_after(first.events.back().seq());
  auto rest = must(tables.events(channel_a, all));
  CHECK(rest.events.size() == 2);
  CHECK(!rest.has_more);
  all.set_after(0);
  all.set_last(4);
  CHECK(!must(tables.events(channel_a, all)).has_more);  // more, but nobody asked
}

TEST_CASE_TEMPLATE("history: latest is left out unless inclusive, on a message and between two",
                   Store, memory_store, rocks_store) {
  Store at;
  write_five(at.get());
  const message_store tables(at.get(), test_slots);
  CHECK(page(tables, {.latest = 30}) == "20 10");
  CHECK(page(tables, {.latest = 31}) == "30 20 10");
  CHECK(page(tables, {.latest = 29, .inclusive = true}) == "20 10");
  CHECK(page(tables, {.latest = 30, .inclusive = true}) == "30 20 10");
  CHECK(page(tables, {.latest = 30, .inclusive = true, .limit = 1}) == "30 +");
  CHECK(page(tables, {.latest = 10}) == "");
  CHECK(page(tables, {.latest = 10, .inclusive = true, .limit = 1}) == "10");
  CHECK(page(tables, {.latest = ~0ULL, .inclusive = true}) == "50 40 30 20 10");
}

TEST_CASE_TEMPLATE("history: oldest is left out unless inclusive; from the oldest the page is the "
                   "nearest to it, still newest first",
                   Store, memory_store, rocks_store) {
  Store at;
  write_five(at.get());
  const message_store tables(at.get(), test_slots);
  CHECK(page(tables, {.oldest = 30}) == "50 40");
  CHECK(page(tables, {.oldest = 30, .inclusive = true}) == "50 40 30");
  CHECK(page(tables, {.oldest = 30, .limit = 1}) == "50 +");
  CHECK(page(tables, {.oldest = 30, .limit = 1, .from_oldest = true}) == "40 +");
  CHECK(page(tables, {.oldest = 30, .limit = 2, .from_oldest = true}) == "50 40");
  // The idiom for fetching one message.
  CHECK(page(tables, {.oldest = 30, .inclusive = true, .limit = 1, .from_oldest = true}) == "30 +");
  CHECK(page(tables, {.oldest = 50, .inclusive = true, .limit = 1, .from_oldest = true}) == "50");
  CHECK(page(tables, {.oldest = 50, .from_oldest = true}) == "");
  CHECK(page(tables, {.oldest = ~0ULL, .from_oldest = true}) == "");
}

TEST_CASE_TEMPLATE("history: both bounds make a window, and has_more means inside it", Store,
                   memory_store, rocks_store) {
  Store at;
  write_five(at.get());
  const message_store tables(at.get(), test_slots);
  CHECK(page(tables, {.oldest = 10, .latest = 50}) == "40 30 20");
  CHECK(page(tables, {.oldest = 10, .latest = 50, .limit = 3}) == "40 30 20");
  CHECK(page(tables, {.oldest = 10, .latest = 50, .limit = 2}) == "40 30 +");
  CHECK(page(tables, {.oldest = 10, .latest = 50, .limit = 2, .from_oldest = true}) == "30 20 +");
  CHECK(page(tables, {.oldest = 10, .latest = 50, .limit = 3, .from_oldest = true}) == "40 30 20");
  CHECK(page(tables, {.oldest = 20, .latest = 20, .inclusive = true}) == "20");
  CHECK(page(tables, {.oldest = 20, .latest = 20}) == "");
  CHECK(page(tables, {.oldest = 20, .latest = 21}) == "");
  CHECK(page(tables, {.oldest = 40, .latest = 20, .inclusive = true}) == "");
}

TEST_CASE_TEMPLATE("history: events that are no messages and deleted messages are left out, and do "
                   "not count as more",
                   Store, memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  channel_script script(at.get(), channel_a);
  script.post(10, user_ann, "a");
  script.post(20, user_ann, "b");
  script.edit(25, **tables.message_by_seq(channel_a, 1), "a2");
  script.post(30, user_ann, "c");
  script.remove(35, **tables.message_by_seq(channel_a, 2));
  CHECK(page(tables, {}) == "30 10");
  CHECK(page(tables, {.limit = 1}) == "30 +");
  CHECK(page(tables, {.limit = 2}) == "30 10");
  CHECK(page(tables, {.latest = 20, .inclusive = true, .limit = 1}) == "10");
  CHECK(page(tables, {.oldest = 20, .inclusive = true, .limit = 1, .from_oldest = true}) == "30");
  script.remove(36, **tables.message_by_seq(channel_a, 1));
  CHECK(page(tables, {.limit = 1}) == "30");
  CHECK((*tables.latest(channel_a))->ts() == 30);
}

TEST_CASE_TEMPLATE("history: 2,500 messages page without gap or repeat, both ways", Store,
                   memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  channel_script script(at.get(), channel_a);
  constexpr timestamp count = 2'500;
  for (timestamp ts = 1; ts <= count; ++ts)
    script.post(ts, user_ann, std::string(400, 'x'));

  wire::read_history query;
  query.set_limit(99);
  timestamp expected = count;
  for (bool more = true; more;) {
    const auto got = tables.history(channel_a, query);
    REQUIRE(got.has_value());
    for (const auto& message : got->messages)
      REQUIRE(message.ts() == expected--);
    more = got->has_more;
    query.set_latest(got->messages.back().ts());
  }
  CHECK(expected == 0);

  query.Clear();
  query.set_limit(100);
  query.set_from_oldest(true);
  expected = 1;
  for (bool more = true; more;) {
    const auto got = tables.history(channel_a, query);
    REQUIRE(got.has_value());
    for (auto message = got->messages.rbegin(); message != got->messages.rend(); ++message)
      REQUIRE(message->ts() == expected++);
    more = got->has_more;
    query.set_oldest(got->messages.front().ts());
  }
  CHECK(expected == count + 1);
}

TEST_CASE_TEMPLATE("unread: messages of others after last_read, up to the most that is asked for",
                   Store, memory_store, rocks_store) {
  Store at;
  const message_store tables(at.get(), test_slots);
  channel_script script(at.get(), channel_a);
  script.post(10, user_bob, "joined", "", "channel_join");
  script.post(20, user_bob, "a");
  script.post(30, user_ann, "mine");
  script.post(40, user_bob, "b");
  script.post(50, user_bob, "gone");
  script.remove(55, **tables.message_by_seq(channel_a, 5));
  script.post(60, user_bob, "waves", "", "me_message");
  const auto count = [&](timestamp last_read, std::uint32_t most) {
    const auto counts = tables.unread(channel_a, last_read, user_ann, most);
    REQUIRE(counts.has_value());
    return std::pair(counts->all, counts->display);
  };
  CHECK(count(0, 100) == std::pair(4u, 3u));
  CHECK(count(10, 100) == std::pair(3u, 3u));
  CHECK(count(19, 100) == std::pair(3u, 3u));
  CHECK(count(20, 100) == std::pair(2u, 2u));
  CHECK(count(40, 100) == std::pair(1u, 1u));
  CHECK(count(60, 100) == std::pair(0u, 0u));
  CHECK(count(~0ULL, 100) == std::pair(0u, 0u));
  CHECK(count(0, 2) == std::pair(2u, 1u));
  CHECK(count(0, 4) == std::pair(4u, 3u));
  CHECK(count(0, 0) == std::pair(0u, 0u));
}

}  // namespace
}  // namespace carillon::storage
