// Ids as text and back, at both sides of every border; the id of a DM; Slack's ts.
#include <doctest/doctest.h>

#include "runtime/base/ids.hpp"
#include "runtime/base/random.hpp"

namespace carillon {
namespace {

entity_id id(std::string_view text) {
  auto parsed = entity_id::parse(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}

bool is_id(std::string_view text) {
  return entity_id::parse(text).has_value();
}

}  // namespace

TEST_CASE("ids: a kind and twelve digits of base 36, and back") {
  CHECK(id("C000000000000") == entity_id{'C', 0});
  CHECK(id("U000000000001") == entity_id{'U', 1});
  CHECK(id("T00000000000Z") == entity_id{'T', 35});
  CHECK(id("D000000000010") == entity_id{'D', 36});
  CHECK(id("GZZZZZZZZZZZZ") == entity_id{'G', entity_id::number_end - 1});
  CHECK(entity_id{'B', entity_id::number_end - 1}.text() == "BZZZZZZZZZZZZ");
  CHECK(entity_id{'A', 36}.text() == "A000000000010");
}

TEST_CASE("ids: every number survives the way through text") {
  seeded_random random(36);
  for (char kind : std::string_view("TUBACDG")) {
    for (int i = 0; i < 1'000; ++i) {
      entity_id one = random.new_id(kind);
      REQUIRE(one.number < entity_id::number_end);
      REQUIRE(entity_id::parse(one.text()) == one);
    }
  }
}

TEST_CASE("ids: digits stand as one division by 36 after another gives them") {
  seeded_random random(12);
  for (int i = 0; i < 1'000; ++i) {
    const std::uint64_t number = i < 100 ? static_cast<std::uint64_t>(i) * 36 : random.new_id('C').number;
    std::string slow = "C000000000000";
    std::uint64_t rest = number;
    for (std::size_t at = slow.size() - 1; at > 0; --at, rest /= 36)
      slow[at] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[rest % 36];
    CHECK(entity_id{'C', number}.text() == slow);
  }
}

TEST_CASE("ids: of all characters only digits and large letters are digits, wherever they stand") {
  for (std::size_t at = 1; at < entity_id::text_size; ++at)
    for (int c = 0; c < 256; ++c) {
      std::string text = "CZZZZZZZZZZZZ";
      text[at] = static_cast<char>(c);
      CHECK(is_id(text) == ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z')));
    }
}

TEST_CASE("ids: anything but the exact form is refused") {
  CHECK(is_id("C0K3ZT9QW1B7M"));
  CHECK_FALSE(is_id("C0K3ZT9QW1B7"));    // a digit less
  CHECK_FALSE(is_id("C0K3ZT9QW1B7MA"));  // a digit more
  CHECK_FALSE(is_id("X0K3ZT9QW1B7M"));   // no such kind
  CHECK_FALSE(is_id("c0K3ZT9QW1B7M"));
  CHECK_FALSE(is_id("C0k3ZT9QW1B7M"));
  CHECK_FALSE(is_id("C0K3ZT9QW1B7-"));
  CHECK_FALSE(is_id("C0K3ZT9QW1B7 "));
  CHECK_FALSE(is_id(std::string_view("C0K3ZT9QW1B7\0", 13)));
  CHECK_FALSE(is_id(""));
}

TEST_CASE("ids: no id is false, has no text, and sorts first") {
  entity_id none;
  CHECK_FALSE(none);
  CHECK(none.text().empty());
  CHECK(none < id("A000000000000"));
  CHECK(id("C000000000000"));
}

TEST_CASE("ids: within a kind, numbers and texts sort alike") {
  seeded_random random(13);
  for (int i = 0; i < 1'000; ++i) {
    entity_id a = random.new_id('U');
    entity_id b = random.new_id('U');
    REQUIRE((a < b) == (a.text() < b.text()));
  }
}

TEST_CASE("ids: channels are channels, DMs and group DMs, nothing else") {
  for (char kind : std::string_view("CDG"))
    CHECK(entity_id{kind, 1}.is_channel());
  for (char kind : std::string_view("TUBA"))
    CHECK_FALSE(entity_id{kind, 1}.is_channel());
  CHECK_FALSE(entity_id{}.is_channel());
}

TEST_CASE("ids: the DM of the same people is the same, in any order and however often named") {
  entity_id team = id("T000000000001");
  entity_id a = id("U00000000000A");
  entity_id b = id("U00000000000B");
  entity_id c = id("U00000000000C");
  // Known answers: conversations.open has no other table.
  CHECK(direct_channel_id(team, {a, b}).text() == "DN7JWKAE81VI1");
  CHECK(direct_channel_id(team, {a}).text() == "D91AORYF1H5EU");
  CHECK(direct_channel_id(team, {a, b, c}).text() == "GOWJOQN95OEID");

  CHECK(direct_channel_id(team, {b, a}) == direct_channel_id(team, {a, b}));
  CHECK(direct_channel_id(team, {b, a, b, a}) == direct_channel_id(team, {a, b}));
  CHECK(direct_channel_id(team, {a, a}) == direct_channel_id(team, {a}));
  CHECK(direct_channel_id(team, {c, a, b}) == direct_channel_id(team, {a, b, c}));
  CHECK(direct_channel_id(team, {a, b}) != direct_channel_id(team, {a, c}));
  CHECK(direct_channel_id(id("T000000000002"), {a, b}) != direct_channel_id(team, {a, b}));
}

TEST_CASE("ids: two people have a DM, three a group DM") {
  entity_id team = id("T000000000001");
  std::vector<entity_id> users{id("U000000000001"), id("U000000000002")};
  CHECK(direct_channel_id(team, users).kind == id_kind::direct);
  users.push_back(id("U000000000003"));
  CHECK(direct_channel_id(team, users).kind == id_kind::group_dm);
}

TEST_CASE("ts: six digits of microseconds, always") {
  CHECK(format_ts(0) == "0.000000");
  CHECK(format_ts(1) == "0.000001");
  CHECK(format_ts(999'999) == "0.999999");
  CHECK(format_ts(1'000'000) == "1.000000");
  CHECK(format_ts(1'700'000'000'000'123) == "1700000000.000123");
}

TEST_CASE("ts: Slack's own forms are read") {
  CHECK(parse_ts("1700000000.000123") == 1'700'000'000'000'123);
  CHECK(parse_ts("1700000000") == 1'700'000'000'000'000);
  CHECK(parse_ts("1700000000.5") == 1'700'000'000'500'000);
  CHECK(parse_ts("0") == 0);
  CHECK(parse_ts("0.000001") == 1);
  CHECK(parse_ts("00000000007.000001") == 7'000'001);
}

TEST_CASE("ts: what is not a ts is refused, at both sides of the border") {
  CHECK(parse_ts("99999999999.999999") == 99'999'999'999'999'999);
  CHECK_FALSE(parse_ts("100000000000.000000"));  // twelve digits of seconds
  CHECK(parse_ts("1.123456"));
  CHECK_FALSE(parse_ts("1.1234567"));
  CHECK(parse_ts("1.1"));
  CHECK_FALSE(parse_ts("1."));
  for (const char* text : {"", ".", ".5", "-1", "+1", " 1", "1 ", "1.5 ", "1.-5", "1e5", "1.2.3",
                           "1,5", "0x10", "now", "1.5a", "a1"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_ts(text));
  }
  CHECK_FALSE(parse_ts(std::string_view("1\0", 2)));
}

TEST_CASE("ts: every timestamp survives the way through text") {
  seeded_random random(6);
  for (int i = 0; i < 1'000; ++i) {
    timestamp ts = random.below(100'000'000'000'000'000ULL);
    REQUIRE(parse_ts(format_ts(ts)) == ts);
  }
}

}  // namespace carillon
