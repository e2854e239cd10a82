// Rate limits as a caller of the Web API meets them: who shares an allowance with whom, and what the
// headers of each answer say.
#include "actors/admission.hpp"
#include "tests/actors/api/api_house.hpp"

namespace carillon::test {
namespace {

const fields hello{{"channel", "C000000000009"}, {"text", "hello"}};

std::string rate_of(const reply_seen& seen) {
  return seen.header("X-RateLimit-Limit") + ' ' + seen.header("X-RateLimit-Remaining") + ' ' +
         seen.header("X-RateLimit-Scope");
}
// The clock is the real one: a second may have passed since.
bool is_about(const std::string& seconds, int expected) {
  return std::stoi(seconds) <= expected && std::stoi(seconds) >= expected - 10;
}

std::string bot_token(api_house& house, const std::string& name) {
  reply_seen issued = house.call("carillon.admin.tokens.issue", {{"user", name}}, host_admin);
  REQUIRE(issued.ok());
  return issued.text("token");
}

// A call that the host's door has let in, as it comes from the edge.
reply_seen call_through(api_house& house, admission& door, const std::string& method,
                        const std::string& token) {
  edge::http_request request;
  request.method = "POST";
  request.path = "/api/" + method;
  request.authorization = "Bearer " + token;
  request.received = steady_now();
  auto seen = std::make_shared<reply_seen>();
  auto all = std::make_shared<std::vector<edge::asked_request>>();
  all->push_back({std::move(request), [seen](edge::http_response answer) {
                    *seen = {answer.status, boost::json::parse(answer.body).as_object(), answer.headers};
                  }});
  door.let_in();
  caf::anon_send(house.api(), api_calls{std::move(all)});
  house.run();
  return *seen;
}

void play_full_channel(api_house& house) {
  house.channel = [](const wire::channel_request&) {
    wire::channel_reply reply;
    set_error(reply, make_error(errc::ratelimited));
    return reply;
  };
}

}  // namespace

TEST_CASE("rates: over the rate is 429 with Retry-After, for this user and method only") {
  api_house house;
  house.host.config.limits.tier2_per_minute = 2;
  house.restart_api();
  person ada = house.sign_up("ada");
  person bob = house.sign_up("bob");
  CHECK(house.call("users.list", {}, ada.token).ok());
  CHECK(house.call("users.list", {}, ada.token).ok());
  reply_seen over = house.call("users.list", {}, ada.token);
  CHECK(over.status == 429);
  CHECK(over.error() == "ratelimited");
  CHECK(is_about(over.header("Retry-After"), 30));
  CHECK(house.call("users.list", {}, bob.token).ok());
  CHECK(house.call("conversations.list", {}, ada.token).ok());  // of the same tier
  CHECK(house.call("auth.test", {}, ada.token).ok());
  CHECK(house.rates->refused(rate_scope::user, tier::tier2) == 1);
}

TEST_CASE("rates: every answer of a limited method says what is left, and of which bucket") {
  api_house house;
  house.host.config.limits.tier2_per_minute = 2;
  house.restart_api();
  person ada = house.sign_up("ada");
  reply_seen first = house.call("users.list", {}, ada.token);
  CHECK(rate_of(first) == "2 1 user");
  CHECK(first.header("X-RateLimit-Reset") == "30");
  reply_seen bad = house.call("users.list", {{"limit", "none"}}, ada.token);
  CHECK(bad.error() == "invalid_limit");
  CHECK(rate_of(bad) == "2 0 user");
  CHECK(is_about(bad.header("X-RateLimit-Reset"), 60));
  reply_seen over = house.call("users.list", {}, ada.token);
  CHECK(over.status == 429);
  CHECK(rate_of(over) == "2 0 user");
  CHECK(is_about(over.header("X-RateLimit-Reset"), 60));
}

TEST_CASE("rates: methods without a limit say nothing of one") {
  api_house house;
  house.host.config.limits.tier2_per_minute = 2;
  house.restart_api();
  person ada = house.sign_up("ada");
  CHECK(rate_of(house.call("auth.test", {}, ada.token)) == "  ");
  CHECK(rate_of(house.call("users.info", {{"user", ada.id}}, ada.token)) == "  ");
  CHECK(house.rates->size() == 0);
}

TEST_CASE("rates: a bot's calls are those of its app, whichever of its tokens it shows") {
  api_house house;
  person ada = house.sign_up("ada");
  REQUIRE(house.call("carillon.admin.users.add", {{"name", "clock"}, {"bot", "true"}}, host_admin).ok());
  const std::string one = bot_token(house, "clock"), other = bot_token(house, "clock");
  house.host.config.limits.tier2_per_minute = 2;
  house.restart_api();
  CHECK(rate_of(house.call("users.list", {}, one)) == "2 1 app");
  CHECK(rate_of(house.call("users.list", {}, other)) == "2 0 app");
  CHECK(house.call("users.list", {}, one).status == 429);
  CHECK(house.call("users.list", {}, ada.token).ok());
  CHECK(house.rates->refused(rate_scope::app, tier::tier2) == 1);
}

TEST_CASE("rates: who has its share of the host's calls unanswered is 429, alone, and an operator is let in") {
  admission door(settings{}, nullptr, 1u << 30);
  api_house house;
  house.host.door = &door;
  house.restart_api();
  person ada = house.sign_up("ada"), eva = house.sign_up("eva");
  const std::uint64_t number = entity_id::parse(ada.id)->number;
  std::vector<call_pass> unanswered(share_of_calls(house.host.config.edge.calls_max));
  for (call_pass& each : unanswered) {
    door.let_in();
    each = door.take_over();
    REQUIRE_FALSE(door.charge(each, number, steady_now(), 0));
  }
  reply_seen over = call_through(house, door, "auth.test", ada.token);
  CHECK(over.status == 429);
  CHECK(over.error() == "ratelimited");
  CHECK(!over.header("Retry-After").empty());
  CHECK(call_through(house, door, "auth.test", eva.token).ok());
  CHECK(call_through(house, door, "carillon.admin.users.list", host_admin).ok());
  unanswered.pop_back();
  CHECK(call_through(house, door, "auth.test", ada.token).ok());
  CHECK(door.count(steady_now()).calls_in_progress == unanswered.size());
}

TEST_CASE("rates: who is not signed in is counted by address") {
  api_house house;
  house.host.config.limits.tier1_per_minute = 1;
  house.restart_api();
  const fields nobody{{"email", "nobody@example.org"}, {"password", "correct horse"}};
  CHECK(rate_of(house.call("carillon.signin", nobody)) == "1 0 address");
  CHECK(house.call("carillon.signin", nobody).status == 429);
  CHECK(house.rates->refused(rate_scope::address, tier::tier1) == 1);
}

TEST_CASE("rates: who has a network of IPv6 has one allowance, not one for each of its addresses") {
  api_house house;
  house.host.config.limits.tier1_per_minute = 1;
  house.restart_api();
  const auto status_for = [&house](const std::string& address) {
    edge::http_request request;
    request.method = "POST";
    request.path = "/api/carillon.signin";
    request.query = "email=nobody@example.org&password=correct+horse";
    request.host = "10.0.0.1:8080";
    request.remote_address = address;
    return house.send(std::move(request)).status;
  };
  CHECK(status_for("2001:db8:1:2::1") != 429);
  CHECK(status_for("2001:db8:1:2::2") == 429);
  CHECK(status_for("2001:db8:1:2:ffff:ffff:ffff:ffff") == 429);
  CHECK(status_for("2001:db8:1:3::1") != 429);
  CHECK(status_for("192.0.2.1") != 429);
  CHECK(status_for("::ffff:192.0.2.1") == 429);
  CHECK(status_for("192.0.2.2") != 429);
}

TEST_CASE("rates: the ways to post share one allowance") {
  api_house house;
  house.host.config.limits.post_per_minute = 2;
  house.restart_api();
  person ada = house.sign_up("ada");
  CHECK(house.call("chat.postMessage", hello, ada.token).ok());
  CHECK(house.call("chat.meMessage", hello, ada.token).ok());
  CHECK(house.call("chat.postMessage", hello, ada.token).status == 429);
  CHECK(house.call("chat.meMessage", hello, ada.token).status == 429);
}

TEST_CASE("rates: a channel that takes no more posts is 429 with the time of one post") {
  api_house house;
  house.host.config.limits.channel_post_per_minute = 30;
  house.restart_api();
  person ada = house.sign_up("ada");
  CHECK(rate_of(house.call("chat.postMessage", hello, ada.token)) == "  ");
  play_full_channel(house);
  reply_seen over = house.call("chat.postMessage", hello, ada.token);
  CHECK(over.status == 429);
  CHECK(over.error() == "ratelimited");
  CHECK(over.header("Retry-After") == "2");
  CHECK(over.header("X-RateLimit-Reset") == "10");
  CHECK(rate_of(over) == "5 0 channel");
  CHECK(house.rates->refused(rate_scope::channel, tier::post) == 1);
}

TEST_CASE("rates: of a caller's bucket and a channel's, the answer tells of the one that refused") {
  api_house house;
  house.host.config.limits.post_per_minute = 60;
  house.host.config.limits.channel_post_per_minute = 60;
  house.restart_api();
  person ada = house.sign_up("ada");
  CHECK(rate_of(house.call("chat.postMessage", hello, ada.token)) == "60 59 user");
  play_full_channel(house);
  CHECK(rate_of(house.call("chat.postMessage", hello, ada.token)) == "10 0 channel");
}

}  // namespace carillon::test
