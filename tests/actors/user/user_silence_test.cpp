// A device that is found to be gone may have been gone for long: the slot hears until when it was there.
#include "tests/actors/user/user_house.hpp"

namespace carillon::test {
namespace {

TEST_CASE("user: the slot hears until when the last device was there, also of who was away already") {
  user_house house;
  house.online(1);
  house.online(2);
  house.away(true);
  house.slot.presence.clear();
  house.offline(1, 3);
  CHECK(house.slot.presence.empty());
  house.offline(2, 7);
  REQUIRE(house.slot.presence.size() == 1);
  CHECK(house.slot.presence[0].as_before);  // for others
  CHECK(house.slot.presence[0].seen_until == house.now - 3'000);
  house.online(3);
  house.slot.presence.clear();
  house.offline(3);
  REQUIRE(house.slot.presence.size() == 1);
  CHECK(house.slot.presence[0].seen_until == house.now);
}

}  // namespace
}  // namespace carillon::test
