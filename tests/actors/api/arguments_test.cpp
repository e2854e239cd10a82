// Arguments of a call, in every encoding that the SDKs use (SLACK.md 2a), and what is refused.
#include "actors/api/arguments.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

edge::http_request request(std::string content_type, std::string body, std::string query = {}) {
  edge::http_request out;
  out.method = "POST";
  out.content_type = std::move(content_type);
  out.body = std::move(body);
  out.query = std::move(query);
  return out;
}

constexpr const char* form = "application/x-www-form-urlencoded";
constexpr const char* json_type = "application/json;charset=utf-8";

TEST_CASE("arguments: urlencoded form, with plus, escapes and a stray percent sign") {
  auto args = arguments::read(request(form, "text=a+b%20%ED%95%9C%26&empty=&flag&bad=100%&x=%zz"));
  REQUIRE(args);
  CHECK(args->text("text") == "a b 한&");
  CHECK(args->find("empty") != nullptr);
  CHECK_FALSE(args->has("empty"));
  CHECK(args->find("flag") != nullptr);
  CHECK(args->text("bad") == "100%");
  CHECK(args->text("x") == "%zz");
  CHECK(args->find("absent") == nullptr);
}

TEST_CASE("arguments: the query of a GET, and the body winning over the query") {
  auto args = arguments::read(request("", "", "channel=C1&limit=5"));
  REQUIRE(args);
  CHECK(args->text("channel") == "C1");
  auto both = arguments::read(request(form, "limit=7&limit=8", "limit=5&channel=C1"));
  REQUIRE(both);
  CHECK(both->text("limit") == "8");
  CHECK(both->text("channel") == "C1");
}

TEST_CASE("arguments: a JSON body becomes text, arrays and objects as JSON, null as absent") {
  auto args = arguments::read(request(
      json_type, R"({"text":"hi","n":3,"b":true,"users":["U1","U2"],"o":{"a":1},"nothing":null})"));
  REQUIRE(args);
  CHECK(args->text("text") == "hi");
  CHECK(args->text("n") == "3");
  CHECK(args->text("b") == "true");
  CHECK(args->text("users") == R"(["U1","U2"])");
  CHECK(args->text("o") == R"({"a":1})");
  CHECK(args->find("nothing") == nullptr);
  CHECK(args->list("users") == std::vector<std::string>{"U1", "U2"});
}

TEST_CASE("arguments: an empty body means no arguments, whatever its content type says") {
  for (const char* type : {json_type, form, "multipart/form-data", "text/plain", ""}) {
    auto args = arguments::read(request(type, ""));
    REQUIRE(args);
    CHECK(args->all().empty());
  }
  auto blank = arguments::read(request(json_type, " \n"));
  CHECK(blank);
}

TEST_CASE("arguments: multipart form, files among the fields") {
  std::string body =
      "--xyz\r\nContent-Disposition: form-data; name=\"channel\"\r\n\r\nC1\r\n"
      "--xyz\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a;b\"\r\n"
      "Content-Type: text/plain\r\n\r\nline 1\r\nline 2\r\n"
      "--xyz\r\nContent-Disposition: form-data; name=\"none\"\r\n\r\n\r\n--xyz--\r\n";
  auto args = arguments::read(request("multipart/form-data; boundary=xyz", body));
  REQUIRE(args);
  CHECK(args->text("channel") == "C1");
  CHECK(args->text("file") == "line 1\r\nline 2");
  CHECK(args->find("none") != nullptr);
  auto quoted =
      arguments::read(request("multipart/form-data; boundary=\"xyz\"", "preamble\r\n" + body));
  REQUIRE(quoted);
  CHECK(quoted->text("channel") == "C1");
}

TEST_CASE("arguments: multipart bodies that do not end, or never begin, are refused") {
  auto refused = [](const char* type, std::string body) {
    auto args = arguments::read(request(type, std::move(body)));
    REQUIRE_FALSE(args);
    CHECK(args.code() == errc::invalid_form_data);
  };
  refused("multipart/form-data", "--xyz--");
  refused("multipart/form-data; boundary=xyz", "nothing here");
  refused("multipart/form-data; boundary=xyz", "--xyz");
  refused("multipart/form-data; boundary=xyz", "--xyz\r\n");
  refused("multipart/form-data; boundary=xyz",
          "--xyz\r\nContent-Disposition: form-data; name=a\r\n");
  refused("multipart/form-data; boundary=xyz",
          "--xyz\r\nContent-Disposition: form-data; name=a\r\n\r\nC1");
}

