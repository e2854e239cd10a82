// How many posts a channel takes a minute, whoever writes them. The clock is the real one: what is
// counted here refills in five seconds or more.
#include "tests/actors/channel/channel_house.hpp"

namespace carillon::test {

TEST_CASE("channel: over its rate it takes no more posts, from nobody") {
  channel_house house;
  house.host.config.limits.channel_post_per_minute = 12;  // two at once
  auto first = house.post(1, "one");
  auto second = house.post(2, "two");
  auto third = house.post(1, "three");
  auto fourth = house.post(3, "four");
  house.run();
  CHECK(house.outcome(first) == "ok");
  CHECK(house.outcome(second) == "ok");
  CHECK(house.outcome(third) == "ratelimited");
  CHECK(house.outcome(fourth) == "ratelimited");
  CHECK(house.slot.proposed.size() == 2);
}

TEST_CASE("channel: what was posted before, or is refused anyway, does not count") {
  channel_house house;
  house.host.config.limits.channel_post_per_minute = 6;  // one at once
  auto empty = house.post(1, "");
  auto stranger = house.post(9, "not a member");
  auto first = house.post(1, "one", "id-1");
  house.run();
  CHECK(house.outcome(empty) == "no_text");
  CHECK(house.outcome(stranger) == "not_in_channel");
  CHECK(house.outcome(first) == "ok");
  auto again = house.post(1, "one", "id-1");
  auto next = house.post(1, "two", "id-2");
  house.run();
  REQUIRE(house.good(again));
  CHECK((*again)->duplicate());
  CHECK(house.outcome(next) == "ratelimited");
}

TEST_CASE("channel: without a limit it takes whatever comes") {
  channel_house house;
  std::vector<reply_place> posts;
  for (int i = 0; i < 100; ++i)
    posts.push_back(house.post(1, std::to_string(i)));
  house.run();
  for (const reply_place& each : posts)
    CHECK(house.outcome(each) == "ok");
}

TEST_CASE("channel: who may lead no more refuses nothing for the rate") {
  channel_house house;
  house.host.config.limits.channel_post_per_minute = 6;
  house.give_link();
  auto first = house.post(1, "one");
  house.run();
  CHECK(house.outcome(first) == "ok");
  house.slot.leads = false;  // who leads may know the second as posted
  auto second = house.post(1, "two");
  house.run();
  CHECK(house.outcome(second) == "not_owner");
}

}  // namespace carillon::test
