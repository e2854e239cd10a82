// Who may ask at /inspect/, and what an address asks for.
#include <doctest/doctest.h>

#include "actors/inspect/routes.hpp"
#include "storage/credentials.hpp"

using namespace carillon;

namespace {

edge::http_request request(std::string method, std::string path, std::string query = {},
                           std::string body = {}) {
  edge::http_request out;
  out.method = std::move(method);
  out.path = "/inspect/" + path;
  out.query = std::move(query);
  out.body = std::move(body);
  return out;
}

wire::inspect_request asked(const edge::http_request& of) {
  auto route = read_route(of);
  REQUIRE(route);
  REQUIRE(std::holds_alternative<wire::inspect_request>(*route));
  return std::get<wire::inspect_request>(*route);
}

errc refusal(const edge::http_request& of) {
  auto route = read_route(of);
  REQUIRE_FALSE(route);
  return route.code();
}

}  // namespace

TEST_CASE("routes: only the bearer of the admin token may ask") {
  REQUIRE(storage::start_credentials());
  const std::string hash = storage::token_hash("the-admin-token");
  auto with = [](const std::string& authorization) {
    edge::http_request out = request("GET", "cluster");
    out.authorization = authorization;
    return out;
  };
  CHECK(check_operator(with("Bearer the-admin-token"), hash));
  CHECK(check_operator(with(""), hash).code() == errc::not_authed);
  CHECK(check_operator(with("Basic the-admin-token"), hash).code() == errc::not_authed);
  CHECK(check_operator(with("Bearer "), hash).code() == errc::not_allowed);
  CHECK(check_operator(with("Bearer xoxp-somebody"), hash).code() == errc::not_allowed);
  CHECK(check_operator(with("Bearer the-admin-token"), "").code() == errc::not_allowed);
  edge::http_request in_query = request("GET", "cluster", "token=the-admin-token");
  CHECK(check_operator(in_query, hash).code() == errc::not_authed);  // addresses end up in logs
  CHECK(status_of(errc::not_authed) == 401);
  CHECK(status_of(errc::not_allowed) == 403);
}

TEST_CASE("routes: the cluster and this host are told without slots and history unless asked for") {
  CHECK_FALSE(asked(request("GET", "cluster")).cluster().slots());
  CHECK(asked(request("GET", "cluster", "slots=1")).cluster().slots());
  CHECK(asked(request("GET", "cluster", "slots=true")).cluster().slots());
  const auto host = asked(request("GET", "host", "history=1")).host();
  CHECK(host.history());
  CHECK_FALSE(host.slots());
}

TEST_CASE("routes: an entity by its name, percent-encoded or not") {
  const auto entity =
      asked(request("GET", "entity", "name=channel%2FC0K3ZT9QW1B7M&tail=7&text=1")).entity();
  CHECK(entity.name() == "channel/C0K3ZT9QW1B7M");
  CHECK(entity.tail() == 7);
  CHECK(entity.with_text());
  CHECK(asked(request("GET", "entity", "name=slot/3&tail=5000")).entity().tail() == 100);
  CHECK(asked(request("GET", "entity", "name=sessions%2F%40eva")).entity().name() == "sessions/@eva");
  CHECK(refusal(request("GET", "entity", "name=nothing")) == errc::invalid_arguments);
  CHECK(refusal(request("GET", "entity")) == errc::invalid_arguments);
  CHECK(refusal(request("GET", "entity", "name=slot/3&tail=x")) == errc::invalid_arguments);
}

TEST_CASE("routes: top has a limit or none, and a trace is named by its digits") {
  CHECK(asked(request("GET", "top", "limit=3")).top().limit() == 3);
  CHECK(asked(request("GET", "top")).top().limit() == 0);
  const auto trace = asked(request("GET", "trace", "id=0af7651916cd43dd8448eb211c80319c")).trace();
  CHECK(trace.trace().size() == 16);
  CHECK(refusal(request("GET", "trace", "id=short")) == errc::invalid_arguments);
}

TEST_CASE("routes: a wish stands in the body or in the query, and has to make sense") {
  const auto body = asked(request("POST", "operate", "",
                                  R"({"entity":"channel/C0K3ZT9QW1B7M","what":"KEEP_AWAKE","seconds":60})"))
                        .operate();
  CHECK(body.what() == wire::operate::KEEP_AWAKE);
  CHECK(body.seconds() == 60);
  const auto query = asked(request("POST", "operate", "entity=U0K3ZT9QW1B7M&what=stop")).operate();
  CHECK(query.entity() == "user/U0K3ZT9QW1B7M");
  CHECK(query.what() == wire::operate::STOP);
  const auto long_wish =
      asked(request("POST", "operate", "entity=C0K3ZT9QW1B7M&what=keep_awake&seconds=99999999"));
  CHECK(long_wish.operate().seconds() == 24 * 3'600);
  CHECK(refusal(request("POST", "operate", "entity=C0K3ZT9QW1B7M&what=keep_awake")) ==
        errc::invalid_arguments);  // for how long?
  CHECK(refusal(request("POST", "operate", "entity=slot/1&what=stop")) == errc::invalid_arguments);
  CHECK(refusal(request("POST", "operate", "entity=C0K3ZT9QW1B7M&what=explode")) ==
        errc::invalid_arguments);
  CHECK(refusal(request("POST", "operate", "", "{")) == errc::invalid_arguments);
  CHECK(refusal(request("POST", "operate", "", R"({"entitty":"x"})")) == errc::invalid_arguments);
}

TEST_CASE("routes: a marked message needs a channel and a text, a ticket needs nothing") {
  auto post = read_route(request("POST", "trace", "channel=C0K3ZT9QW1B7M&text=hello+w%C3%B6rld"));
  REQUIRE(post);
  CHECK(std::get<marked_post>(*post).text == "hello w\xc3\xb6rld");
  CHECK(std::get<marked_post>(*post).channel == "channel/C0K3ZT9QW1B7M");
  auto by_name = read_route(request("POST", "trace", "channel=%23planning&text=x"));
  REQUIRE(by_name);
  CHECK(std::get<marked_post>(*by_name).channel == "channel/#planning");
  CHECK(refusal(request("POST", "trace", "channel=C0K3ZT9QW1B7M")) == errc::invalid_arguments);
  CHECK(refusal(request("POST", "trace", "channel=U0K3ZT9QW1B7M&text=x")) == errc::invalid_arguments);
  auto ticket = read_route(request("POST", "ticket"));
  REQUIRE(ticket);
  CHECK(std::holds_alternative<wanted_ticket>(*ticket));
}

TEST_CASE("routes: other addresses and other methods are refused") {
  CHECK(refusal(request("GET", "")) == errc::not_found);
  CHECK(refusal(request("GET", "clusters")) == errc::not_found);
  CHECK(refusal(request("POST", "cluster")) == errc::unknown_method);
  CHECK(refusal(request("GET", "operate")) == errc::unknown_method);
  CHECK(refusal(request("GET", "ticket")) == errc::unknown_method);
  CHECK(refusal(request("DELETE", "trace")) == errc::unknown_method);
}
