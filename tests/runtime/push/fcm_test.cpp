// FCM: what is asked for a push of each kind, what each answer means; Google's service account, its
// assertion and its access tokens.
#include <doctest/doctest.h>

#include "runtime/push/fcm.hpp"
#include "runtime/push/google_account.hpp"
#include "tests/runtime/push/push_fixture.hpp"

namespace carillon::push {
namespace {

constexpr timestamp second = 1'000'000;
constexpr timestamp now = 1'700'000'000 * second;

http_request asked(const push_message& what) {
  auto made = fcm_request(what, "https://fcm.example", "bells-1", "ya29.x");
  REQUIRE(made);
  return *made;
}

http_answer failed(int status, const std::string& word, const std::string& code, const std::string& field = "") {
  boost::json::array details;
  if (!code.empty())
    details.push_back({{"@type", "type.googleapis.com/google.firebase.fcm.v1.FcmError"}, {"errorCode", code}});
  if (!field.empty())
    details.push_back({{"@type", "type.googleapis.com/google.rpc.BadRequest"},
                       {"fieldViolations", boost::json::array{boost::json::object{{"field", field}}}}});
  boost::json::object error{{"code", status}, {"message", "words"}, {"status", word}, {"details", details}};
  boost::json::object whole;
  whole["error"] = error;
  return answer(status, boost::json::serialize(whole));
}

std::string account_json(const key_ptr& key, const std::string& change = "", const std::string& to = "") {
  boost::json::object all{{"type", "service_account"},
                          {"project_id", "bells-1"},
                          {"private_key_id", "k1"},
                          {"private_key", pem_of(key.get())},
                          {"client_email", "bells@bells-1.iam.example"},
                          {"token_uri", "https://oauth2.example/token"}};
  if (!change.empty())
    all[change] = to;
  return boost::json::serialize(all);
}

TEST_CASE("fcm: a message has a notification, data for the app, and Android's collapse key and tag") {
  const http_request made = asked(push_to(provider::fcm));
  CHECK(made.url == "https://fcm.example/v1/projects/bells-1/messages:send");
  CHECK(header(made, "authorization") == "Bearer ya29.x");
  CHECK(made.body ==
        R"({"message":{"token":"0a1b2c3d","notification":{"title":"Ann","body":"hello"},)"
        R"("data":{"type":"message","user":"U000000000001","channel":"C000000000001","ts":"1700000000.000100","badge":"3"},)"
        R"("android":{"priority":"HIGH","ttl":"86400s","collapse_key":"C1-17",)"
        R"("notification":{"sound":"default","tag":"C1-17","notification_count":3}}}})");
}

TEST_CASE("fcm: a clear is data only and wakes nobody") {
  auto what = push_to(provider::fcm);
  what.clear = true;
  what.badge = 0;
  what.ts.clear();
  const http_request made = asked(what);
  CHECK(made.body ==
        R"({"message":{"token":"0a1b2c3d",)"
        R"("data":{"type":"clear","user":"U000000000001","channel":"C000000000001","badge":"0"},)"
        R"("android":{"priority":"NORMAL","ttl":"86400s","collapse_key":"C1-17"}}})");
}

TEST_CASE("fcm: time to live is from nothing to 28 days") {
  auto what = push_to(provider::fcm);
  auto ttl = [&] { return asked(what).body; };
  what.ttl = std::chrono::hours(28 * 24);
  CHECK(ttl().find("\"2419200s\"") != std::string::npos);
  what.ttl += std::chrono::seconds(1);
  CHECK(ttl().find("\"2419200s\"") != std::string::npos);
  what.ttl = std::chrono::seconds(-1);
  CHECK(ttl().find("\"0s\"") != std::string::npos);
}

TEST_CASE("fcm: a message of 4,096 bytes goes as it is, one more byte and the text ends early") {
  auto what = push_to(provider::fcm);
  what.body = std::string(fcm_message_max - (asked(what).body.size() - what.body.size()), 'x');
  CHECK(asked(what).body.size() == fcm_message_max);
  what.body += 'x';
  CHECK(asked(what).body.size() <= fcm_message_max);
  what.to.token = std::string(fcm_message_max, 't');
  CHECK_FALSE(fcm_request(what, "https://f", "p", "t"));
}

TEST_CASE("fcm: each answer of Google's table has its fate") {
  auto good = fcm_outcome(answer(200, R"({"name":"projects/bells-1/messages/1"})"));
  CHECK(good.fate == push_fate::delivered);
  CHECK(good.provider_id == "projects/bells-1/messages/1");
  auto fate = [](int status, const char* word, const char* code, const char* field = "") {
    return fcm_outcome(failed(status, word, code, field)).fate;
  };
  CHECK(fate(404, "NOT_FOUND", "UNREGISTERED") == push_fate::token_is_dead);
  CHECK(fate(404, "NOT_FOUND", "") == push_fate::token_is_dead);
  CHECK(fate(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT") == push_fate::refused);
  CHECK(fate(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.token") == push_fate::token_is_dead);
  CHECK(fate(400, "INVALID_ARGUMENT", "INVALID_ARGUMENT", "message.data") == push_fate::refused);
  CHECK(fate(403, "PERMISSION_DENIED", "SENDER_ID_MISMATCH") == push_fate::refused);
  CHECK(fate(403, "PERMISSION_DENIED", "") == push_fate::credentials_refused);
  CHECK(fate(401, "UNAUTHENTICATED", "") == push_fate::credentials_refused);
  CHECK(fate(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR") == push_fate::credentials_refused);
  CHECK(fate(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED") == push_fate::try_again);
  CHECK(fate(500, "INTERNAL", "INTERNAL") == push_fate::try_again);
  CHECK(fate(503, "UNAVAILABLE", "UNAVAILABLE") == push_fate::try_again);
  CHECK(fcm_outcome(failed(404, "NOT_FOUND", "UNREGISTERED")).reason == "UNREGISTERED");
  CHECK(fcm_outcome(answer(404, "<html>no such page")).fate == push_fate::try_again);  // not Google
  CHECK(fcm_outcome(answer(502, "<html>")).fate == push_fate::try_again);
}

TEST_CASE("fcm: over the quota it rests as long as it is told, or a minute") {
  http_answer told = failed(429, "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED");
  CHECK(fcm_outcome(told).retry_after == std::chrono::seconds(60));
  told.retry_after = std::chrono::seconds(5);
  CHECK(fcm_outcome(told).retry_after == std::chrono::seconds(5));
  CHECK(fcm_outcome(failed(503, "UNAVAILABLE", "UNAVAILABLE")).retry_after == std::chrono::seconds(0));
}

TEST_CASE("fcm: a new access token helps where ours was refused, not where Google's was at another's") {
  CHECK(fcm_token_refused(failed(401, "UNAUTHENTICATED", "")));
  CHECK(fcm_token_refused(answer(401)));
  CHECK_FALSE(fcm_token_refused(failed(401, "UNAUTHENTICATED", "THIRD_PARTY_AUTH_ERROR")));
  CHECK_FALSE(fcm_token_refused(failed(403, "PERMISSION_DENIED", "")));
}

TEST_CASE("google account: what a key file lacks is told") {
  auto rsa = new_rsa(2'048);
  auto good = google_account::read(account_json(rsa));
  REQUIRE(good);
  CHECK(good->project == "bells-1");
  CHECK(good->token_url == "https://oauth2.example/token");
  auto problem = [&](const std::string& text) {
    auto read = google_account::read(text);
    REQUIRE_FALSE(read);
    CHECK(read.code() == errc::invalid_config);
    return read.error().detail;
  };
  CHECK(problem("") == "is not JSON");
  CHECK(problem("[]") == "is not JSON");
  CHECK(problem(account_json(rsa, "type", "authorized_user")) ==
        "is no service account's key: its \"type\" is another");
  for (const char* name : {"project_id", "client_email", "private_key", "token_uri"})
    CHECK(problem(account_json(rsa, name, "")) == "has no \"" + std::string(name) + '"');
  CHECK(problem(account_json(rsa, "project_id", "../x")) == "has a \"project_id\" that is none");
  CHECK(problem(account_json(rsa, "token_uri", "http://a")) == "has a \"token_uri\" that is no https URL");
  CHECK(problem(account_json(rsa, "private_key", "x")).starts_with("\"private_key\" has no private key"));
  CHECK(problem(account_json(new_ec("P-256"))) == "\"private_key\" is not an RSA key of 2048 bits or more");
  CHECK(problem(account_json(new_rsa(1'024))) == "\"private_key\" is not an RSA key of 2048 bits or more");
}

TEST_CASE("google account: it asks for an hour's access to FCM, signed by its key") {
  auto rsa = new_rsa(2'048);
  auto account = google_account::read(account_json(rsa));
  REQUIRE(account);
  const http_request made = access_token_request(*account, now);
  CHECK(made.url == "https://oauth2.example/token");
  CHECK(header(made, "content-type") == "application/x-www-form-urlencoded");
  const std::string before = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
  REQUIRE(made.body.starts_with(before));
  auto read = verified(made.body.substr(before.size()), rsa);
  CHECK(read.good);
  CHECK(boost::json::serialize(read.header) == R"({"alg":"RS256","typ":"JWT","kid":"k1"})");
  CHECK(boost::json::serialize(read.claims) ==
        R"({"iss":"bells@bells-1.iam.example","scope":"https://www.googleapis.com/auth/firebase.messaging",)"
        R"("aud":"https://oauth2.example/token","iat":1700000000,"exp":1700003600})");
}

TEST_CASE("google account: an access token is good until a minute before its end") {
  auto given = access_token_in(answer(200, R"({"access_token":"ya29.x","expires_in":3599,"token_type":"Bearer"})"), now);
  REQUIRE(given);
  CHECK(given->text == "ya29.x");
  CHECK(given->good(now));
  CHECK(given->good(now + 3'539 * second - 1));
  CHECK_FALSE(given->good(now + 3'539 * second));
  CHECK_FALSE(access_token{}.good(now));
  for (const char* odd : {"", "{}", R"({"access_token":""})", R"({"access_token":"a\r\nb"})", R"({"access_token":7})"})
    CHECK_FALSE(access_token_in(answer(200, odd), now));
  CHECK_FALSE(access_token_in(answer(400, R"({"access_token":"x"})"), now));
}

TEST_CASE("google account: a refusal is the key's fault, anything else may pass") {
  auto refused = access_refusal(answer(400, R"({"error":"invalid_grant","error_description":"words"})"));
  CHECK(refused.fate == push_fate::credentials_refused);
  CHECK(refused.reason == "access token: invalid_grant");
  CHECK(access_refusal(answer(401, "")).fate == push_fate::credentials_refused);
  CHECK(access_refusal(answer(500, "")).fate == push_fate::try_again);
  CHECK(access_refusal(answer(429, "")).fate == push_fate::try_again);
  CHECK(access_refusal(answer(200, "")).fate == push_fate::try_again);
}

}  // namespace
}  // namespace carillon::push
