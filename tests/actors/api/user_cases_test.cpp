// users.*: lists, look-ups, presence and profiles.
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

TEST_CASE("users.list: pages by cursor, everyone once") {
  api_house house;
  person ada = house.sign_up("ada");
  for (const char* name : {"bob", "carol", "dave"})
    house.sign_up(name);
  house.sign_up("eve", "Others");
  std::vector<std::string> seen;
  fields form = {{"limit", "3"}};
  for (std::string next = "first"; !next.empty();) {
    reply_seen page = house.call("users.list", form, ada.token);
    REQUIRE(page.ok());
    for (const auto& member : page.array("members"))
      seen.emplace_back(member.as_object().at("name").as_string());
    next = page.object("response_metadata").at("next_cursor").as_string();
    form = {{"limit", "3"}, {"cursor", next}};
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<std::string>{"ada", "bob", "carol", "dave"});
  CHECK(house.call("users.list", {{"cursor", "bogus"}}, ada.token).error() == "invalid_cursor");
}

TEST_CASE("users.info and lookupByEmail: within the team only") {
  api_house house;
  person ada = house.sign_up("ada");
  person eve = house.sign_up("eve", "Others");
  CHECK(house.call("users.info", {{"user", ada.id}}, ada.token).object("user").at("name") == "ada");
  CHECK(house.call("users.info", {{"user", eve.id}}, ada.token).error() == "user_not_found");
  CHECK(house.call("users.info", {{"user", "nobody"}}, ada.token).error() == "user_not_found");
  CHECK(house.call("users.info", {}, ada.token).error() == "invalid_arguments");
  CHECK(house.call("users.lookupByEmail", {{"email", "ADA@example.org"}}, ada.token)
            .object("user")
            .at("id") == json_text(ada.id));
  CHECK(house.call("users.lookupByEmail", {{"email", "eve@example.org"}}, ada.token).error() ==
        "users_not_found");
}

TEST_CASE("presence: of others only whether they are there, of oneself everything") {
  api_house house;
  person ada = house.sign_up("ada");
  person bob = house.sign_up("bob");
  house.user = [](const wire::user_request&) {
    wire::user_reply reply;
    reply.set_active(true);
    reply.set_online(true);
    reply.set_connection_count(2);
    return reply;
  };
  reply_seen other = house.call("users.getPresence", {{"user", bob.id}}, ada.token);
  CHECK(other.text("presence") == "active");
  CHECK_FALSE(other.body.contains("connection_count"));
  reply_seen own = house.call("users.getPresence", {}, ada.token);
  CHECK(own.body.at("connection_count") == 2);
  CHECK(own.body.contains("last_activity"));
  CHECK_FALSE(own.body.at("auto_away").as_bool());
  CHECK(house.call("users.setPresence", {{"presence", "away"}}, ada.token).ok());
  CHECK(house.user_asked.back().choose_away().away());
  CHECK(house.call("users.setPresence", {{"presence", "auto"}}, ada.token).ok());
  CHECK_FALSE(house.user_asked.back().choose_away().away());
  CHECK(house.call("users.setPresence", {{"presence", "gone"}}, ada.token).error() ==
        "invalid_presence");
}

