// Web Push: headers, VAPID, what the browser decrypts, and what each answer means. The decryption here
// is written apart from the encryption it judges.
#include <doctest/doctest.h>

#include "runtime/push/digests.hpp"
#include "runtime/push/web_push.hpp"
#include "runtime/push/web_push_encryption.hpp"
#include "tests/runtime/push/push_fixture.hpp"

namespace carillon::push {
namespace {

constexpr timestamp second = 1'000'000;
constexpr timestamp now = 1'700'000'000 * second;
const std::string subject = "mailto:ops@example.org";

struct asker {
  key_ptr pair = new_ec("P-256");
  private_key key = read_key(pair);
  private_key once = private_key::new_p256();
  std::string salt = std::string(salt_bytes, 's');

  result<http_request> ask(const push_message& what) {
    return web_push_request(what, {key, subject}, once, salt, now);
  }
};

// As the browser of RFC 8291's example reads it: the text and the bytes of padding behind it.
std::pair<std::string, std::size_t> read_by_browser(const std::string& body) {
  auto browser = private_key::from_scalar(decoded(rfc8291::ua_private));
  const std::string salt = body.substr(0, 16), point = body.substr(21, 65);
  REQUIRE(body.substr(16, 5) == std::string("\0\0\x10\0\x41", 5));
  std::string info("WebPush: info\0", 14);
  info += browser->public_point() + point;
  const std::string ikm = hkdf_sha256(decoded(rfc8291::auth), *browser->shared_secret(point), info, 32);
  const std::string key = hkdf_sha256(salt, ikm, std::string("Content-Encoding: aes128gcm\0", 28), 16);
  const std::string nonce = hkdf_sha256(salt, ikm, std::string("Content-Encoding: nonce\0", 24), 12);
  std::string sealed = body.substr(86, body.size() - 86 - 16), tag = body.substr(body.size() - 16);
  auto bytes = [](std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); };
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  std::string key_copy = key, nonce_copy = nonce, plain(sealed.size(), '\0');
  int size = 0;
  REQUIRE(EVP_DecryptInit_ex2(context.get(), EVP_aes_128_gcm(), bytes(key_copy), bytes(nonce_copy), nullptr) == 1);
  REQUIRE(EVP_DecryptUpdate(context.get(), bytes(plain), &size, bytes(sealed), static_cast<int>(sealed.size())) == 1);
  REQUIRE(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, 16, bytes(tag)) == 1);
  REQUIRE(EVP_DecryptFinal_ex(context.get(), bytes(plain) + size, &size) == 1);
  const std::size_t end = plain.find_last_not_of('\0');
  REQUIRE(plain[end] == 2);
  return {plain.substr(0, end), plain.size() - end - 1};
}

TEST_CASE("web push: the browser reads the message, the service its urgency, topic and time to live") {
  asker from;
  auto made = from.ask(push_to(provider::web_push));
  REQUIRE(made);
  CHECK(made->url == "https://push.example.net/send/abc");
  CHECK(header(*made, "content-encoding") == "aes128gcm");
  CHECK(header(*made, "ttl") == "86400");
  CHECK(header(*made, "urgency") == "high");
  CHECK(header(*made, "topic") == "C1-17");
  auto [text, padding] = read_by_browser(made->body);
  CHECK(text ==
        R"({"type":"message","title":"Ann","body":"hello","badge":3,"tag":"C1-17","user":"U000000000001",)"
        R"("channel":"C000000000001","ts":"1700000000.000100"})");
  CHECK((text.size() + padding) % 128 == 0);
}

TEST_CASE("web push: a clear is none of browsers' pushes, for they show something for each") {
  asker from;
  auto what = push_to(provider::web_push);
  what.clear = true;
  CHECK(from.ask(what).code() == errc::invalid_arguments);
  CHECK_FALSE(takes_clear(provider::web_push));
  for (const provider other : {provider::apns, provider::fcm, provider::webhook})
    CHECK(takes_clear(other));
}

