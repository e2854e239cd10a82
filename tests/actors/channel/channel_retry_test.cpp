// A post whose answer was lost is asked again with the key of the first attempt: the channel finds
// it in memory, or in the tables after a failover, and posts it once.
#include "tests/actors/channel/channel_house.hpp"

namespace carillon::test {
namespace {

struct retry_house : channel_house {
  reply_place attempt(std::uint32_t number, const std::string& key, std::uint64_t who = 1,
                      const std::string& client_msg_id = {}) {
    auto request = from(who);
    *request.mutable_post() = text("hello", client_msg_id);
    request.set_request_key(key);
    request.set_attempt(number);
    auto place = say(request);
    run();
    return place;
  }
  // Another host leads: what it knows is what the tables hold.
  void fail_over() {
    lose(errc::not_owner);
    activate();
    slot.proposed.clear();
  }
};

TEST_CASE("channel: a retry finds its first attempt in memory, and waits for its commit") {
  retry_house house;
  house.slot.commits = false;
  auto first = house.attempt(0, "key-1");
  auto retry = house.attempt(1, "key-1");
  CHECK(house.slot.proposed.size() == 1);
  CHECK(house.outcome(retry) == "waits");
  house.commit();
  REQUIRE(house.good(first));
  REQUIRE(house.good(retry));
  CHECK((*retry)->duplicate());
  CHECK((*retry)->event().message().ts() == (*first)->event().message().ts());
}

TEST_CASE("channel: a retry finds its first attempt in the tables after a failover") {
  retry_house house;
  auto first = house.attempt(0, "key-1");
  REQUIRE(house.good(first));
  house.fail_over();
  auto retry = house.attempt(1, "key-1");
  REQUIRE(house.good(retry));
  CHECK(house.slot.proposed.empty());
  CHECK((*retry)->event().seq() == (*first)->event().seq());
  CHECK((*retry)->event().message().text() == "hello");
}

TEST_CASE("channel: a retry of what the failover lost is posted") {
  retry_house house;
  house.slot.commits = false;
  auto first = house.attempt(0, "key-1");
  house.fail_over();
  CHECK(house.outcome(first) == "not_owner");
  house.slot.commits = true;
  auto retry = house.attempt(1, "key-1");
  REQUIRE(house.good(retry));
  CHECK_FALSE((*retry)->duplicate());
  REQUIRE(house.slot.proposed.size() == 1);
  CHECK(house.slot.proposed[0]->channel().request_key() == "key-1");
}

TEST_CASE("channel: a first attempt that was held up and comes after its retry is the same post") {
  retry_house house;
  auto retry = house.attempt(1, "key-1");
  auto late = house.attempt(0, "key-1");
  REQUIRE(house.good(late));
  CHECK((*late)->duplicate());
  CHECK(house.slot.proposed.size() == 1);
}

TEST_CASE("channel: so it is when another host leads by then, whose memory is fresh") {
  retry_house house;
  auto retry = house.attempt(1, "key-1");
  REQUIRE(house.good(retry));
  house.fail_over();
  auto late = house.attempt(0, "key-1");
  REQUIRE(house.good(late));
  CHECK((*late)->duplicate());
  CHECK((*late)->event().seq() == (*retry)->event().seq());
  CHECK(house.slot.proposed.empty());
}

TEST_CASE("channel: keys belong to their authors, and another key is another post") {
  retry_house house;
  house.attempt(0, "key-1");
  auto others = house.attempt(1, "key-1", 2);
  auto next = house.attempt(1, "key-2");
  REQUIRE(house.good(others));
  REQUIRE(house.good(next));
  CHECK_FALSE((*others)->duplicate());
  CHECK_FALSE((*next)->duplicate());
  CHECK(house.slot.proposed.size() == 3);
}

TEST_CASE("channel: a key has at most 32 bytes") {
  retry_house house;
  CHECK(house.outcome(house.attempt(0, std::string(32, 'k'))) == "ok");
  CHECK(house.outcome(house.attempt(0, std::string(33, 'k'))) == "invalid_arguments");
}

TEST_CASE("channel: an edit to what the message says already is no event") {
  retry_house house;
  auto posted = house.attempt(0, "key-1");
  const timestamp ts = (*posted)->event().message().ts();
  auto edited = house.edit(1, ts, "better");
  house.run();
  REQUIRE(house.good(edited));
  house.slot.proposed.clear();
  auto again = house.edit(1, ts, "better");
  house.run();
  REQUIRE(house.good(again));
  CHECK((*again)->event().message().text() == "better");
  CHECK((*again)->event().message().edited_ts() == (*edited)->event().ts());
  CHECK(house.slot.proposed.empty());
  house.edit(1, ts, "best");
  house.run();
  CHECK(house.slot.proposed.size() == 1);
}

TEST_CASE("channel: a deletion that is asked again finds the message gone, and is content") {
  retry_house house;
  auto posted = house.attempt(0, "key-1");
  auto request = house.from(1);
  request.mutable_delete_()->set_ts((*posted)->event().message().ts());
  auto first = house.say(request);
  house.run();
  REQUIRE(house.good(first));
  auto unasked = house.say(request);
  request.set_attempt(1);
  auto retry = house.say(request);
  house.run();
  CHECK(house.outcome(unasked) == "message_not_found");
  CHECK(house.outcome(retry) == "ok");
}

TEST_CASE("channel: an event says whose connection, of which host, it came from") {
  retry_house house;
  auto request = house.from(1);
  *request.mutable_post() = text("hello");
  request.mutable_by()->set_connection(42);
  request.mutable_by()->set_host(7);
  house.slot.commits = false;
  house.say(request);
  house.run();
  REQUIRE(house.slot.waiting.size() == 1);
  CHECK(house.slot.waiting[0].from_connection == 42);
  CHECK(house.slot.waiting[0].from_host == 7);
  house.commit();
}

}  // namespace
}  // namespace carillon::test
