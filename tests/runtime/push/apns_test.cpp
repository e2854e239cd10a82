// APNs: what is asked for a push of each kind, what each of its answers means, how long its token is
// used; and the webhook, whose request and answers are as plain.
#include <doctest/doctest.h>

#include "runtime/push/apns.hpp"
#include "runtime/push/webhook.hpp"
#include "tests/runtime/push/push_fixture.hpp"

namespace carillon::push {
namespace {

constexpr timestamp second = 1'000'000;
constexpr timestamp minute = 60 * second;
constexpr timestamp now = 1'700'000'000 * second;

http_request asked(const push_message& what) {
  auto made = apns_request(what, "https://apns.example", "org.example.chat", "JWT", now);
  REQUIRE(made);
  return *made;
}

push_outcome said(int status, const std::string& reason) {
  return apns_outcome(answer(status, reason.empty() ? "" : R"({"reason":")" + reason + "\"}"));
}

TEST_CASE("apns: a message is an alert to the device, with its collapse id, priority and time to live") {
  const http_request made = asked(push_to(provider::apns));
  CHECK(made.url == "https://apns.example/3/device/0a1b2c3d");
  CHECK(header(made, "authorization") == "bearer JWT");
  CHECK(header(made, "apns-topic") == "org.example.chat");
  CHECK(header(made, "apns-push-type") == "alert");
  CHECK(header(made, "apns-priority") == "10");
  CHECK(header(made, "apns-expiration") == "1700086400");
  CHECK(header(made, "apns-collapse-id") == "C1-17");
  CHECK(made.body ==
        R"({"aps":{"alert":{"title":"Ann","body":"hello"},"sound":"default","thread-id":"C000000000001","badge":3},)"
        R"("type":"message","user":"U000000000001","channel":"C000000000001","ts":"1700000000.000100"})");
}

TEST_CASE("apns: less than high urgency may wait, no time to live means now or never, no id never collapses") {
  auto what = push_to(provider::apns);
  what.urgency = urgency::normal;
  what.ttl = std::chrono::seconds(0);
  what.collapse_id.clear();
  what.badge.reset();
  const http_request made = asked(what);
  CHECK(header(made, "apns-priority") == "5");
  CHECK(header(made, "apns-expiration") == "0");
  CHECK(header(made, "apns-collapse-id") == "(none)");
  CHECK(made.body.find("badge") == std::string::npos);
  what.collapse_id = "C\r\napns-topic: other";
  CHECK(header(asked(what), "apns-collapse-id").size() == 43);
}

TEST_CASE("apns: a clear shows nothing; with a badge it is an alert without words, without one in the background") {
  auto what = push_to(provider::apns);
  what.clear = true;
  what.badge = 0;
  http_request made = asked(what);
  CHECK(header(made, "apns-push-type") == "alert");
  CHECK(header(made, "apns-priority") == "5");
  CHECK(made.body.starts_with(R"({"aps":{"content-available":1,"badge":0},"type":"clear")"));
  CHECK(made.body.find("hello") == std::string::npos);
  what.badge.reset();
  made = asked(what);
  CHECK(header(made, "apns-push-type") == "background");
  CHECK(header(made, "apns-priority") == "5");  // 10 is refused
  CHECK(made.body.starts_with(R"({"aps":{"content-available":1},"type":"clear")"));
}

TEST_CASE("apns: a payload of 4,096 bytes goes as it is, one more byte and the text ends early") {
  auto what = push_to(provider::apns);
  what.body = std::string(apns_payload_max - (asked(what).body.size() - what.body.size()), 'x');
  CHECK(asked(what).body.size() == apns_payload_max);
  CHECK(asked(what).body.find(what.body) != std::string::npos);
  what.body += 'x';
  CHECK(asked(what).body.size() <= apns_payload_max);
  CHECK(asked(what).body.find("x\xe2\x80\xa6\"") != std::string::npos);
  what.body = std::string(40'000, '\n');  // two bytes each in JSON
  CHECK(asked(what).body.size() <= apns_payload_max);
  what.channel = std::string(apns_payload_max, 'c');
  CHECK_FALSE(apns_request(what, "https://a", "t", "JWT", now));
}

TEST_CASE("apns: each answer of Apple's table has its fate") {
  http_answer good = answer(200);
  good.provider_id = "EC1BF194-B3B2-424A-89A9-5A918A6E6B5D";
  CHECK(apns_outcome(good).fate == push_fate::delivered);
  CHECK(apns_outcome(good).provider_id == good.provider_id);
  auto fates = [](int status, std::initializer_list<const char*> reasons, push_fate fate) {
    for (const char* reason : reasons) {
      CHECK_MESSAGE(said(status, reason).fate == fate, reason);
      CHECK(said(status, reason).reason == reason);
      CHECK(said(status, reason).status == status);
    }
  };
  fates(400, {"BadDeviceToken"}, push_fate::token_is_dead);
  fates(410, {"Unregistered", "ExpiredToken", ""}, push_fate::token_is_dead);
  fates(400, {"BadCollapseId", "BadExpirationDate", "BadMessageId", "BadPriority", "DeviceTokenNotForTopic",
              "DuplicateHeaders", "InvalidPushType", "MissingDeviceToken", "PayloadEmpty", ""},
        push_fate::refused);
  fates(400, {"BadTopic", "MissingTopic", "TopicDisallowed"}, push_fate::credentials_refused);
  fates(400, {"IdleTimeout"}, push_fate::try_again);
  fates(403, {"BadCertificate", "BadCertificateEnvironment", "ExpiredProviderToken", "Forbidden", "InvalidProviderToken",
              "MissingProviderToken", "UnrelatedKeyIdInToken", "BadEnvironmentKeyIdInToken", ""},
        push_fate::credentials_refused);
  fates(404, {"BadPath"}, push_fate::refused);
  fates(405, {"MethodNotAllowed"}, push_fate::refused);
  fates(413, {"PayloadTooLarge"}, push_fate::refused);
  fates(429, {"TooManyProviderTokenUpdates", "TooManyRequests"}, push_fate::try_again);
  fates(500, {"InternalServerError", ""}, push_fate::try_again);
  fates(503, {"ServiceUnavailable", "Shutdown"}, push_fate::try_again);
  fates(302, {""}, push_fate::try_again);  // not Apple, but something in between
}

TEST_CASE("apns: it is told since when a token is dead, and when to come again") {
  CHECK(apns_outcome(answer(410, R"({"reason":"Unregistered","timestamp":1700000000123})")).dead_since ==
        1'700'000'000'123'000);
  CHECK(said(410, "Unregistered").dead_since == 0);
  http_answer busy = answer(429, R"({"reason":"TooManyRequests"})");
  busy.retry_after = std::chrono::seconds(30);
  CHECK(apns_outcome(busy).retry_after == std::chrono::seconds(30));
  for (const char* odd : {"", "[]", "{", "{\"reason\":1}", "<html>"})
    CHECK(apns_outcome(answer(400, odd)).fate == push_fate::refused);
}

TEST_CASE("apns: its token is used for 40 minutes, and renewed when refused, but not before 20") {
  auto pair = new_ec("P-256");
  apns_token token(read_key(pair), "ABC1234567", "DEF1234567");
  const std::string first = token.at(now);
  auto read = verified(first, pair);
  CHECK(read.good);
  CHECK(boost::json::serialize(read.header) == R"({"alg":"ES256","typ":"JWT","kid":"ABC1234567"})");
  CHECK(boost::json::serialize(read.claims) == R"({"iss":"DEF1234567","iat":1700000000})");
  CHECK(token.at(now + 40 * minute - 1) == first);
  CHECK_FALSE(token.renew(now + 20 * minute - 1));
  CHECK(token.at(now + 20 * minute) == first);
  CHECK(token.renew(now + 20 * minute));
  const std::string second_one = token.at(now + 20 * minute);
  CHECK(second_one != first);
  CHECK(token.at(now + 60 * minute - 1) == second_one);
  CHECK(token.at(now + 60 * minute) != second_one);
  CHECK(token.at(now) != second_one);  // the clock was set back
  CHECK(apns_token_expired(answer(403, R"({"reason":"ExpiredProviderToken"})")));
  CHECK_FALSE(apns_token_expired(answer(403, R"({"reason":"InvalidProviderToken"})")));
}

TEST_CASE("webhook: it is signed as Slack's own example is") {
  CHECK(webhook_signature(
            "8f742231b10e8888abcd99yyyzzz85a5", "1531420618",
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_"
            "name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%"
            "3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id="
            "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c") ==
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
}

TEST_CASE("webhook: the push is posted as JSON; a clear without words") {
  auto what = push_to(provider::webhook);
  auto made = webhook_request(what, "https://hook.example/push?x=y", "secret", now);
  REQUIRE(made);
  CHECK(made->url == "https://hook.example/push?x=y");
  CHECK(made->body ==
        R"({"type":"message","device":"0a1b2c3d","user":"U000000000001","title":"Ann","body":"hello","badge":3,)"
        R"("collapse_id":"C1-17","urgency":"high","ttl":86400,"channel":"C000000000001","ts":"1700000000.000100"})");
  CHECK(header(*made, "x-carillon-request-timestamp") == "1700000000");
  CHECK(header(*made, "x-carillon-signature") == webhook_signature("secret", "1700000000", made->body));
  CHECK(header(*made, "x-carillon-collapse-id") == "C1-17");
  what.clear = true;
  what.collapse_id = "";
  what.ts = "";
  made = webhook_request(what, "https://hook.example", "secret", now);
  CHECK(made->body.starts_with(R"({"type":"clear","device":"0a1b2c3d","user":"U000000000001","badge":3)"));
  CHECK(made->body.find("title") == std::string::npos);
  CHECK(made->body.find("ts") == std::string::npos);
  CHECK(header(*made, "x-carillon-collapse-id") == "(none)");
}

TEST_CASE("webhook: a body of 16,384 bytes goes as it is, one more byte and the text ends early") {
  auto what = push_to(provider::webhook);
  auto size = [&] { return webhook_request(what, "https://h", "s", now)->body.size(); };
  what.body = std::string(webhook_body_max - (size() - what.body.size()), 'x');
  CHECK(size() == webhook_body_max);
  what.body += 'x';
  CHECK(size() <= webhook_body_max);
  what.ts = std::string(webhook_body_max, 't');
  CHECK_FALSE(webhook_request(what, "https://h", "s", now));
}

TEST_CASE("webhook: its answers are told by their status") {
  for (auto [status, fate] : std::initializer_list<std::pair<int, push_fate>>{
           {200, push_fate::delivered}, {204, push_fate::delivered}, {299, push_fate::delivered},
           {301, push_fate::try_again}, {400, push_fate::refused}, {401, push_fate::credentials_refused},
           {403, push_fate::credentials_refused}, {404, push_fate::refused}, {408, push_fate::try_again},
           {410, push_fate::token_is_dead}, {413, push_fate::refused}, {429, push_fate::try_again},
           {499, push_fate::refused}, {500, push_fate::try_again}, {599, push_fate::try_again}})
    CHECK_MESSAGE(webhook_outcome(answer(status)).fate == fate, status);
  CHECK(webhook_outcome(answer(400, "line\none\x01" + std::string(300, 'x'))).reason.size() == 200);
  CHECK(webhook_outcome(answer(400, "line\none")).reason == "line one");
}

}  // namespace
}  // namespace carillon::push
