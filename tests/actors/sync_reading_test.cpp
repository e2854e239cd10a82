// In which order a sync asks channels, and tells what they answer: nothing twice, no more than was asked for.
#include "actors/sync_reading.hpp"

#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace carillon;

namespace {

constexpr timestamp since = 400;
const entity_id me{id_kind::user, 1};

entity_id channel(std::uint64_t number) {
  return {id_kind::channel, number};
}

sync_reading reading_of(std::uint32_t limit, std::size_t max_bytes = 1u << 20, seqs_by_channel seen = {}) {
  wire::sync_place place;
  place.set_user(me.text());
  place.set_device("phone");
  place.set_from(70);
  place.set_skip(2);
  place.set_row_at(55);
  return {sync_plan(std::move(place), seen, 600), {limit, max_bytes}, since};
}

void add_span(wire::inbox_page& page, std::uint64_t of, std::uint64_t first, std::uint64_t last) {
  auto& out = *page.add_spans();
  out.set_channel_id(channel(of).text());
  out.set_first_seq(first);
  out.set_last_seq(last);
}

void add_beyond(wire::inbox_page& page, std::uint64_t of, std::uint64_t held) {
  auto& out = *page.add_channels();
  out.set_channel_id(channel(of).text());
  out.set_reach(held);
  out.set_joined_seq(1);
  out.set_read_at_sync(true);
}

wire::channel_reply events(std::uint64_t first, std::uint64_t last, bool more = false) {
  wire::channel_reply out;
  for (std::uint64_t seq = first; seq <= last; ++seq)
    out.add_events()->set_seq(seq);
  out.set_has_more(more);
  return out;
}

constexpr std::size_t long_bytes = 1'000;  // an event's

wire::channel_reply long_events(std::uint64_t first, std::uint64_t last, bool more = false) {
  auto out = events(first, last, more);
  for (auto& event : *out.mutable_events()) {
    event.mutable_message()->set_text(std::string(long_bytes, 'x'));
    event.mutable_message()->mutable_text()->resize(2 * long_bytes - event.ByteSizeLong());
    REQUIRE(event.ByteSizeLong() == long_bytes);
  }
  return out;
}

wire::sync_place place_after(sync_reading& reading) {
  auto next = read_sync_cursor(reading.cursor(), me, "phone", 0);
  REQUIRE(next);
  return *next;
}

}  // namespace

TEST_CASE("sync reading: nothing new is done at once") {
  auto reading = reading_of(10);
  CHECK(reading.take_page({}).empty());
  REQUIRE(reading.is_done());
  CHECK(!reading.has_more());
}

TEST_CASE("sync reading: a page of the inbox is read sixteen channels at a time, told in its order") {
  wire::inbox_page page;
  for (std::uint64_t number = 1; number <= 18; ++number)
    add_span(page, number, 5, 5);
  auto reading = reading_of(100);
  const auto first = reading.take_page(page);
  REQUIRE(first.size() == 16);
  CHECK(first[3].place == 3);
  CHECK(first[3].channel == channel(4));
  CHECK(first[3].events.after() == 4);
  CHECK(first[3].events.last() == 5);
  CHECK(first[3].events.granted());
  CHECK(first[3].events.since() == 0);  // the inbox says what is told of it

  const auto seventeenth = reading.take(first[9], events(5, 5));
  REQUIRE(seventeenth.size() == 1);
  CHECK(seventeenth[0].place == 16);
  const auto last = reading.take(first[0], {});  // a channel that is gone has nothing
  REQUIRE(last.size() == 1);
  CHECK(last[0].place == 17);
  for (std::size_t number = 1; number < 16; ++number)
    if (number != 9)
      CHECK(reading.take(first[number], events(5, 5)).empty());
  CHECK(reading.take(last[0], events(5, 5)).empty());
  CHECK(!reading.is_done());  // one is still awaited
  CHECK(reading.take(seventeenth[0], events(5, 5)).empty());
  CHECK(reading.is_done());
}

TEST_CASE("sync reading: long messages come in shorter pages, asked on in the same place") {
  wire::inbox_page page;
  add_span(page, 1, 5, 8);
  auto reading = reading_of(10);
  const auto first = reading.take_page(page).at(0);
  const auto rest = reading.take(first, events(5, 6, true));
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].place == first.place);
  CHECK(rest[0].events.after() == 6);
  CHECK(rest[0].events.last() == 8);
  CHECK(rest[0].events.limit() == 2);
  CHECK(reading.take(rest[0], events(7, 8, true)).empty());  // more, but not theirs
  CHECK(reading.is_done());
}

