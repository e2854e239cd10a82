// Cursors, and the windows of conversations.history that they go on with.
#include "actors/cursor.hpp"
#include "actors/api/history_page.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

arguments args(std::string query) {
  edge::http_request request;
  request.query = std::move(query);
  return *arguments::read(request);
}

wire::read_history window(std::string query) {
  auto out = history_query(args(std::move(query)), 1000);
  REQUIRE(out);
  return *out;
}

TEST_CASE("cursor: looks like Slack's and comes back whole") {
  CHECK(make_cursor("team", "C1H9RESGL") == "dGVhbTpDMUg5UkVTR0w=");
  for (std::string position : {"a", "ab", "abc", "abcd"})
    CHECK(read_cursor("user", make_cursor("user", position)) == position);
}

TEST_CASE("cursor: one of another type, or made up, is not ours") {
  CHECK_FALSE(read_cursor("user", make_cursor("team", "C1")));
  CHECK_FALSE(read_cursor("user", make_cursor("users", "C1")));
  CHECK_FALSE(read_cursor("user", "!!!"));
  CHECK_FALSE(read_cursor("user", ""));
  CHECK_FALSE(read_cursor("user", std::string(129, 'A')));
}

TEST_CASE("history: only oldest starts there, latest or nothing starts at the newest") {
  CHECK(window("oldest=5").from_oldest());
  CHECK_FALSE(window("latest=5").from_oldest());
  CHECK_FALSE(window("oldest=1&latest=5").from_oldest());
  CHECK_FALSE(window("").from_oldest());
  CHECK(window("oldest=5&latest=now").oldest() == 5'000'000);
}

TEST_CASE("history: limits, and what is no ts") {
  CHECK(window("").limit() == 100);
  CHECK(window("limit=5000").limit() == 1000);
  CHECK(history_query(args("oldest=x"), 1000).code() == errc::invalid_ts_oldest);
  CHECK(history_query(args("latest=x"), 1000).code() == errc::invalid_ts_latest);
  CHECK(history_query(args("limit=x"), 1000).code() == errc::invalid_limit);
  CHECK(history_query(args("cursor=x"), 1000).code() == errc::invalid_cursor);
}

TEST_CASE("history: a page without more has no cursor") {
  wire::channel_reply page;
  page.add_messages()->set_ts(5);
  CHECK(history_cursor(page, false).empty());
  page.set_has_more(true);
  CHECK_FALSE(history_cursor(page, false).empty());
}

TEST_CASE("history: the next page lies beyond the last message, in the same direction") {
  wire::channel_reply page;
  page.set_has_more(true);
  page.add_messages()->set_ts(30);
  page.add_messages()->set_ts(20);

  std::string older = "cursor=" + history_cursor(page, false);
  CHECK(window(older).latest() == 20);
  CHECK(window(older + "&inclusive=true").latest() == 19);
  CHECK_FALSE(window(older + "&oldest=0.000001").from_oldest());

  std::string newer = "cursor=" + history_cursor(page, true);
  CHECK(window(newer + "&oldest=0.000001").oldest() == 30);
  CHECK(window(newer + "&oldest=0.000001&inclusive=1").oldest() == 31);
  CHECK(window(newer).from_oldest());  // also when `oldest` is not repeated
}

}  // namespace
}  // namespace carillon::api
