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

sync_reading reading_of(std::uint32_t limit) {
  wire::sync_place place;
  place.set_user(me.text());
  place.set_device("phone");
  return {sync_plan(std::move(place), {}, 600), limit, since};
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
    REQUIRE(next->ahead_size() == 2);  // what was read beyond the inbox, of both
    CHECK(next->ahead(0).seq() == 11);
    CHECK(next->ahead(1).seq() == 21);
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
