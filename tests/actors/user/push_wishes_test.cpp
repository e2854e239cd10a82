// What a user says about pushes, and what is written of it.
#include "actors/user/push_wishes.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

const entity_id ann{id_kind::user, 1};

wire::change_push target(const char* device, const char* token) {
  wire::change_push out;
  out.mutable_add()->set_device(device);
  out.mutable_add()->set_provider("webhook");
  out.mutable_add()->set_token(token);
  return out;
}
wire::change_push forget(const char* device, const char* token = "", timestamp dead_since = 0) {
  wire::change_push out;
  out.mutable_forget()->set_device(device);
  out.mutable_forget()->set_token(token);
  out.mutable_forget()->set_dead_since(dead_since);
  return out;
}
wire::change_push level(const char* channel, wire::push_level of) {
  wire::change_push out;
  out.add_channels()->set_channel_id(channel);
  out.mutable_channels(0)->set_level(of);
  return out;
}

TEST_CASE("push wishes: a device is registered with its time, and another token replaces the one before") {
  push_wishes said(ann, 2);
  auto outcome = said.change(target("phone", "a"), "T1", 100);
  REQUIRE(outcome);
  const auto& row = outcome->command->user().push();
  CHECK(row.user_id() == ann.text());
  CHECK(row.team_id() == "T1");
  CHECK(row.targets(0).registered() == 100);
  REQUIRE(said.change(target("phone", "b"), "T1", 200));
  REQUIRE(said.said().targets_size() == 1);
  CHECK(said.said().targets(0).token() == "b");
}

TEST_CASE("push wishes: one device too many, and the one that was registered first goes") {
  push_wishes said(ann, 2);
  (void)said.change(target("phone", "a"), "", 100);
  (void)said.change(target("tab", "b"), "", 200);
  REQUIRE(said.change(target("watch", "c"), "", 300));
  REQUIRE(said.said().targets_size() == 2);
  CHECK(said.said().targets(0).device() == "tab");
}

TEST_CASE("push wishes: what one device is reached by is no other device's any more") {
  push_wishes said(ann, 3);
  (void)said.change(target("phone", "a"), "", 100);
  (void)said.change(target("tab", "b"), "", 200);
  REQUIRE(said.change(target("new-phone", "a"), "", 300));
  REQUIRE(said.said().targets_size() == 2);
  CHECK(said.said().targets(0).device() == "tab");
  CHECK(said.said().targets(1).device() == "new-phone");
  auto other = target("old-phone", "a");  // another provider's, and so another device
  other.mutable_add()->set_provider("fcm");
  REQUIRE(said.change(other, "", 400));
  CHECK(said.said().targets_size() == 3);
}

TEST_CASE("push wishes: a dead token is forgotten if it is the same still and was not registered since") {
  push_wishes said(ann, 2);
  (void)said.change(target("phone", "a"), "", 100);
  CHECK(said.change(forget("tab"), "", 200).code() == errc::unknown_device);
  CHECK(said.change(forget("phone", "b"), "", 200).code() == errc::unknown_device);
  CHECK(said.change(forget("phone", "a", 99), "", 200).code() == errc::unknown_device);
  CHECK(said.said().targets_size() == 1);
  REQUIRE(said.change(forget("phone", "a", 100), "", 200));
  CHECK(said.said().targets_size() == 0);
}

TEST_CASE("push wishes: a forgotten device has no target any more") {
  push_wishes said(ann, 2);
  (void)said.change(target("phone", "a"), "", 100);
  wire::user_change change;
  said.forget_device("tab", change);
  CHECK_FALSE(change.has_push());
  said.forget_device("phone", change);
  REQUIRE(change.has_push());
  CHECK(change.push().targets().empty());
}

TEST_CASE("push wishes: channels have levels of their own, by id, until they have none") {
  push_wishes said(ann, 2);
  for (const char* channel : {"C3", "C1", "C2"})
    REQUIRE(said.change(level(channel, wire::PUSH_ALL), "", 0));
  REQUIRE(said.said().channels_size() == 3);
  CHECK(said.said().channels(0).channel_id() == "C1");
  CHECK(said.said().channels(2).channel_id() == "C3");
  REQUIRE(said.change(level("C2", wire::PUSH_NOTHING), "", 0));
  CHECK(said.said().channels(1).level() == wire::PUSH_NOTHING);
  REQUIRE(said.change(level("C2", wire::PUSH_DEFAULT), "", 0));
  CHECK(said.said().channels_size() == 2);
  REQUIRE(said.change(level("C9", wire::PUSH_DEFAULT), "", 0));
  CHECK(said.said().channels_size() == 2);
}

TEST_CASE("push wishes: as many channels as there may be, and no more") {
  push_wishes said(ann, 2);
  for (int i = 0; i < push_wishes::channels_max; ++i)
    REQUIRE(said.change(level(("C" + std::to_string(i)).c_str(), wire::PUSH_ALL), "", 0));
  CHECK(said.change(level("D", wire::PUSH_ALL), "", 0).code() == errc::invalid_arguments);
  CHECK(said.said().channels_size() == push_wishes::channels_max);
  CHECK(said.change(level("C7", wire::PUSH_NOTHING), "", 0));
}

TEST_CASE("push wishes: hours are said in parts, and what is not said stays") {
  push_wishes said(ann, 2);
  const auto part = [](auto set) {
    wire::change_push out;
    set(*out.mutable_hours());
    return out;
  };
  REQUIRE(said.change(part([](auto& hours) { hours.set_enabled(true), hours.set_start(22 * 60); }), "", 0));
  REQUIRE(said.change(part([](auto& hours) { hours.set_end(7 * 60); }), "", 0));
  REQUIRE(said.change(part([](auto& hours) { hours.set_zone("Europe/Berlin"); }), "", 0));
  CHECK(said.said().dnd_enabled());
  CHECK(said.said().dnd_start() == 22 * 60);
  CHECK(said.said().dnd_end() == 7 * 60);
  CHECK(said.said().dnd_zone() == "Europe/Berlin");
  const auto same = part([](auto& hours) { hours.set_start(7 * 60); });
  CHECK(said.change(same, "", 0).code() == errc::invalid_arguments);  // no length
  CHECK(said.said().dnd_start() == 22 * 60);
  REQUIRE(said.change(part([](auto& hours) { hours.set_enabled(false); }), "", 0));
  CHECK_FALSE(said.said().dnd_enabled());
  CHECK(said.change(same, "", 0));
}

TEST_CASE("push wishes: new hours begin anew, a snooze is set and ended") {
  push_wishes said(ann, 2);
  wire::change_push ended;
  ended.set_dnd_ended(500);
  ended.set_snooze_until(900);
  REQUIRE(said.change(ended, "", 0));
  CHECK(said.said().dnd_ended() == 500);
  CHECK(said.said().snooze_until() == 900);
  wire::change_push hours;
  hours.mutable_hours()->set_enabled(true);
  hours.mutable_hours()->set_start(60);
  REQUIRE(said.change(hours, "", 0));
  CHECK(said.said().dnd_ended() == 0);
  CHECK(said.said().snooze_until() == 900);
}

}  // namespace
}  // namespace carillon::test