TEST_CASE("presence: without a client there is no last_activity, but when one was last active is told") {
  api_house house;
  person ada = house.sign_up("ada");
  house.user = [](const wire::user_request&) {
    wire::user_reply reply;
    reply.set_last_activity(1'700'000'000);
    return reply;
  };
  reply_seen own = house.call("users.getPresence", {}, ada.token);
  CHECK(own.text("presence") == "away");
  CHECK_FALSE(own.body.at("online").as_bool());
  CHECK_FALSE(own.body.at("auto_away").as_bool());
  CHECK_FALSE(own.body.contains("last_activity"));
  CHECK(own.body.at("last_active") == 1'700'000'000);
}

TEST_CASE("presence: saying that one is there is a word to the own slot, of no connection") {
  api_house house;
  person ada = house.sign_up("ada");
  CHECK(house.call("users.setActive", {}, ada.token).ok());
  CHECK(house.user_asked.back().has_device_activity());
  CHECK(house.user_asked.back().device_activity().connection() == 0);
}

TEST_CASE("friends: people of the own team are added and ended; oneself, strangers and the disabled are not") {
  api_house house;
  person ada = house.sign_up("ada");
  person bob = house.sign_up("bob");
  person eve = house.sign_up("eve", "Others");
  auto add = [&](const std::string& user) {
    return house.call("carillon.friends.add", {{"user", user}}, ada.token);
  };
  CHECK(add(bob.id).ok());
  CHECK(house.user_asked.back().user_id() == ada.id);
  CHECK(house.user_asked.back().change_friend().user_id() == bob.id);
  CHECK(house.user_asked.back().change_friend().friend_());
  CHECK(house.call("carillon.friends.remove", {{"user", bob.id}}, ada.token).ok());
  CHECK_FALSE(house.user_asked.back().change_friend().friend_());
  CHECK(add(ada.id).error() == "invalid_arguments");
  CHECK(add(eve.id).error() == "user_not_found");
  CHECK(add("U00000000000Z").error() == "user_not_found");
  CHECK(add("nobody").error() == "user_not_found");
  CHECK(house.call("carillon.friends.add", {}, ada.token).error() == "invalid_arguments");
  house.call("carillon.admin.users.disable", {{"user", bob.id}}, ada.token);
  CHECK(add(bob.id).error() == "user_disabled");
  CHECK(house.call("carillon.friends.remove", {{"user", bob.id}}, ada.token).ok());
}

TEST_CASE("friends: who has as many as one may have is not given another one, but keeps whom they have") {
  api_house house;
  person ada = house.sign_up("ada");
  person bob = house.sign_up("bob");
  std::size_t many = house.host.config.presence.friends_max;
  bool knows_ada = false;
  house.user = [&](const wire::user_request& request) {
    wire::user_reply reply;
    if (request.has_list_friends()) {
      for (std::size_t i = knows_ada; i < many; ++i)
        reply.add_friends(entity_id{id_kind::user, 1'000 + i}.text());
      if (knows_ada)
        reply.add_friends(ada.id);
    }
    return reply;
  };
  auto add = [&] { return house.call("carillon.friends.add", {{"user", bob.id}}, ada.token); };
  CHECK(add().error() == "too_many_users");
  knows_ada = true;
  CHECK(add().ok());
  knows_ada = false;
  --many;
  CHECK(add().ok());
  reply_seen listed = house.call("carillon.friends.list", {}, ada.token);
  CHECK(listed.body.at("friends").as_array().size() == many);
}

TEST_CASE("profile: set, announced, and seen by the next call") {
  api_house house;
  person ada = house.sign_up("ada");
  person bob = house.sign_up("bob");
  house.notices.clear();
  reply_seen set =
      house.call("users.profile.set",
                 {{"profile", R"({"status_text":"here","real_name":"Ada L."})"}}, ada.token);
  REQUIRE(set.ok());
  CHECK(set.object("profile").at("status_text") == "here");
  REQUIRE(house.notices.size() == 1);
  CHECK(house.notices[0].json.starts_with(R"({"type":"user_change")"));
  reply_seen seen = house.call("users.profile.get", {{"user", ada.id}}, bob.token);
  CHECK(seen.object("profile").at("real_name") == "Ada L.");
  CHECK(house.call("users.profile.set", {{"profile", "x"}}, ada.token).error() ==
        "invalid_profile");
  CHECK(house
            .call("users.profile.set", {{"user", ada.id}, {"name", "title"}, {"value", "x"}},
                  bob.token)
            .error() == "not_allowed");
  CHECK(
      house.call("users.profile.set", {{"name", "email"}, {"value", "bob@example.org"}}, ada.token)
          .error() == "email_taken");
}

}  // namespace
}  // namespace carillon::test
