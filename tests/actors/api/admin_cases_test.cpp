// carillon.admin.*: what an admin may do, and with which token.
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

TEST_CASE("admin: the host's token serves admin methods of every team, and nothing else") {
  api_house house;
  house.sign_up("ada", "Analysts");
  CHECK(house.call("carillon.admin.users.list", {{"team", "Analysts"}}, host_admin)
            .array("members")
            .size() == 1);
  CHECK(house.call("carillon.admin.users.list", {}, host_admin).array("members").empty());
  CHECK(house.call("carillon.admin.users.list", {{"team", "x"}}, host_admin).error() ==
        "team_not_found");
  CHECK(house.call("auth.test", {}, host_admin).error() == "invalid_auth");
  CHECK(house.call("chat.postMessage", {{"channel", "C1"}, {"text", "x"}}, host_admin).error() ==
        "invalid_auth");
}

TEST_CASE("admin: an owner serves their own team, a member none") {
  api_house house;
  person ada = house.sign_up("ada", "Analysts");
  person bob = house.sign_up("bob", "Analysts");
  person eve = house.sign_up("eve", "Others");
  CHECK(house.call("carillon.admin.users.list", {}, ada.token).array("members").size() == 2);
  CHECK(house.call("carillon.admin.users.list", {{"team", "Others"}}, ada.token).error() ==
        "not_allowed");
  CHECK(house.call("carillon.admin.users.list", {}, bob.token).error() == "not_allowed");
  CHECK(house.call("carillon.admin.users.disable", {{"user", eve.id}}, ada.token).error() ==
        "user_not_found");
}

TEST_CASE("admin: a bot is added, gets a token, and is told its bot_id") {
  api_house house;
  house.sign_up("ada");
  reply_seen added =
      house.call("carillon.admin.users.add", {{"name", "clerk"}, {"bot", "true"}}, host_admin);
  REQUIRE(added.ok());
  CHECK(added.text("bot_id").starts_with("B"));
  CHECK(added.object("user").at("is_bot") == true);
  reply_seen issued =
      house.call("carillon.admin.tokens.issue", {{"user", "clerk"}, {"days", "0"}}, host_admin);
  REQUIRE(issued.ok());
  CHECK(issued.text("token").starts_with("xoxb-"));
  CHECK(issued.text("kind") == "bot");
  reply_seen who = house.call("auth.test", {}, issued.text("token"));
  CHECK(who.text("bot_id") == added.text("bot_id"));
  reply_seen info = house.call("bots.info", {{"bot", who.text("bot_id")}}, issued.text("token"));
  CHECK(info.object("bot").at("user_id") == json_text(added.text("user_id")));
  CHECK(house.call("bots.info", {{"bot", "B000000000000"}}, issued.text("token")).error() ==
        "bot_not_found");
}

TEST_CASE("admin: a bot that comes first leaves the team to its first person") {
  api_house house;
  REQUIRE(house.call("carillon.admin.users.add", {{"name", "clerk"}, {"bot", "true"}}, host_admin)
              .ok());
  fields ada = {{"name", "ada"}, {"email", "ada@example.org"}, {"password", "correct horse"}};
  CHECK(house.call("carillon.signup", ada).body.at("is_owner") == true);
  fields bob = {{"name", "bob"}, {"email", "bob@example.org"}, {"password", "correct horse"}};
  CHECK(house.call("carillon.signup", bob).body.at("is_owner") == false);
}

TEST_CASE("admin: a handle that is asked for is given or refused") {
  api_house house;
  fields ada = {{"name", "ada"}, {"email", "ada@example.org"}};
  CHECK(house.call("carillon.admin.users.add", ada, host_admin).ok());
  ada[1].second = "other@example.org";
  CHECK(house.call("carillon.admin.users.add", ada, host_admin).error() == "name_taken");
  CHECK(house.call("carillon.admin.users.add", {{"name", "bob"}}, host_admin).error() ==
        "invalid_email");
}

