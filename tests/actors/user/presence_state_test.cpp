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
  CHECK(state.device_offline(here(1), 200) == 0);
  auto grace = state.device_offline(here(2), 300);
  CHECK(grace != 0);
  CHECK(state.active());  // for now
  CHECK(state.devices().empty());
  CHECK(state.grace_over(grace) == false);
  CHECK_FALSE(state.online());
  CHECK(state.grace_over(grace) == no_change);
}

TEST_CASE("presence: who is back within the grace period was never away") {
  presence_state state;
  state.device_online(here(1), 100);
  auto first = state.device_offline(here(1), 200);
  CHECK(state.device_online(here(2), 250) == no_change);
  CHECK(state.grace_over(first) == no_change);
  CHECK(state.active());
  // A later absence has a grace period of its own; the first one's end does not cut it short.
  auto second = state.device_offline(here(2), 300);
  CHECK(second != first);
  CHECK(state.grace_over(first) == no_change);
  CHECK(state.grace_over(second) == false);
}

TEST_CASE("presence: a device that was never there cannot go") {
  presence_state state;
  CHECK(state.device_offline(here(7), 100) == 0);
  state.device_online(here(1), 100);
  CHECK(state.device_offline(here(7), 100) == 0);
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
  auto grace = state.device_offline(here(1), 200);
  CHECK(state.grace_over(grace) == no_change);  // seen as away already
}

TEST_CASE("presence: connections are numbered by their hosts: two of one number are two devices") {
  presence_state state;
  state.device_online(here(1), 100);
  state.device_online(there(1), 100);
  CHECK(state.devices().size() == 2);
  CHECK(state.device_offline(there(1), 200) == 0);
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
  CHECK(state.grace_over(grace) == false);
  CHECK(state.devices().empty());
}

TEST_CASE("presence: who is still connected to another host stays active") {
  presence_state state;
  state.device_online(here(1), 100);
  state.device_online(there(1), 100);
  auto grace = state.host_lost(other_host);
  CHECK(state.grace_over(grace) == no_change);
  CHECK(state.active());
  CHECK(state.devices().size() == 1);
}

TEST_CASE("presence: a host that is back names its devices again, and they were never away") {
  presence_state state;
  state.device_online(there(1), 100);
  state.device_online(there(2), 100);
  auto first = state.host_lost(other_host);
  CHECK(state.device_online(there(1), 200) == no_change);
  CHECK(state.grace_over(first) == no_change);
  CHECK(state.active());
  CHECK(state.devices().size() == 1);  // nobody named the second
  // Lost once more: that grace is another one.
  auto second = state.host_lost(other_host);
  CHECK(state.grace_over(first) == no_change);
  CHECK(state.grace_over(second) == false);
}

}  // namespace
}  // namespace carillon::test
