// What an event stream's client shows when it comes back, and what a host reads out of that.
#include "actors/stream_mark.hpp"

#include <string>

#include <doctest/doctest.h>

using namespace carillon;

namespace {

const entity_id lobby{id_kind::channel, 10};
const entity_id direct{id_kind::direct, 3};

entity_id channel(std::uint64_t number) {
  return {id_kind::channel, number};
}

}  // namespace

TEST_CASE("stream mark: the cursor, and what was told since, as carillon.sync takes it") {
  stream_mark mark("abc_-", {{direct, 4}});
  mark.after(lobby.text(), 17);
  const std::string text = mark.after(lobby.text(), 18);
  CHECK(text == "abc_-~" + lobby.text() + ".18~" + direct.text() + ".4");
  const auto place = read_stream_mark(text);
  REQUIRE(place);
  CHECK(place->cursor == "abc_-");
  const auto seen = read_seen(place->seen);
  REQUIRE(seen);
  CHECK(*seen == seqs_by_channel{{lobby, 18}, {direct, 4}});
}

TEST_CASE("stream mark: a cursor alone is one") {
  const auto place = read_stream_mark("abc");
  REQUIRE(place);
  CHECK(place->cursor == "abc");
  CHECK(read_seen(place->seen)->empty());
}

TEST_CASE("stream mark: what nobody said is none") {
  const std::string id = lobby.text();
  CHECK(!read_stream_mark(""));
  CHECK(!read_stream_mark("~" + id + ".1"));
  for (const std::string& bad : {std::string("~"), "~" + id, "~" + id + ".", "~" + id + ".x", "~" + id + ".1x",
                                 std::string("~lobby.1"), "~~" + id + ".1", "~" + id + ".99999999999999999999999"})
    CHECK_MESSAGE(!read_stream_mark("abc" + bad), bad);
}

TEST_CASE("stream mark: channels that it has no room for are left out, the others go on") {
  const std::size_t one = 35;  // the longest that is said of a channel
  stream_mark mark("abc", {}, 3 + 2 * one);
  mark.after(channel(1).text(), 5);
  mark.after(channel(2).text(), ~0ULL);
  CHECK(read_seen(read_stream_mark(mark.after(channel(3).text(), 7))->seen)->size() == 2);
  const std::string text = mark.after(channel(1).text(), 6);
  CHECK(text.size() <= 3 + 2 * one);
  CHECK(read_seen(read_stream_mark(text)->seen)->at(channel(1)) == 6);
}

TEST_CASE("stream mark: there is none where not even the cursor has room") {
  CHECK(stream_mark("abc", {}, 3).after(lobby.text(), 1) == "abc");
  CHECK(stream_mark("abc", {}, 2).after(lobby.text(), 1).empty());
}