TEST_CASE("sync reading: a channel that says there is more and gives nothing is not asked for ever") {
  wire::inbox_page page;
  add_span(page, 1, 5, 8);
  auto reading = reading_of(10);
  const auto first = reading.take_page(page).at(0);
  CHECK(reading.take(first, events(1, 0, true)).empty());
  CHECK(reading.is_done());
}

TEST_CASE("sync reading: channels beyond the inbox are read one by one, until the page is full") {
  wire::inbox_page page;
  add_span(page, 1, 5, 6);
  add_beyond(page, 2, 10);
  add_beyond(page, 3, 20);
  add_beyond(page, 4, 30);
  auto reading = reading_of(4);
  const auto inbox = reading.take_page(page);
  REQUIRE(inbox.size() == 1);
  const auto second = reading.take(inbox[0], events(5, 6));
  REQUIRE(second.size() == 1);
  CHECK(second[0].place == 1);
  CHECK(second[0].channel == channel(2));
  CHECK(second[0].events.after() == 10);
  CHECK(second[0].events.last() == 0);
  CHECK(second[0].events.limit() == 2);  // what the page has room for
  CHECK(!second[0].events.granted());
  CHECK(second[0].events.since() == since);

  SUBCASE("what it tells leaves room: the next") {
    const auto third = reading.take(second[0], events(11, 11));
    REQUIRE(third.size() == 1);
    CHECK(third[0].place == 2);
    CHECK(third[0].channel == channel(3));
    CHECK(third[0].events.limit() == 1);
    CHECK(reading.take(third[0], events(21, 21, true)).empty());
    REQUIRE(reading.is_done());
    CHECK(reading.has_more());
    const auto next = read_sync_cursor(reading.cursor(), me, "phone", 0);
    REQUIRE(next);
    REQUIRE(next->ahead_size() == 3);  // where it stands in each beyond the inbox
    CHECK(next->ahead(0).seq() == 11);
    CHECK(next->ahead(1).seq() == 21);
    CHECK(next->ahead(2).seq() == 30);
  }
  SUBCASE("it fills the page: the rest is the next sync's") {
    CHECK(reading.take(second[0], events(11, 12)).empty());
    REQUIRE(reading.is_done());
    CHECK(reading.has_more());
  }
  SUBCASE("nobody has anything: no more") {
    auto third = reading.take(second[0], {});
    third = reading.take(third.at(0), {});
    CHECK(third.at(0).place == 3);
    CHECK(reading.take(third.at(0), {}).empty());
    REQUIRE(reading.is_done());
    CHECK(!reading.has_more());
  }
}

TEST_CASE("sync reading: channels beyond wait until the inbox was read to its end") {
  wire::inbox_page page;
  add_span(page, 1, 5, 6);
  add_beyond(page, 2, 10);
  page.set_has_more(true);
  auto reading = reading_of(10);
  const auto inbox = reading.take_page(page);
  CHECK(reading.take(inbox.at(0), events(5, 6)).empty());
  REQUIRE(reading.is_done());
  CHECK(reading.has_more());
}

TEST_CASE("sync reading: what passes the bytes of a page is left to the next one, which begins after what was told") {
  wire::inbox_page page;
  add_span(page, 1, 5, 6);
  add_span(page, 2, 8, 10);
  add_span(page, 3, 20, 20);
  page.set_from(90);
  auto reading = reading_of(10, 4 * long_bytes);
  const auto asked = reading.take_page(page);
  REQUIRE(asked.size() == 3);
  reading.take(asked[0], long_events(5, 6));
  reading.take(asked[2], long_events(20, 20));
  CHECK(!reading.end_question());

  SUBCASE("the last that fits") {
    CHECK(reading.take(asked[1], long_events(8, 8)).empty());  // the others are gone
    CHECK(!reading.end_question());
    REQUIRE(reading.is_done());
    CHECK(reading.told_of(2) == 1);
    CHECK(reading.has_more());  // or nearly
    CHECK(place_after(reading).from() == 90);
  }
  SUBCASE("the first that does not") {
    CHECK(reading.take(asked[1], long_events(8, 10)).empty());
    CHECK(!reading.is_done());
    REQUIRE(reading.end_question());
    CHECK(reading.end_question()->from() == 70);
    CHECK(reading.end_question()->skip() == 2);
    CHECK(reading.end_question()->limit() == 4);
    CHECK(!reading.end_question()->begins());
    wire::inbox_page beginning;
    add_span(beginning, 1, 5, 6);
    add_span(beginning, 2, 8, 9);
    beginning.set_from(85);
    beginning.set_skip(1);
    beginning.set_has_more(true);
    reading.take_end(beginning);
    REQUIRE(reading.is_done());
    CHECK(reading.told_of(0) == 2);
    CHECK(reading.told_of(1) == 2);
    CHECK(reading.told_of(2) == 0);
    CHECK(reading.has_more());
    const auto next = place_after(reading);
    CHECK(next.from() == 85);
    CHECK(next.skip() == 1);
    CHECK(next.ahead_size() == 0);
  }
  SUBCASE("the inbox has forgotten some of it meanwhile: the next page begins at the same place, and knows what was told") {
    reading.take(asked[1], long_events(8, 10));
    wire::inbox_page later;
    add_span(later, 2, 8, 10);
    add_span(later, 3, 20, 20);
    later.set_from(90);
    reading.take_end(later);
    CHECK(reading.told_of(1) == 2);
    CHECK(reading.has_more());
    const auto next = place_after(reading);
    CHECK(next.from() == 70);
    CHECK(next.skip() == 2);
    CHECK(next.row_at() == 55);
    REQUIRE(next.ahead_size() == 2);
    CHECK(next.ahead(0).seq() == 6);
    CHECK(next.ahead(1).seq() == 9);
  }
}

