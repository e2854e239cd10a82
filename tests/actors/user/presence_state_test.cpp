// What others see of a user as devices come and go. A change is told once, and only when there is
// one to see.
#include "actors/user/presence_state.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

constexpr presence_state::visible_change no_change = std::nullopt;
constexpr std::uint64_t this_host = 11;
constexpr std::uint64_t other_host = 22;

device here(std::uint64_t connection) {
  return {this_host, connection};
}
device there(std::uint64_t connection) {
  return {other_host, connection};
}

TEST_CASE("presence: the first device makes a user active, further ones change nothing") {
  presence_state state;
  CHECK_FALSE(state.active());
  CHECK(state.device_online(here(1), 100) == true);
  CHECK(state.device_online(here(2), 200) == no_change);
  CHECK(state.active());
  CHECK(state.devices().size() == 2);
  CHECK(state.last_activity() == 200);
}

TEST_CASE("presence: only the last device to go starts a grace period, and its end means away") {
  presence_state state;
  state.device_online(here(1), 100);
  state.device_online(here(2), 100);
  CHECK(state.device_offline(here(1)) == 0);
  auto grace = state.device_offline(here(2));
  CHECK(grace != 0);
  CHECK(state.active());  // for now
  CHECK(state.devices().empty());
  CHECK(state.grace_over(grace, 400) == false);
  CHECK_FALSE(state.online());
  CHECK(state.grace_over(grace, 400) == no_change);
}

TEST_CASE("presence: who is back within the grace period was never away") {
  presence_state state;
  state.device_online(here(1), 100);
  auto first = state.device_offline(here(1));
  CHECK(state.device_online(here(2), 250) == no_change);
  CHECK(state.grace_over(first, 400) == no_change);
  CHECK(state.active());
  // A later absence has a grace period of its own; the first one's end does not cut it short.
  auto second = state.device_offline(here(2));
  CHECK(second != first);
  CHECK(state.grace_over(first, 400) == no_change);
  CHECK(state.grace_over(second, 400) == false);
}

TEST_CASE("presence: until when anything was seen is the last sign of life of the last of all devices") {
  presence_state state;
  CHECK(state.seen_until() == 0);
  state.device_online(here(1), 100);
  state.device_online(here(2), 100);
  state.device_offline(here(1), 300);
  CHECK(state.seen_until() == 0);  // the other one shows what comes
  state.device_offline(here(2), 200);
  CHECK(state.seen_until() == 300);
  state.device_online(there(1), 400);
  CHECK(state.seen_until() == 0);
  state.host_lost(other_host, 500);
  CHECK(state.seen_until() == 500);
}

TEST_CASE("presence: of a device that nobody knew of it is known until when it was there") {
  presence_state state;
  CHECK(state.device_offline(here(1), 300) == 0);
  CHECK(state.seen_until() == 300);
}

TEST_CASE("presence: a device that was never there cannot go") {
  presence_state state;
  CHECK(state.device_offline(here(7)) == 0);
  state.device_online(here(1), 100);
  CHECK(state.device_offline(here(7)) == 0);
  CHECK(state.active());
}

TEST_CASE("presence: who chose away is away with any number of devices") {
  presence_state state;
  CHECK(state.choose_away(true) == no_change);
  CHECK(state.device_online(here(1), 100) == no_change);
  CHECK(state.online());
  CHECK_FALSE(state.active());
  CHECK(state.choose_away(false) == true);
  CHECK(state.choose_away(true) == false);
  auto grace = state.device_offline(here(1));
  CHECK(state.grace_over(grace, 400) == no_change);  // seen as away already
}

TEST_CASE("presence: connections are numbered by their hosts: two of one number are two devices") {
  presence_state state;
  state.device_online(here(1), 100);
  state.device_online(there(1), 100);
  CHECK(state.devices().size() == 2);
  CHECK(state.device_offline(there(1)) == 0);
  CHECK(state.active());
}

TEST_CASE("presence: the devices of a host that fell silent go when the grace is over, not before") {
  presence_state state;
  state.device_online(there(1), 100);
  state.device_online(there(2), 100);
  CHECK(state.host_lost(this_host) == 0);  // none of them is there
  auto grace = state.host_lost(other_host);
  CHECK(grace != 0);
  CHECK(state.active());
  CHECK(state.grace_over(grace, 400) == false);
  CHECK(state.devices().empty());
}

