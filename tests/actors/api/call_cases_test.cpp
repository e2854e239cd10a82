// The way of a call before its handler: paths, tokens, rates, and answers when things are slow.
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

TEST_CASE("call: unknown methods and odd paths have a clear answer") {
  api_house house;
  reply_seen unknown = house.call("chat.shout", {});
  CHECK(unknown.status == 200);
  CHECK(unknown.error() == "unknown_method");
  CHECK(unknown.text("req_method") == "chat.shout");
  CHECK(house.call("", {}).error() == "unknown_method");
  CHECK(house.call("api.test/", {}).ok());
}

TEST_CASE("call: GET and POST, nothing else") {
  api_house house;
  edge::http_request get;
  get.method = "GET";
  get.path = "/api/api.test";
  get.query = "foo=bar&token=secret";
  reply_seen out = house.send(get);
  CHECK(out.ok());
  CHECK(out.object("args") == boost::json::object{{"foo", "bar"}});
  get.method = "PUT";
  reply_seen refused = house.send(get);
  CHECK(refused.status == 405);
  CHECK(refused.header("Allow") == "GET, POST");
}

TEST_CASE("call: api.test echoes and fails on demand") {
  api_house house;
  reply_seen out = house.call("api.test", {{"error", "my_error"}});
  CHECK_FALSE(out.ok());
  CHECK(out.error() == "my_error");
  CHECK(house.call("api.test", {}).body == boost::json::object{{"ok", true}});
}

TEST_CASE("call: no token, a wrong one, and one in the body") {
  api_house house;
  person ada = house.sign_up("ada");
  CHECK(house.call("auth.test", {}).error() == "not_authed");
  CHECK(house.call("auth.test", {}, "xoxp-wrong").error() == "invalid_auth");
  CHECK(house.call("auth.test", {}, std::string(300, 'x')).error() == "invalid_auth");
  CHECK(house.call("auth.test", {{"token", ada.token}}).ok());
}

TEST_CASE("call: bad input is named before anything is looked up") {
  api_house house;
  edge::http_request request;
  request.method = "POST";
  request.path = "/api/chat.postMessage";
  request.content_type = "application/json";
  request.body = "{\"text\":";
  CHECK(house.send(request).error() == "invalid_json");
  request.body = "{\"text\":\"\xff\"}";
  CHECK(house.send(request).error() == "invalid_utf8");
  request.content_type = "image/png";
  CHECK(house.send(request).error() == "invalid_post_type");
  CHECK(house.directory_jobs == 0);
}

TEST_CASE("call: a token is looked up once") {
  api_house house;
  person ada = house.sign_up("ada");
  house.call("auth.test", {}, ada.token);
  std::size_t jobs = house.directory_jobs;
  for (int i = 0; i < 10; ++i)
    CHECK(house.call("auth.test", {}, ada.token).ok());
  CHECK(house.directory_jobs == jobs);
}

TEST_CASE("call: what a wait can cure is 429 or 503 with Retry-After, never ok:false in a 200") {
  api_house house;
  person ada = house.sign_up("ada");
  for (errc why :
       {errc::overloaded, errc::timed_out, errc::storage_unavailable, errc::shutting_down,
        errc::cut_off}) {
    house.channel = [why](const wire::channel_request&) {
      wire::channel_reply reply;
      set_error(reply, make_error(why));
      return reply;
    };
    reply_seen out =
        house.call("chat.postMessage", {{"channel", "C000000000009"}, {"text", "x"}}, ada.token);
    CHECK(out.status == (why == errc::overloaded ? 429 : 503));
    CHECK(std::stoi(out.header("Retry-After")) >= 1);
    CHECK_FALSE(out.ok());
  }
}

TEST_CASE("call: a channel on the move is asked again until it answers") {
  api_house house;
  person ada = house.sign_up("ada");
  int refusals = 3;
  house.channel = [&](const wire::channel_request&) {
    wire::channel_reply reply;
    if (refusals-- > 0)
      set_error(reply, make_error(errc::not_owner));
    return reply;
  };
  auto answered = std::make_shared<bool>(false);
  house.channel_asked.clear();
  // The test clock moves only when told, so the retries are let through one by one.
  std::size_t asked = 0;
  caf::scheduler::test_coordinator& scheduler = house.scheduler();
  edge::http_request request;
  request.method = "POST";
  request.path = "/api/conversations.archive";
  request.query = "channel=C000000000009";
  request.authorization = "Bearer " + ada.token;
  caf::anon_send(house.api(), api_call{request, [answered](edge::http_response answer) {
                                         *answered = answer.status == 200;
                                       }});
  house.run();
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(*answered);
    CHECK(house.channel_asked.size() > asked);
    asked = house.channel_asked.size();
    scheduler.advance_time(std::chrono::milliseconds(50));  // its longest pause
    house.run();
  }
  CHECK(*answered);
}

TEST_CASE("rtm.connect: the ticket is in the path, and the port never missing") {
  api_house house;
  person ada = house.sign_up("ada");
  reply_seen out = house.call("rtm.connect", {}, ada.token);
  REQUIRE(out.ok());
  std::string prefix = "ws://chat.example.org:8080/rtm/";
  REQUIRE(out.text("url").starts_with(prefix));
  auto ticket =
      storage::read_ticket(out.text("url").substr(prefix.size()), house.host.secret_key, house.now);
  REQUIRE(ticket);
  CHECK(ticket->user.text() == ada.id);
  CHECK(ticket->token_hash == storage::token_hash(ada.token));
  CHECK(out.object("self").at("id") == json_text(ada.id));
  CHECK(out.object("team").at("domain") == "carillon");

  house.host.public_url = "https://chat.example.net";
  CHECK(house.call("rtm.connect", {}, ada.token)
            .text("url")
            .starts_with("wss://chat.example.net/rtm/"));
}

TEST_CASE("rtm.connect: a Host header with its own port is kept, a strange one is not used") {
  api_house house;
  person ada = house.sign_up("ada");
  auto url_for = [&](const std::string& host) {
    edge::http_request request;
    request.method = "GET";
    request.path = "/api/rtm.connect";
    request.authorization = "Bearer " + ada.token;
    request.host = host;
    std::string url = house.send(request).text("url");
    return url.substr(0, url.find("/rtm/"));
  };
  CHECK(url_for("localhost:9999") == "ws://localhost:9999");
  CHECK(url_for("[::1]") == "ws://[::1]:8080");
  CHECK(url_for("[::1]:81") == "ws://[::1]:81");
  CHECK(url_for("") == "ws://127.0.0.1:8080");
  CHECK(url_for("evil.example/\"x") == "ws://127.0.0.1:8080");
}

TEST_CASE("rtm.start: the same with lists") {
  api_house house;
  person ada = house.sign_up("ada");
  reply_seen out = house.call("rtm.start", {}, ada.token);
  REQUIRE(out.ok());
  CHECK(out.array("users").size() == 1);
  CHECK(out.array("ims").empty());
  CHECK(out.text("url").starts_with("ws://"));
}

TEST_CASE("team.info: one's own team, and no other") {
  api_house house;
  person ada = house.sign_up("ada");
  CHECK(house.call("team.info", {}, ada.token).object("team").at("domain") == "carillon");
  CHECK(house.call("team.info", {{"team", "T000000000009"}}, ada.token).error() ==
        "team_not_found");
}

}  // namespace
}  // namespace carillon::test