TEST_CASE("web push: each urgency its own, no collapse id no topic") {
  asker from;
  auto what = push_to(provider::web_push);
  what.collapse_id = "";
  what.ttl = std::chrono::seconds(-5);
  what.urgency = urgency::very_low;
  auto made = from.ask(what);
  REQUIRE(made);
  CHECK(header(*made, "urgency") == "very-low");
  CHECK(header(*made, "ttl") == "0");
  CHECK(header(*made, "topic") == "(none)");
  what.urgency = urgency::low;
  CHECK(header(*from.ask(what), "urgency") == "low");
  what.urgency = urgency::normal;
  CHECK(header(*from.ask(what), "urgency") == "normal");
}

TEST_CASE("web push: a text of 3,993 bytes goes as it is, one more byte and it ends early") {
  asker from;
  auto what = push_to(provider::web_push);
  const std::size_t around = read_by_browser(from.ask(what)->body).first.size() - what.body.size();
  what.body = std::string(web_push_plain_max - around, 'x');
  auto made = from.ask(what);
  CHECK(made->body.size() == web_push_body_max);
  CHECK(read_by_browser(made->body).second == 0);
  CHECK(read_by_browser(made->body).first.size() == web_push_plain_max);
  what.body += 'x';
  made = from.ask(what);
  CHECK(made->body.size() <= web_push_body_max);
  CHECK(read_by_browser(made->body).first.find("x\xe2\x80\xa6\"") != std::string::npos);
  what.channel = std::string(web_push_plain_max, 'c');
  CHECK_FALSE(from.ask(what));
}

TEST_CASE("web push: VAPID says who asks, of whom, until when, and with which key") {
  asker from;
  auto made = from.ask(push_to(provider::web_push));
  const std::string words = header(*made, "authorization");
  REQUIRE(words.starts_with("vapid t="));
  const std::size_t comma = words.find(", k=");
  REQUIRE(comma != std::string::npos);
  auto read = verified(words.substr(8, comma - 8), from.pair);
  CHECK(read.good);
  CHECK(boost::json::serialize(read.header) == R"({"alg":"ES256","typ":"JWT"})");
  CHECK(boost::json::serialize(read.claims) ==
        R"({"aud":"https://push.example.net","exp":1700043200,"sub":"mailto:ops@example.org"})");
  CHECK(decoded(words.substr(comma + 4)) == from.key.public_point());
  auto elsewhere = push_to(provider::web_push);
  elsewhere.to.token = "https://Push.Example.net:8443/x";
  const std::string other = header(*from.ask(elsewhere), "authorization");
  CHECK(verified(other.substr(8, other.find(", k=") - 8), from.pair).claims.at("aud") ==
        "https://push.example.net:8443");
}

TEST_CASE("web push: keys that are none are told, and nothing is made") {
  asker from;
  auto what = push_to(provider::web_push);
  what.to.auth = "***";
  CHECK(from.ask(what).error().detail == "p256dh or auth is not base64url");
  what.to.auth = "AAAA";
  CHECK(from.ask(what).error().detail == "auth is not 16 bytes as base64url");
}

TEST_CASE("web push: each answer of the RFCs has its fate") {
  for (auto [status, fate] : std::initializer_list<std::pair<int, push_fate>>{
           {200, push_fate::delivered}, {201, push_fate::delivered}, {202, push_fate::delivered},
           {307, push_fate::try_again}, {400, push_fate::refused}, {401, push_fate::credentials_refused},
           {403, push_fate::credentials_refused}, {404, push_fate::token_is_dead}, {406, push_fate::refused},
           {410, push_fate::token_is_dead}, {413, push_fate::refused}, {429, push_fate::try_again},
           {500, push_fate::try_again}, {503, push_fate::try_again}})
    CHECK_MESSAGE(web_push_outcome(answer(status)).fate == fate, status);
  http_answer busy = answer(429, "slow down");
  busy.retry_after = std::chrono::seconds(120);
  CHECK(web_push_outcome(busy).describe() == "try_again 429 slow down retry_after=120s");
}

}  // namespace
}  // namespace carillon::push