TEST_CASE("presence: in a grace period there is no connection, on a host in doubt neither") {
  presence_state state;
  CHECK_FALSE(state.has_connection());
  state.device_online(here(1), 100);
  state.device_online(there(1), 100);
  CHECK(state.has_connection());
  state.host_lost(other_host);
  CHECK(state.has_connection());
  CHECK(state.device_offline(here(1)) == 0);  // the other one may be back
  CHECK_FALSE(state.has_connection());
  CHECK(state.active());
  state.device_online(there(1), 200);
  CHECK(state.has_connection());
  state.device_offline(there(1));
  CHECK_FALSE(state.has_connection());
  CHECK(state.online());
}

TEST_CASE("presence: who is still connected to another host stays active") {
  presence_state state;
  state.device_online(here(1), 100);
  state.device_online(there(1), 100);
  auto grace = state.host_lost(other_host);
  CHECK(state.grace_over(grace, 400) == no_change);
  CHECK(state.active());
  CHECK(state.devices().size() == 1);
}

TEST_CASE("presence: a host that is back names its devices again, and they were never away") {
  presence_state state;
  state.device_online(there(1), 100);
  state.device_online(there(2), 100);
  auto first = state.host_lost(other_host);
  CHECK(state.device_online(there(1), 200) == no_change);
  CHECK(state.grace_over(first, 400) == no_change);
  CHECK(state.active());
  CHECK(state.devices().size() == 1);  // nobody named the second
  // Lost once more: that grace is another one.
  auto second = state.host_lost(other_host);
  CHECK(state.grace_over(first, 400) == no_change);
  CHECK(state.grace_over(second, 400) == false);
}

TEST_CASE("presence: who does nothing for the idle time is away at its end, and back with the next activity") {
  presence_state state(1'000);
  state.device_online(here(1), 100);
  CHECK(state.next_look() == 1'100);
  CHECK(state.look(1'099) == no_change);
  CHECK(state.look(1'100) == false);
  CHECK(state.auto_away());
  CHECK(state.online());
  CHECK(state.next_look() == 0);
  CHECK(state.device_active(here(1), 5'000) == true);
  CHECK_FALSE(state.auto_away());
  CHECK(state.next_look() == 6'000);
}

TEST_CASE("presence: the device that was used last decides; one that stands idle beside it changes nothing") {
  presence_state state(1'000);
  state.device_online(here(1), 100);
  state.device_online(there(2), 100);
  CHECK(state.device_active(there(2), 900) == no_change);
  CHECK(state.look(1'899) == no_change);
  CHECK(state.look(1'900) == false);
}

TEST_CASE("presence: an idle time of 0 never ends") {
  presence_state state(0);
  state.device_online(here(1), 100);
  CHECK(state.next_look() == 0);
  CHECK(state.look(~timestamp{0}) == no_change);
}

TEST_CASE("presence: a device that is named to the next leader brings along how long it stands idle") {
  presence_state state(1'000);
  CHECK(state.device_online(here(1), 5'000, 1'000) == no_change);
  CHECK(state.auto_away());
  CHECK(state.last_activity() == 4'000);
  CHECK(state.device_online(there(1), 5'000, 999) == true);
  // Named again while it is in use: what was known of it is newer.
  state.device_active(here(1), 5'500);
  state.device_online(here(1), 5'600, 3'000);
  state.device_online(here(1), 5'600, 0);
  CHECK(state.last_activity() == 5'500);
  CHECK(state.look(6'499) == no_change);
  CHECK(state.look(6'500) == false);
}

TEST_CASE("presence: coming back within the grace is no activity, coming back later is") {
  presence_state state(1'000);
  state.device_online(here(1), 100);
  state.device_offline(here(1));
  CHECK(state.device_online(here(2), 900) == no_change);
  CHECK(state.last_activity() == 100);
  CHECK(state.look(1'100) == false);
  CHECK(state.grace_over(state.device_offline(here(2)), 1'200) == no_change);
  CHECK(state.device_online(here(3), 1'300) == true);
  CHECK(state.last_activity() == 1'300);
}

TEST_CASE("presence: nothing is seen to happen while the grace runs, and its end says away") {
  presence_state state(1'000);
  state.device_online(here(1), 100);
  auto grace = state.device_offline(here(1));
  CHECK(state.look(5'000) == no_change);
  CHECK(state.grace_over(grace, 5'000) == false);
}

TEST_CASE("presence: activity without a connection counts for who is online, and for nobody else") {
  presence_state state(1'000);
  CHECK(state.user_active(50) == no_change);
  CHECK(state.last_activity() == 0);
  state.device_online(here(1), 100);
  state.look(1'100);
  CHECK(state.user_active(2'000) == true);
  CHECK(state.last_activity() == 2'000);
}

}  // namespace
}  // namespace carillon::test