TEST_CASE("sync reading: a full page asks nothing more, and one event that is too long is told alone") {
  wire::inbox_page page;
  for (std::uint64_t number = 1; number <= 18; ++number)
    add_span(page, number, 5, 6);
  auto reading = reading_of(100, 10);
  const auto asked = reading.take_page(page);
  REQUIRE(asked.size() == 16);
  CHECK(reading.take(asked[0], long_events(5, 5, true)).empty());
  for (std::size_t number = 1; number < 16; ++number)
    CHECK(reading.take(asked[number], long_events(5, 6)).empty());
  REQUIRE(reading.end_question());
  CHECK(reading.end_question()->limit() == 1);
}

TEST_CASE("sync reading: channels that have nothing count as read, up to the first that has more than fits") {
  wire::inbox_page page;
  add_span(page, 1, 5, 9);
  add_span(page, 2, 30, 31);
  add_span(page, 3, 40, 40);
  auto reading = reading_of(10, long_bytes);
  const auto asked = reading.take_page(page);
  reading.take(asked[0], {});
  reading.take(asked[1], long_events(31, 31));  // 30 is no more
  reading.take(asked[2], long_events(40, 40));
  REQUIRE(reading.end_question());
  CHECK(reading.end_question()->limit() == 7);
}

TEST_CASE("sync reading: what is told of a channel before the inbox's part of it is remembered beside the inbox") {
  wire::inbox_page page;
  add_span(page, 1, 20, 21);
  auto& standing = *page.add_channels();
  standing.set_channel_id(channel(1).text());
  standing.set_joined_seq(3);
  standing.set_reach(21);
  auto reading = reading_of(10, 2 * long_bytes, {{channel(1), 10}});
  const auto asked = reading.take_page(page);
  REQUIRE(asked.size() == 1);
  REQUIRE(asked[0].events.after() == 10);
  SUBCASE("it ends before") {
    reading.take(asked[0], long_events(11, 13, true));
    REQUIRE(reading.end_question());
    CHECK(reading.end_question()->limit() == 0);
    wire::inbox_page beginning;
    beginning.set_from(70);
    beginning.set_skip(2);
    beginning.set_has_more(true);
    reading.take_end(beginning);
    const auto next = place_after(reading);
    REQUIRE(next.ahead_size() == 1);
    CHECK(next.ahead(0).seq() == 12);
  }
  SUBCASE("it ends within") {
    reading.take(asked[0], long_events(19, 21));
    REQUIRE(reading.end_question());
    CHECK(reading.end_question()->limit() == 1);
    wire::inbox_page beginning;
    add_span(beginning, 1, 20, 20);
    beginning.set_from(80);
    beginning.set_has_more(true);
    reading.take_end(beginning);
    const auto next = place_after(reading);
    CHECK(next.from() == 80);
    REQUIRE(next.ahead_size() == 1);
    CHECK(next.ahead(0).seq() == 20);
  }
}

TEST_CASE("sync reading: beyond the inbox a full page leaves the other channels to the next one") {
  wire::inbox_page page;
  add_beyond(page, 2, 10);
  add_beyond(page, 3, 20);
  auto reading = reading_of(10, 2 * long_bytes);
  auto asked = reading.take_page(page);
  SUBCASE("there is room") {
    CHECK(reading.take(asked.at(0), long_events(11, 11)).size() == 1);
  }
  SUBCASE("there is none") {
    CHECK(reading.take(asked.at(0), long_events(11, 12)).empty());
    CHECK(!reading.end_question());
    REQUIRE(reading.is_done());
    CHECK(reading.has_more());
    CHECK(reading.told_of(0) == 2);
    CHECK(place_after(reading).ahead(0).seq() == 12);
  }
}
