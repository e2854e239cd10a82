// What every provider's request is made of: text cut to size, collapse ids, origins, addresses,
// destinations. Each border is tried from both sides.
#include <doctest/doctest.h>

#include "runtime/push/address_rules.hpp"
#include "runtime/push/collapse.hpp"
#include "runtime/push/fitted_text.hpp"
#include "runtime/push/url_origin.hpp"
#include "tests/runtime/push/push_fixture.hpp"

namespace carillon::push {
namespace {

std::string plainly(std::string_view title, std::string_view body) {
  return std::string(title) + '|' + std::string(body);
}

std::string fit(std::string_view title, std::string_view body, std::size_t limit) {
  return fitted(title, body, limit, plainly).value_or("(none)");
}

TEST_CASE("push text: what fits is left as it is, one byte less and the body ends early") {
  CHECK(fit("Ann", "hello world", 15) == "Ann|hello world");
  CHECK(fit("Ann", "hello world", 14) == "Ann|hello w\xe2\x80\xa6");
  CHECK(fit("Ann", "hello world", 7) == "Ann|\xe2\x80\xa6");
  CHECK(fit("Ann", "hello world", 6) == "Ann|");
  CHECK(fit("Ann", "hello world", 4) == "Ann|");
}

TEST_CASE("push text: only when nothing of the body is left the title ends early") {
  CHECK(fit("Ann Other", "hello", 10) == "Ann Other|");
  CHECK(fit("Ann Other", "hello", 9) == "Ann O\xe2\x80\xa6|");
  CHECK(fit("Ann Other", "hello", 4) == "\xe2\x80\xa6|");
  CHECK(fit("Ann Other", "hello", 3) == "|");
  CHECK(fit("Ann Other", "hello", 1) == "|");
  CHECK(fit("Ann Other", "hello", 0) == "(none)");
  CHECK(fit("", "", 1) == "|");
}

TEST_CASE("push text: it ends between characters, never inside one") {
  const std::string korean = "\xea\xb0\x80\xeb\x82\x98\xeb\x8b\xa4";  // three characters of three bytes
  for (std::size_t bytes = 0; bytes <= 10; ++bytes)
    CHECK(utf8_prefix(korean, bytes).size() == std::min<std::size_t>(bytes / 3 * 3, 9));
  CHECK(utf8_prefix("\xf0\x9f\x94\x94", 3).empty());
  CHECK(fit("", korean, 9) == "|\xea\xb0\x80\xe2\x80\xa6");
  CHECK(fit("", korean, 10) == "|" + korean);
}

TEST_CASE("push text: a text of any length is cut to the most that fits, however it is written") {
  auto quoted = [](std::string_view title, std::string_view body) {
    return boost::json::serialize(boost::json::array{title, body});
  };
  for (const std::string& one : {std::string("\""), std::string("\x01"), std::string("a"), std::string("\xea\xb0\x80")}) {
    std::string body;
    while (body.size() < 40'000)
      body += one;
    auto made = fitted("t", body, 4'096, quoted);
    REQUIRE(made);
    CHECK(made->size() <= 4'096);
    CHECK(made->size() > 4'096 - 6);  // one more character, as JSON writes it, would not fit
  }
}

TEST_CASE("push collapse: an id that a provider takes stays, another becomes a hash, always the same") {
  CHECK(collapse_text("C1-17", 64) == "C1-17");
  CHECK(collapse_text(std::string(64, 'x'), 64) == std::string(64, 'x'));
  CHECK(collapse_text(std::string(65, 'x'), 64).size() == 43);
  CHECK(collapse_text("a b", 64).size() == 43);
  CHECK(collapse_text("a\r\nb", 64).size() == 43);
  CHECK(collapse_text("\xea\xb0\x80", 64) == collapse_text("\xea\xb0\x80", 64));
  CHECK(collapse_text("a b", 64) != collapse_text("a c", 64));
  CHECK(collapse_text("", 64).empty());
  CHECK(collapse_topic("C1-17_x") == "C1-17_x");
  CHECK(collapse_topic(std::string(32, 'x')) == std::string(32, 'x'));
  CHECK(collapse_topic(std::string(33, 'x')).size() == 32);
  CHECK(collapse_topic("C1.17").size() == 32);
  CHECK(collapse_topic("C1.17") == collapse_topic("C1.17"));
  CHECK(collapse_topic("C1.17") != collapse_topic("C1.18"));
}

TEST_CASE("push origin: scheme, host in small letters, and a port that is not the scheme's own") {
  CHECK(url_origin("https://Push.Example.net/a?b=c") == "https://push.example.net");
  CHECK(url_origin("https://push.example.net:443/a") == "https://push.example.net");
  CHECK(url_origin("https://push.example.net:8443/a") == "https://push.example.net:8443");
  CHECK(url_origin("http://push.example.net:443") == "http://push.example.net:443");
  CHECK(url_origin("https://[::1]:1/") == "https://[::1]:1");
  for (const char* bad :
       {"", "push.example.net", "ftp://a/", "https://", "https:///a", "https:/a", "https://me@a/", "https://me:word@a/",
        "https://a/#b", "https://a/ b", "https://a/\n", "https://a\\@b/", "https://a:99999/", "https://\xea\xb0\x80/",
        "file:///etc/passwd"})
    CHECK_MESSAGE(url_origin(bad).empty(), bad);
}

TEST_CASE("push addresses: those of the Internet at large, and none on either side of its borders") {
  auto is_ok = [](const char* text) {
    auto read = parse_address(text);
    REQUIRE_MESSAGE(read, text);
    return is_public(*read);
  };
  for (const char* good :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0",
        "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255", "192.169.0.0",
        "198.17.255.255", "198.20.0.0", "223.255.255.255", "2606:4700::1111", "2001:200::1", "2a00:1450::1",
        "64:ff9b::101:101", "::ffff:1.1.1.1"})
    CHECK_MESSAGE(is_ok(good), good);
  for (const char* bad :
       {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1",
        "127.255.255.255", "169.254.169.254", "172.16.0.0", "172.31.255.255", "192.168.0.0", "192.168.255.255",
        "192.0.2.1", "198.18.0.0", "198.19.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
        "::", "::1", "fe80::1", "fc00::1", "fdff::1", "ff02::1", "2001:db8::1", "2002:7f00:1::", "2001::1",
        "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "4000::1"})
    CHECK_MESSAGE(!is_ok(bad), bad);
}

TEST_CASE("push destinations: a token looks like its provider's, or is refused with what is wrong") {
  auto problem = [](provider via, std::string token) {
    auto to = push_to(via).to;
    to.token = std::move(token);
    auto good = check_destination(to);
    return good ? std::string() : good.error().detail;
  };
  CHECK(problem(provider::apns, std::string(64, 'a')).empty());
  CHECK(problem(provider::apns, std::string(200, 'F')).empty());
  for (const std::string& bad : {std::string(202, 'a'), std::string(63, 'a'), std::string("0g"), std::string("../../3/x"),
                                 std::string("aa\r\n")})
    CHECK(problem(provider::apns, bad) == "token must be hexadecimal, at most 200 digits");
  CHECK(problem(provider::fcm, "cX:APA91b_-").empty());
  CHECK(problem(provider::fcm, "a b") == "token must be visible ASCII");
  CHECK(problem(provider::web_push, "https://push.example.net/x").empty());
  CHECK(problem(provider::web_push, "http://push.example.net/x") == "endpoint must be an https URL");
  CHECK(problem(provider::web_push, "https://me@push.example.net/x") == "endpoint must be an https URL");
  for (provider via : {provider::apns, provider::fcm, provider::web_push, provider::webhook}) {
    CHECK(problem(via, "") == "token must have 1 to 2048 bytes");
    CHECK(problem(via, std::string(2'049, 'a')) == "token must have 1 to 2048 bytes");
  }
  CHECK(problem(provider::webhook, std::string(2'048, 'a')).empty());
}

TEST_CASE("push destinations: an endpoint's hash is the same for the same device, and of 32 bytes") {
  const auto hash = [](provider via, const char* token, const char* auth = "") {
    return endpoint_hash({via, token, "", auth});
  };
  CHECK(hash(provider::apns, "0aBC").size() == 32);
  CHECK(hash(provider::apns, "0aBC") == hash(provider::apns, "0AbC"));
  CHECK(hash(provider::fcm, "0aBC") != hash(provider::fcm, "0AbC"));
  CHECK(hash(provider::fcm, "0aBC") != hash(provider::webhook, "0aBC"));
  CHECK(hash(provider::web_push, "https://x", "a") == hash(provider::web_push, "https://x", "b"));
}

TEST_CASE("push destinations: a subscription's keys are a point of the curve and 16 bytes") {
  auto to = push_to(provider::web_push).to;
  CHECK(check_destination(to));
  to.auth = "BTBZMqHH6r4Tts7J_aSI";
  CHECK(check_destination(to).error().detail == "auth must be 16 bytes as base64url");
  to.auth = rfc8291::auth;
  to.p256dh.back() = 'A';
  CHECK(check_destination(to).error().detail == "p256dh must be a point of P-256, 65 bytes as base64url");
  to.p256dh = "";
  CHECK_FALSE(check_destination(to));
}

TEST_CASE("push words: every provider and fate has its name, and a name its provider") {
  for (provider via : {provider::apns, provider::fcm, provider::web_push, provider::webhook})
    CHECK(provider_named(to_string(via)) == via);
  CHECK_FALSE(provider_named("sms").has_value());
  push_outcome out;
  out.fate = push_fate::try_again;
  out.status = 503;
  out.reason = "Shutdown";
  out.retry_after = std::chrono::seconds(30);
  CHECK(out.describe() == "try_again 503 Shutdown retry_after=30s");
  push_outcome silent;
  silent.fate = push_fate::no_answer;
  CHECK(silent.describe() == "no_answer");
}

}  // namespace
}  // namespace carillon::push