TEST_CASE("admin: disabling ends sessions and calls at once, enabling lets them be again") {
  api_house house;
  person ada = house.sign_up("ada");
  person bob = house.sign_up("bob");
  CHECK(house.call("auth.test", {}, bob.token).ok());  // bob's token is in the cache now
  CHECK(house.call("carillon.admin.users.disable", {{"user", "bob"}}, ada.token).ok());
  CHECK(house.ended_users == std::vector<std::string>{bob.id});
  CHECK(house.call("auth.test", {}, bob.token).error() == "account_inactive");
  CHECK(house.call("carillon.signin", {{"email", "bob@example.org"}, {"password", "correct horse"}})
            .error() == "account_inactive");
  CHECK(house.call("carillon.admin.users.enable", {{"user", bob.id}}, ada.token).ok());
  CHECK(house.call("auth.test", {}, bob.token).ok());
}

TEST_CASE("admin: tokens are listed without their text and revoked by it, or all at once") {
  api_house house;
  person ada = house.sign_up("ada");
  reply_seen issued = house.call("carillon.admin.tokens.issue",
                                 {{"user", "ada@example.org"}, {"device", "robot"}}, host_admin);
  REQUIRE(issued.ok());
  reply_seen listed = house.call("carillon.admin.tokens.list", {{"user", ada.id}}, host_admin);
  REQUIRE(listed.array("tokens").size() == 2);
  CHECK(boost::json::serialize(listed.body).find(issued.text("token")) == std::string::npos);

  fields one = {{"token", issued.text("token")}};
  CHECK(house.call("carillon.admin.tokens.revoke", one, host_admin).body.at("revoked") == 1);
  CHECK(house.call("carillon.admin.tokens.revoke", one, host_admin).body.at("revoked") == 0);
  CHECK(house.ended_tokens.size() == 1);
  CHECK(house.call("auth.test", {}, issued.text("token")).error() == "invalid_auth");
  CHECK(house.call("auth.test", {}, ada.token).ok());
  CHECK(house.call("carillon.admin.tokens.revoke", {{"user", ada.id}}, host_admin)
            .body.at("revoked") == 1);
  CHECK(house.call("auth.test", {}, ada.token).error() == "invalid_auth");
  CHECK(house.call("carillon.admin.tokens.revoke", {}, host_admin).error() == "invalid_arguments");
}

TEST_CASE("admin: a token is revoked by the ID that the list has of it, and its sessions end") {
  api_house house;
  person ada = house.sign_up("ada");
  reply_seen issued = house.call("carillon.admin.tokens.issue",
                                 {{"user", ada.id}, {"device", "robot"}}, host_admin);
  std::string id;
  const reply_seen listed = house.call("carillon.admin.tokens.list", {{"user", ada.id}}, host_admin);
  for (const auto& token : listed.array("tokens"))
    if (token.at("device") == "robot")
      id = std::string(token.at("id").as_string());
  REQUIRE(id.size() == 12);
  CHECK(house.call("auth.test", {}, issued.text("token")).ok());  // it is in the cache now
  fields one = {{"token", id}};
  CHECK(house.call("carillon.admin.tokens.revoke", one, host_admin).body.at("revoked") == 1);
  CHECK(house.ended_tokens.size() == 1);
  CHECK(house.ended_tokens.front().size() == 32);
  CHECK(house.call("auth.test", {}, issued.text("token")).error() == "invalid_auth");
  CHECK(house.call("auth.test", {}, ada.token).ok());
  CHECK(house.call("carillon.admin.tokens.revoke", one, host_admin).body.at("revoked") == 0);
  CHECK(house.call("carillon.admin.tokens.revoke", {{"token", id.substr(1)}}, host_admin)
            .body.at("revoked") == 0);
}

TEST_CASE("admin: a token with few scopes may do just that") {
  api_house house;
  person ada = house.sign_up("ada");
  reply_seen issued = house.call("carillon.admin.tokens.issue",
                                 {{"user", ada.id}, {"scopes", "users:read"}}, host_admin);
  std::string token = issued.text("token");
  reply_seen users = house.call("users.list", {}, token);
  CHECK(users.ok());
  CHECK(users.header("x-oauth-scopes") == "users:read");
  CHECK(users.header("x-accepted-oauth-scopes") == "users:read");
  reply_seen refused = house.call("chat.postMessage", {{"channel", "C1"}, {"text", "x"}}, token);
  CHECK(refused.error() == "missing_scope");
  CHECK(refused.text("needed") == "chat:write");
  CHECK(house.call("carillon.admin.users.list", {}, token).error() == "missing_scope");
}

}  // namespace
}  // namespace carillon::test
