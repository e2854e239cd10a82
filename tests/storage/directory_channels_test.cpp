// The catalogue of channels: who holds a name from the reservation through the first facts and a
// rename to the end, and listings with their borders and a large `also`.
#include <doctest/doctest.h>

#include "tests/storage/directory_fixture.hpp"

using namespace carillon;
using namespace carillon::storage;
using namespace carillon::test;

namespace {

constexpr timestamp later = day_one + 60'000'000;

channel_row row(std::uint64_t n, const std::string& name, timestamp updated = day_one) {
  return directory_fixture::channel(n, name, updated);
}

std::vector<std::uint64_t> numbers(const std::vector<channel_row>& rows) {
  std::vector<std::uint64_t> out;
  for (const channel_row& each : rows)
    out.push_back(each.id.number);
  return out;
}

using ids = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("catalogue: a channel's facts come back whole, bytes and all, also after a restart") {
  directory_fixture directory;
  channel_row given = row(2, "잡담");
  given.is_private = given.archived = given.general = true;
  given.topic = "주제 'a'";
  given.purpose = "p";
  given.facts = std::string("\0\x01\xff'z\0", 6);
  given.member_count = 4'000'000'000;
  REQUIRE(directory->upsert_channel(given));
  directory.reopen();
  auto found = directory->channel_by_id(channel_id(2));
  REQUIRE(found);
  REQUIRE(*found);
  const channel_row& read = **found;
  CHECK(read.team == team_id(1));
  CHECK(read.name == "잡담");
  CHECK(read.is_private);
  CHECK(read.archived);
  CHECK(read.general);
  CHECK(read.creator == user_id(1));
  CHECK(read.created == 1'700'000'000);
  CHECK(read.updated == day_one);
  CHECK(read.topic == given.topic);
  CHECK(read.purpose == "p");
  CHECK(read.facts == given.facts);
  CHECK(read.member_count == 4'000'000'000);
  CHECK_FALSE(read.reserved);
  CHECK((*directory->channel_by_name(team_id(1), "잡담"))->id == channel_id(2));
  CHECK_FALSE(*directory->channel_by_name(team_id(2), "잡담"));
  CHECK_FALSE(*directory->channel_by_id(channel_id(3)));
}

TEST_CASE("catalogue: older facts change nothing, the same and newer ones do") {
  directory_fixture directory;
  auto with_topic = [](const char* topic, timestamp updated) {
    channel_row given = row(2, "random", updated);
    given.topic = topic;
    return given;
  };
  REQUIRE(directory->upsert_channel(with_topic("first", day_one)));
  REQUIRE(directory->upsert_channel(with_topic("older", day_one - 1)));
  CHECK((*directory->channel_by_id(channel_id(2)))->topic == "first");
  REQUIRE(directory->upsert_channel(with_topic("same", day_one)));
  CHECK((*directory->channel_by_id(channel_id(2)))->topic == "same");
  REQUIRE(directory->upsert_channel(with_topic("newer", day_one + 1)));
  CHECK((*directory->channel_by_id(channel_id(2)))->topic == "newer");
}

TEST_CASE("catalogue: a reserved name is taken, for its own channel it is not") {
  directory_fixture directory;
  REQUIRE(directory->reserve_channel_name(row(2, "random"), day_one, day_one - 1));
  CHECK((*directory->channel_by_name(team_id(1), "random"))->reserved);
  CHECK(directory->reserve_channel_name(row(3, "random"), day_one, day_one - 1).code() ==
        errc::name_taken);
  CHECK_FALSE(*directory->channel_by_id(channel_id(3)));
  CHECK(directory->reserve_channel_name(row(2, "random"), day_one, day_one - 1));
  channel_row elsewhere = row(3, "random");
  auto team = team_row{.id = team_id(2), .name = "Two", .domain = {}, .created = 0, .general = {}};
  REQUIRE(directory->add_team(team));
  elsewhere.team = team_id(2);
  CHECK(directory->reserve_channel_name(elsewhere, day_one, day_one - 1));
}

TEST_CASE("catalogue: a reservation becomes the channel with its first facts") {
  directory_fixture directory;
  REQUIRE(directory->reserve_channel_name(row(2, "random"), day_one, 0));
  REQUIRE(directory->upsert_channel(row(2, "random", day_one - 5)));  // its own clock may be behind
  CHECK_FALSE((*directory->channel_by_name(team_id(1), "random"))->reserved);
  // Now it is in use: no time makes it stale, nothing releases it, and reserving it again is idle.
  CHECK(directory->reserve_channel_name(row(3, "random"), later, later).code() == errc::name_taken);
  CHECK(directory->release_channel_name(channel_id(2)));
  CHECK(directory->reserve_channel_name(row(2, "random"), later, 0));
  CHECK_FALSE((*directory->channel_by_name(team_id(1), "random"))->reserved);
}

TEST_CASE("catalogue: a reservation that became nothing is taken over once it is stale") {
  directory_fixture directory;
  REQUIRE(directory->reserve_channel_name(row(2, "random"), day_one, 0));
  CHECK(directory->reserve_channel_name(row(3, "random"), later, day_one).code() ==
        errc::name_taken);
  CHECK(directory->reserve_channel_name(row(3, "random"), later, day_one + 1));
  CHECK((*directory->channel_by_name(team_id(1), "random"))->id == channel_id(3));
  CHECK_FALSE(*directory->channel_by_id(channel_id(2)));
}

TEST_CASE("catalogue: a released reservation leaves nothing behind") {
  directory_fixture directory;
  REQUIRE(directory->reserve_channel_name(row(2, "random"), day_one, 0));
  CHECK(directory->release_channel_name(channel_id(2)));
  CHECK_FALSE(*directory->channel_by_id(channel_id(2)));
  CHECK(directory->reserve_channel_name(row(3, "random"), day_one, 0));
  CHECK(directory->release_channel_name(channel_id(9)));  // nothing was reserved: fine
}

TEST_CASE("catalogue: an archived channel keeps its name") {
  directory_fixture directory;
  channel_row archived = row(2, "random");
  archived.archived = true;
  REQUIRE(directory->upsert_channel(archived));
  CHECK(directory->reserve_channel_name(row(3, "random"), later, later).code() == errc::name_taken);
}

TEST_CASE("catalogue: while a channel is renamed it holds both names, afterwards the new one") {
  directory_fixture directory;
  REQUIRE(directory->upsert_channel(row(2, "old")));
  REQUIRE(directory->reserve_rename(channel_id(2), "new", day_one, 0));
  CHECK(directory->reserve_channel_name(row(3, "old"), day_one, 0).code() == errc::name_taken);
  CHECK(directory->reserve_channel_name(row(3, "new"), day_one, 0).code() == errc::name_taken);
  CHECK((*directory->channel_by_name(team_id(1), "old"))->id == channel_id(2));
  CHECK_FALSE(*directory->channel_by_name(team_id(1), "new"));
  // Another fact of the channel that comes in between ends nothing.
  REQUIRE(directory->upsert_channel(row(2, "old", day_one + 1)));
  CHECK(directory->reserve_channel_name(row(3, "new"), day_one, 0).code() == errc::name_taken);
  REQUIRE(directory->upsert_channel(row(2, "new", day_one + 2)));
  CHECK((*directory->channel_by_name(team_id(1), "new"))->id == channel_id(2));
  CHECK_FALSE(*directory->channel_by_name(team_id(1), "old"));
  CHECK(directory->reserve_channel_name(row(3, "old"), day_one, 0));
  CHECK(directory->reserve_channel_name(row(4, "new"), later, later).code() == errc::name_taken);
}

TEST_CASE("catalogue: a rename is refused for a taken name and for a channel that is not there") {
  directory_fixture directory;
  REQUIRE(directory->upsert_channel(row(2, "two")));
  REQUIRE(directory->upsert_channel(row(3, "three")));
  REQUIRE(directory->reserve_channel_name(row(4, "four"), day_one, 0));
  CHECK(directory->reserve_rename(channel_id(2), "three", day_one, later).code() ==
        errc::name_taken);
  CHECK(directory->reserve_rename(channel_id(2), "four", day_one, day_one).code() ==
        errc::name_taken);
  CHECK(directory->reserve_rename(channel_id(2), "four", later, day_one + 1));
  CHECK(directory->reserve_rename(channel_id(2), "two", later, 0));  // its own name
  CHECK(directory->reserve_rename(channel_id(4), "five", day_one, 0).code() ==
        errc::channel_not_found);
}

TEST_CASE("catalogue: a rename that never happened gives its name back") {
  directory_fixture directory;
  REQUIRE(directory->upsert_channel(row(2, "old")));
  SUBCASE("when it is released") {
    REQUIRE(directory->reserve_rename(channel_id(2), "new", day_one, 0));
    CHECK(directory->release_channel_name(channel_id(2)));
    CHECK(directory->reserve_channel_name(row(3, "new"), day_one, 0));
  }
  SUBCASE("when another rename follows") {
    REQUIRE(directory->reserve_rename(channel_id(2), "new", day_one, 0));
    REQUIRE(directory->reserve_rename(channel_id(2), "newer", day_one, 0));
    CHECK(directory->reserve_channel_name(row(3, "new"), day_one, 0));
  }
  SUBCASE("when it is stale, and the channel itself stays") {
    REQUIRE(directory->reserve_rename(channel_id(2), "new", day_one, 0));
    CHECK(directory->reserve_channel_name(row(3, "new"), later, day_one).code() ==
          errc::name_taken);
    CHECK(directory->reserve_channel_name(row(3, "new"), later, day_one + 1));
  }
  CHECK((*directory->channel_by_name(team_id(1), "old"))->id == channel_id(2));
}

TEST_CASE("catalogue: facts win over a reservation of the same name by another channel") {
  directory_fixture directory;
  REQUIRE(directory->reserve_channel_name(row(2, "random"), day_one, 0));
  REQUIRE(directory->upsert_channel(row(3, "random")));
  CHECK((*directory->channel_by_name(team_id(1), "random"))->id == channel_id(3));
  // Two real channels of one name are both listed; the first keeps the name.
  REQUIRE(directory->upsert_channel(row(4, "random")));
  CHECK((*directory->channel_by_name(team_id(1), "random"))->id == channel_id(3));
  CHECK(directory->list_channels({.team = team_id(1), .also = {}, .after = {}})->rows.size() == 2);
}

TEST_CASE("catalogue: channels without a name (DMs) never collide") {
  directory_fixture directory;
  CHECK(directory->upsert_channel(row(2, "")));
  CHECK(directory->upsert_channel(row(3, "")));
  CHECK_FALSE(*directory->channel_by_name(team_id(1), ""));
}

TEST_CASE("catalogue: a listing shows public ones, private ones of `also`, and no reservations") {
  directory_fixture directory;
  for (std::uint64_t n = 2; n <= 7; ++n) {
    channel_row given = row(n, "c" + std::to_string(n));
    given.is_private = n % 2 == 1;
    given.archived = n >= 6;
    REQUIRE(directory->upsert_channel(given));
  }
  REQUIRE(directory->reserve_channel_name(row(8, "c8"), day_one, 0));
  directory::channel_query query;
  query.team = team_id(1);
  query.also = {channel_id(7), channel_id(3), channel_id(3), channel_id(4), channel_id(99)};
  CHECK(numbers(directory->list_channels(query)->rows) == ids{2, 4, 6});
  query.privates = true;
  CHECK(numbers(directory->list_channels(query)->rows) == ids{2, 3, 4, 6, 7});
  query.exclude_archived = true;
  CHECK(numbers(directory->list_channels(query)->rows) == ids{2, 3, 4});
  query.publics = false;
  CHECK(numbers(directory->list_channels(query)->rows) == ids{3});
  query.privates = false;
  CHECK(directory->list_channels(query)->rows.empty());
  query.publics = true;
  query.team = team_id(2);
  CHECK(directory->list_channels(query)->rows.empty());
}

TEST_CASE("catalogue: pages of a mixed listing meet without a gap or a repeat") {
  directory_fixture directory;
  directory::channel_query query;
  query.team = team_id(1);
  query.privates = true;
  ids expected;
  for (std::uint64_t n = 2; n <= 13; ++n) {
    channel_row given = row(n, "c" + std::to_string(n));
    given.is_private = n % 3 == 0;
    REQUIRE(directory->upsert_channel(given));
    if (given.is_private)
      query.also.push_back(given.id);
    expected.push_back(n);
  }
  for (std::uint32_t limit = 1; limit <= 13; ++limit) {
    query.limit = limit;
    query.after.clear();
    ids seen;
    std::size_t pages = 0;
    do {
      auto page = directory->list_channels(query);
      REQUIRE(page);
      CHECK(page->rows.size() <= limit);
      for (std::uint64_t n : numbers(page->rows))
        seen.push_back(n);
      query.after = page->next;
      ++pages;
    } while (!query.after.empty());
    CAPTURE(limit);
    CHECK(seen == expected);
    CHECK(pages == (expected.size() + limit - 1) / limit);
  }
}

TEST_CASE("catalogue: a caller in thousands of private channels gets a page of them") {
  directory_fixture directory;
  directory::channel_query query;
  query.team = team_id(1);
  query.publics = false;
  query.privates = true;
  query.limit = 2;
  for (std::uint64_t n = 5'000; n > 0; --n)
    query.also.push_back(channel_id(n));
  // Only four of them exist, in different chunks of the statement.
  for (std::uint64_t n : {1, 1'700, 2'600, 5'000}) {
    channel_row given = row(n, "c" + std::to_string(n));
    given.is_private = true;
    REQUIRE(directory->upsert_channel(given));
  }
  auto first = directory->list_channels(query);
  REQUIRE(first);
  CHECK(numbers(first->rows) == ids{1, 1'700});
  query.after = first->next;
  auto second = directory->list_channels(query);
  REQUIRE(second);
  CHECK(numbers(second->rows) == ids{2'600, 5'000});
  CHECK(second->next.empty());
}