TEST_CASE("arguments: what does not parse is refused by name") {
  auto code = [](const char* type, std::string body) {
    auto args = arguments::read(request(type, std::move(body)));
    REQUIRE_FALSE(args);
    return args.code();
  };
  CHECK(code(json_type, "{") == errc::invalid_json);
  CHECK(code(json_type, "[1]") == errc::invalid_json);
  CHECK(code(json_type, std::string(100, '[')) == errc::invalid_json);
  CHECK(code(json_type, R"({"a":"\ud800"})") == errc::invalid_json);
  CHECK(code(json_type, "{\"a\":\"\xff\"}") == errc::invalid_utf8);
  CHECK(code(json_type, R"({"a":"\u0000"})") == errc::invalid_utf8);
  CHECK(code(form, "text=%00") == errc::invalid_utf8);
  CHECK(code(form, "text=%C0%AF") == errc::invalid_utf8);
  CHECK(code(form, "%FF=1") == errc::invalid_utf8);
  CHECK(code("text/plain", "hello") == errc::invalid_post_type);
  CHECK(code("", "hello") == errc::invalid_post_type);
}

TEST_CASE("arguments: 256 are taken, one more is refused") {
  std::string body;
  for (std::size_t i = 0; i < arguments::count_max; ++i)
    body += "a" + std::to_string(i) + "=1&";
  CHECK(arguments::read(request(form, body)));
  CHECK(arguments::read(request(form, body + "a0=2")));  // one of them once more
  CHECK(arguments::read(request(form, body + "b=1")).code() == errc::invalid_form_data);
}

TEST_CASE("arguments: booleans as the SDKs of different languages write them") {
  auto args = arguments::read(request(form, "a=true&b=1&c=True&d=false&e=0&f=False&g=yes&h="));
  REQUIRE(args);
  for (const char* name : {"a", "b", "c"})
    CHECK(*args->flag(name, false) == true);
  for (const char* name : {"d", "e", "f"})
    CHECK(*args->flag(name, true) == false);
  CHECK(*args->flag("h", true) == true);
  CHECK(*args->flag("absent", false) == false);
  CHECK(args->flag("g", true).code() == errc::invalid_arguments);
}

TEST_CASE("arguments: limits are clamped at the top and refused when they are no numbers") {
  auto limit = [](const std::string& text) {
    return arguments::read(request(form, "limit=" + text))->limit(100, 1000);
  };
  CHECK(*limit("") == 100);
  CHECK(*limit("0") == 100);
  CHECK(*limit("1") == 1);
  CHECK(*limit("1000") == 1000);
  CHECK(*limit("1001") == 1000);
  CHECK(limit("-1").code() == errc::invalid_limit);
  CHECK(limit("ten").code() == errc::invalid_limit);
  CHECK(limit("99999999999999999999999").code() == errc::invalid_limit);
}

TEST_CASE("arguments: lists with commas, blanks, or as JSON") {
  auto list = [](const std::string& text) {
    return arguments::read(request(form, "users=" + text))->list("users");
  };
  CHECK(list("").empty());
  CHECK(list("U1") == std::vector<std::string>{"U1"});
  CHECK(list("U1,+U2,,") == std::vector<std::string>{"U1", "U2"});
  CHECK(list("%5B%22U1%22%2C%22%22%5D") == std::vector<std::string>{"U1"});
}

TEST_CASE("arguments: the bearer token of a header") {
  CHECK(bearer_token("Bearer xoxb-1") == "xoxb-1");
  CHECK(bearer_token("bearer  xoxb-1 ") == "xoxb-1");
  CHECK(bearer_token("Basic abc") == "");
  CHECK(bearer_token("Bearer") == "");
  CHECK(bearer_token("") == "");
}

}  // namespace
}  // namespace carillon::api
