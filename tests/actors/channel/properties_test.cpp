// Rename, topic, purpose, archive and unarchive: who may, what event and what facts follow.
#include "actors/channel/properties.hpp"
#include "tests/actors/channel/channel_cases.hpp"

namespace carillon::test {
namespace {

template <class Request>
Request with_value(const std::string& value) {
  Request out;
  out.set_value(value);
  return out;
}
wire::rename_channel to_name(const std::string& name) {
  wire::rename_channel out;
  out.set_name(name);
  return out;
}
channel_outcome topic(channel_case& c, const wire::caller& who, const std::string& value) {
  return properties::set_topic(c.state, who, with_value<wire::set_topic>(value), start);
}

TEST_CASE("properties: a new name keeps the old one among previous_names") {
  channel_case c;
  auto made = properties::rename(c.state, by(1), to_name("olds"), start);
  const auto& event = change(made).events(0);
  CHECK(event.message().subtype() == "channel_name");
  CHECK(event.message().old_name() == "news");
  CHECK(event.message().name() == "olds");
  CHECK(event.message().text() ==
        "<@" + user(1) + "> has renamed the channel from \"news\" to \"olds\"");
  CHECK(change(made).facts().name() == "olds");
  CHECK(change(made).facts().previous_names(0) == "news");
  CHECK(change(made).catalog());
}

TEST_CASE("properties: who may rename, and what cannot be renamed") {
  channel_case c, dm(wire::CHANNEL_DIRECT), archived;
  auto rename = [](channel_case& c, const wire::caller& who) {
    return outcome(properties::rename(c.state, who, to_name("olds"), start));
  };
  CHECK(rename(c, by(2)) == "not_allowed");
  CHECK(rename(c, admin(9)) == "not_in_channel");
  CHECK(rename(c, admin(2)) == "ok");
  CHECK(rename(dm, by(1)) == "method_not_supported_for_channel_type");
  archived.archive();
  CHECK(rename(archived, by(1)) == "is_archived");
}

TEST_CASE("properties: renaming to the same name changes nothing, and old names are bounded") {
  channel_case c;
  auto same = properties::rename(c.state, by(1), to_name("news"), start);
  REQUIRE(same);
  CHECK(same->command == nullptr);
  CHECK(same->reply.already());
  for (int i = 0; i < 40; ++i)
    c.commit(properties::rename(c.state, by(1), to_name("n" + std::to_string(i)), start));
  CHECK(c.state.facts().previous_names_size() == 16);
  CHECK(c.state.facts().previous_names(15) == "n38");
}

TEST_CASE("properties: any member sets topic and purpose; clearing them is said in other words") {
  channel_case c;
  auto made = topic(c, by(2), "today");
  CHECK(change(made).events(0).message().subtype() == "channel_topic");
  CHECK(change(made).events(0).message().topic() == "today");
  CHECK(change(made).events(0).message().text() ==
        "<@" + user(2) + "> set the channel topic: today");
  CHECK(change(made).facts().topic().value() == "today");
  CHECK(change(made).facts().topic().creator() == user(2));
  CHECK(change(made).facts().topic().last_set() == start / 1'000'000);
  CHECK(change(topic(c, by(2), "")).events(0).message().text() ==
        "<@" + user(2) + "> cleared the channel topic");

  auto purpose =
      properties::set_purpose(c.state, by(3), with_value<wire::set_purpose>("work"), start);
  CHECK(change(purpose).events(0).message().subtype() == "channel_purpose");
  CHECK(change(purpose).events(0).message().purpose() == "work");
  CHECK(change(purpose).facts().purpose().value() == "work");
}

TEST_CASE("properties: a topic has a limit in characters and repeats nothing") {
  settings config;
  config.limits.topic_max_characters = 3;
  channel_case c(wire::CHANNEL_PUBLIC, config);
  CHECK(outcome(topic(c, by(1), "주제는")) == "ok");
  CHECK(outcome(topic(c, by(1), "four")) == "too_long");
  auto same = topic(c, by(2), "주제는");
  REQUIRE(same);
  CHECK(same->command == nullptr);
}

TEST_CASE("properties: topics are for members of live channels") {
  channel_case c, closed(wire::CHANNEL_PRIVATE), dm(wire::CHANNEL_DIRECT);
  CHECK(outcome(topic(c, by(9), "x")) == "not_in_channel");
  CHECK(outcome(topic(closed, by(9), "x")) == "channel_not_found");
  CHECK(outcome(topic(dm, by(1), "x")) == "method_not_supported_for_channel_type");
  c.archive();
  CHECK(outcome(topic(c, by(1), "x")) == "is_archived");
}

TEST_CASE("properties: archive and unarchive, once each") {
  channel_case c;
  CHECK(outcome(properties::unarchive(c.state, by(1), start)) == "not_archived");
  CHECK(outcome(properties::archive(c.state, by(9), start)) == "not_in_channel");
  auto made = properties::archive(c.state, by(2), start);
  CHECK(change(made).facts().archived());
  CHECK(change(made).events(0).message().subtype() == "channel_archive");
  CHECK(change(made).members_removed_size() == 0);
  CHECK(outcome(properties::archive(c.state, by(2), start)) == "already_archived");
  auto back = properties::unarchive(c.state, by(2), start);
  CHECK_FALSE(change(back).facts().archived());
  CHECK(change(back).events(0).message().subtype() == "channel_unarchive");
  CHECK(change(back).members_added_size() == 0);
}

TEST_CASE("properties: who brings a channel back and is no member becomes one") {
  channel_case c, closed(wire::CHANNEL_PRIVATE);
  c.archive();
  auto back = properties::unarchive(c.state, by(9), start);
  REQUIRE(change(back).events_size() == 2);
  CHECK(change(back).events(1).message().subtype() == "channel_join");
  CHECK(change(back).members_added(0).user_id() == user(9));
  CHECK(change(back).members_added(0).joined_seq() == change(back).events(1).seq());
  closed.archive();
  CHECK(outcome(properties::unarchive(closed.state, by(9), start)) == "channel_not_found");
}

TEST_CASE("properties: general and DMs are never archived") {
  channel_case general, dm(wire::CHANNEL_GROUP_DM);
  general.make_general();
  CHECK(outcome(properties::archive(general.state, by(1), start)) == "cant_archive_general");
  CHECK(outcome(properties::archive(dm.state, by(1), start)) ==
        "method_not_supported_for_channel_type");
}

}  // namespace
}  // namespace carillon::test
