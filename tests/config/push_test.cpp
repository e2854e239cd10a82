// [push]: what each of its texts may be, from both sides, and what they demand of one another.
#include "config/push_rules.hpp"

#include <doctest/doctest.h>

#include "tests/config/config_files.hpp"

using namespace carillon;

namespace {

std::string complaint(const std::string& text) {
  auto loaded = test::load_text(text);
  return loaded ? std::string() : loaded.error().detail;
}

}  // namespace

TEST_CASE("push settings: a provider's URL is https, a host and nothing behind it") {
  for (const char* good : {"https://api.push.apple.com", "https://127.0.0.1:8443", "https://[::1]:1"})
    CHECK(is_provider_url(good));
  for (const char* bad : {"", "https://", "http://api.push.apple.com", "https://a/", "https://a/b",
                          "https://a?b", "https://a b", "https://me@a", "api.push.apple.com"})
    CHECK_FALSE(is_provider_url(bad));
}

TEST_CASE("push settings: the webhook may have a path and a query, but no name, password or fragment") {
  for (const char* good : {"", "http://127.0.0.1:80/a", "https://hook.example/x?y=z", "https://a"})
    CHECK(is_hook_url(good));
  for (const char* bad : {"a", "ftp://a", "http://", "https://", "https:///x", "https://?x",
                          "https://me:word@a", "https://a#b", "https://a/ b", "https://a/\n"})
    CHECK_FALSE(is_hook_url(bad));
}

TEST_CASE("push settings: Apple's ids are 10 capital letters and digits") {
  CHECK(is_apple_id(""));
  CHECK(is_apple_id("ABC1234567"));
  CHECK_FALSE(is_apple_id("ABC123456"));
  CHECK_FALSE(is_apple_id("ABC12345678"));
  CHECK_FALSE(is_apple_id("abc1234567"));
  CHECK(is_bundle_id("org.example.chat-2"));
  CHECK(is_bundle_id(std::string(255, 'a')));
  CHECK_FALSE(is_bundle_id(std::string(256, 'a')));
  CHECK_FALSE(is_bundle_id("org.example\r\nx: y"));
}

TEST_CASE("push settings: the contact of Web Push is an address to write to or a page") {
  for (const char* good : {"", "mailto:ops@example.org", "https://example.org/contact"})
    CHECK(is_contact(good));
  for (const char* bad : {"ops@example.org", "mailto:", "https://", "http://example.org", "mailto:a b"})
    CHECK_FALSE(is_contact(bad));
}

TEST_CASE("push settings: what a provider needs is wanted all together") {
  CHECK(complaint("[push.apns]\nkey_file = \"a.p8\"\n") ==
        "push.apns.key_file needs push.apns.key_id\n"
        "push.apns.key_file needs push.apns.team_id\n"
        "push.apns.key_file needs push.apns.topic");
  CHECK(complaint("[push.apns]\nkey_file = \"a.p8\"\nkey_id = \"ABC1234567\"\n"
                  "team_id = \"ABC1234567\"\ntopic = \"org.example\"\n")
            .empty());
  CHECK(complaint("[push.apns]\nkey_id = \"ABC1234567\"\n") ==
        "push.apns.key_id needs push.apns.key_file");
  CHECK(complaint("[push.web]\nkey_file = \"a\"\n") == "push.web.key_file needs push.web.subject");
  CHECK(complaint("[push.web]\nsubject = \"mailto:a@b\"\n") ==
        "push.web.subject needs push.web.key_file");
  CHECK(complaint("[push.webhook]\nurl = \"https://a/b\"\n") ==
        "push.webhook.url needs push.webhook.secret_file");
  CHECK(complaint("[push.webhook]\nsecret_file = \"a\"\n") ==
        "push.webhook.secret_file needs push.webhook.url");
  CHECK(complaint("[push.fcm]\nkey_file = \"a.json\"\n").empty());
}

TEST_CASE("push settings: what was given and cannot be is complained of once, and is not wanted as well") {
  const std::string said = complaint("[push.web]\nkey_file = \"a\"\nsubject = \"ops@example.org\"\n");
  CHECK(said.find("push.web.subject = \"ops@example.org\": must be ") != std::string::npos);
  CHECK(said.find("needs") == std::string::npos);
  CHECK(complaint("[push.web]\nkey_file = \"a\"\nsubject = \"\"\n") ==
        "push.web.key_file needs push.web.subject");
}

TEST_CASE("push settings: a key that is not there is named with its section") {
  CHECK(complaint("[push.apns]\nkeyfile = \"a\"\n") ==
        "x.toml:2: push.apns.keyfile: no such setting; did you mean push.apns.key_file?");
  CHECK(complaint("[push.fcm]\nurl = \"http://a\"\n") ==
        "x.toml:2: push.fcm.url = \"http://a\": must be https://HOST with an optional port and no path");
}
