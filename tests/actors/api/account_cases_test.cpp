// People come, sign in on devices, and go: carillon.signup, .signin, .signout, auth.*.
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

fields account(const std::string& name, const std::string& email = {}) {
  return {{"name", name},
          {"email", email.empty() ? name + "@example.org" : email},
          {"password", "correct horse"}};
}

TEST_CASE("signup: the first person of the default team owns it, the second does not") {
  api_house house;
  reply_seen first = house.call("carillon.signup", account("Ada Lovelace", "Ada@Example.org"));
  REQUIRE(first.ok());
  CHECK(first.text("user") == "ada.lovelace");
  CHECK(first.text("team") == "carillon");
  CHECK(first.text("url") == "http://chat.example.org:8080/");
  CHECK(first.body.at("is_owner") == true);
  CHECK(first.text("token").starts_with("xoxp-"));
  reply_seen second = house.call("carillon.signup", account("bob"));
  REQUIRE(second.ok());
  CHECK(second.body.at("is_owner") == false);
  CHECK(second.text("team_id") == first.text("team_id"));
}

TEST_CASE("signup: a new team name founds a team with its owner and its general channel") {
  api_house house;
  bool exists = false;
  house.channel = [&](const wire::channel_request& request) {
    wire::channel_reply reply;
    if (request.has_join() && !exists)
      set_error(reply, make_error(errc::channel_not_found));
    else
      reply.set_is_member(true);
    exists = exists || request.has_create();
    return reply;
  };
  person ada = house.sign_up("ada", "Analysts");
  REQUIRE(house.channel_asked.size() == 2);
  CHECK(house.channel_asked[1].create().general());
  CHECK(house.channel_asked[1].create().name() == "general");
  CHECK(house.channel_asked[1].by().admin());
  person bob = house.sign_up("bob", "analysts");  // the name again, in other letters
  CHECK(bob.team == ada.team);
  CHECK(house.last_asked().has_join());
  CHECK(house.last_asked().by().user_id() == bob.id);
  CHECK(house.sign_up("carol", "Others").team != ada.team);
}

TEST_CASE("signup: the team hears of it") {
  api_house house;
  person ada = house.sign_up("ada");
  REQUIRE(house.notices.size() == 1);
  CHECK(house.notices[0].to == notification::audience::team);
  CHECK(house.notices[0].id.text() == ada.team);
  CHECK(house.notices[0].json.starts_with(R"({"type":"team_join","user":{"id":")" + ada.id));
}

TEST_CASE("signup: a handle that is taken gets a number, an address that is taken is refused") {
  api_house house;
  house.sign_up("ada");
  reply_seen again = house.call("carillon.signup", account("Ada", "other@example.org"));
  REQUIRE(again.ok());
  CHECK(again.text("user") == "ada2");
  CHECK(house.call("carillon.signup", account("Eve", "ADA@example.org")).error() == "email_taken");
}

TEST_CASE("signup: what is missing or weak is refused by name") {
  api_house house;
  CHECK(house.call("carillon.signup", account("", "a@example.org")).error() == "invalid_arguments");
  CHECK(house.call("carillon.signup", account("ada", "nowhere")).error() == "invalid_email");
  fields short_password = {{"name", "ada"}, {"email", "a@example.org"}, {"password", "1234567"}};
  CHECK(house.call("carillon.signup", short_password).error() == "weak_password");
  short_password.back().second = "12345678";
  CHECK(house.call("carillon.signup", short_password).ok());
}

TEST_CASE("signin: the password opens the account, and each device has a token of its own") {
  api_house house;
  person ada = house.sign_up("ada");
  fields good = {{"email", "ADA@example.org"}, {"password", "correct horse"}, {"device", "phone"}};
  reply_seen in = house.call("carillon.signin", good);
  REQUIRE(in.ok());
  CHECK(in.text("user_id") == ada.id);
  CHECK(in.text("token") != ada.token);
  CHECK(house.call("auth.test", {}, ada.token).ok());
  CHECK(house.call("auth.test", {}, in.text("token")).ok());
}

TEST_CASE("signin: a wrong password and an unknown address look the same") {
  api_house house;
  house.sign_up("ada");
  fields wrong = {{"email", "ada@example.org"}, {"password", "incorrect"}};
  fields unknown = {{"email", "eve@example.org"}, {"password", "correct horse"}};
  CHECK(house.call("carillon.signin", wrong).error() == "invalid_auth");
  CHECK(house.call("carillon.signin", unknown).error() == "invalid_auth");
  unknown.push_back({"team", "nobody"});
  CHECK(house.call("carillon.signin", unknown).error() == "team_not_found");
  CHECK(house.call("carillon.signin", {{"email", "a@b.c"}}).error() == "invalid_arguments");
}

TEST_CASE("signin: the handle does as well as the e-mail address") {
  api_house house;
  house.sign_up("ada");
  fields by_handle = {{"name", "Ada"}, {"password", "correct horse"}};
  fields nobody = {{"name", "nobody"}, {"password", "correct horse"}};
  CHECK(house.call("carillon.signin", by_handle).ok());
  CHECK(house.call("carillon.signin", nobody).error() == "invalid_auth");
}

TEST_CASE("signin: a token ends after its days") {
  api_house house;
  person ada = house.sign_up("ada");
  timestamp life = timestamp{house.host.config.directory.token_days} * 86'400 * 1'000'000;
  house.now += life - 1;
  CHECK(house.call("auth.test", {}, ada.token).ok());
  house.now += 1;
  CHECK(house.call("auth.test", {}, ada.token).error() == "invalid_auth");
}

TEST_CASE("auth.test: who one is; a bot_id only for bots, never null") {
  api_house house;
  person ada = house.sign_up("ada");
  reply_seen out = house.call("auth.test", {}, ada.token);
  REQUIRE(out.ok());
  CHECK(out.text("user_id") == ada.id);
  CHECK(out.text("user") == "ada");
  CHECK(out.text("team_id") == ada.team);
  CHECK(out.text("url") == "http://chat.example.org:8080/");
  CHECK(out.body.at("is_enterprise_install") == false);
  CHECK_FALSE(out.body.contains("bot_id"));
}

TEST_CASE("signout: the token and its sessions end, others stay") {
  api_house house;
  person ada = house.sign_up("ada");
  reply_seen phone =
      house.call("carillon.signin", {{"email", "ada@example.org"}, {"password", "correct horse"}});
  CHECK(house.call("auth.revoke", {{"test", "1"}}, ada.token).body.at("revoked") == false);
  CHECK(house.call("auth.test", {}, ada.token).ok());
  CHECK(house.call("carillon.signout", {}, ada.token).ok());
  CHECK(house.ended_tokens == std::vector<std::string>{storage::token_hash(ada.token)});
  CHECK(house.call("auth.test", {}, ada.token).error() == "invalid_auth");
  CHECK(house.call("auth.test", {}, phone.text("token")).ok());
}

}  // namespace
}  // namespace carillon::test
