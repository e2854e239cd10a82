// The files that [push] names: what is good is read, what is wrong is told with setting, file and reason;
// and a sender that has none of them.
#include <doctest/doctest.h>

#include <optional>

#include "runtime/push/credentials.hpp"
#include "runtime/push/sender.hpp"
#include "tests/runtime/push/push_fixture.hpp"
#include "tests/support/temporary_file.hpp"

namespace carillon::push {
namespace {

using testing::temporary_file;

std::string problem(const settings::push_settings& given) {
  auto read = credentials::read(given);
  if (read)
    return "";
  CHECK(read.code() == errc::invalid_config);
  return read.error().detail;
}

TEST_CASE("push credentials: a P-256 key as PEM is Apple's, also as one number it is VAPID's") {
  auto pair = new_ec("P-256");
  temporary_file pem(pem_of(pair.get()));
  temporary_file scalar("\n" + std::string(rfc8291::as_private) + "\n");
  settings::push_settings given;
  given.apns.key_file = pem.path();
  given.web.key_file = pem.path();
  auto read = credentials::read(given);
  REQUIRE(read);
  CHECK(read->apns_key->public_point() == read->vapid_key->public_point());
  given.web.key_file = scalar.path();
  read = credentials::read(given);
  REQUIRE(read);
  CHECK(base64url(read->vapid_key->public_point()) == rfc8291::as_public);
  given.apns.key_file = scalar.path();
  CHECK(problem(given) == "push.apns.key_file = \"" + scalar.path() +
                              "\": has no private key as PEM, or one that a password protects");
}

TEST_CASE("push credentials: everything that is wrong is said at once, each with its setting and file") {
  temporary_file other_curve(pem_of(new_ec("P-384").get())), rsa(pem_of(new_rsa(2'048).get()));
  temporary_file text("hello"), empty("");
  settings::push_settings given;
  given.ca_file = text.path();
  given.apns.key_file = other_curve.path();
  given.fcm.key_file = text.path();
  given.web.key_file = rsa.path();
  given.webhook.url = "https://hook.example";
  given.webhook.secret_file = empty.path();
  CHECK(problem(given) == "push.ca_file = \"" + text.path() + "\": has no certificate as PEM\n" +
                              "push.apns.key_file = \"" + other_curve.path() + "\": is not a P-256 key\n" +
                              "push.fcm.key_file = \"" + text.path() + "\": is not JSON\n" +
                              "push.web.key_file = \"" + rsa.path() + "\": is not a P-256 key\n" +
                              "push.webhook.secret_file = \"" + empty.path() + "\": has fewer than 16 bytes");
  settings::push_settings missing;
  missing.apns.key_file = "/nowhere/x.p8";
  missing.web.key_file = "/tmp";
  CHECK(problem(missing) == "push.apns.key_file = \"/nowhere/x.p8\": cannot be read: No such file or directory\n"
                            "push.web.key_file = \"/tmp\": cannot be read: Is a directory");
}

TEST_CASE("push credentials: the webhook's secret has 16 bytes without the line end, and its URL a host") {
  temporary_file good("0123456789abcdef\n"), bad("0123456789abcde\n");
  settings::push_settings given;
  given.webhook.url = "https://hook.example/x";
  given.webhook.secret_file = good.path();
  auto read = credentials::read(given);
  REQUIRE(read);
  CHECK(read->hook_secret == "0123456789abcdef");
  given.webhook.secret_file = bad.path();
  CHECK(problem(given).ends_with("has fewer than 16 bytes"));
  given.webhook.secret_file = good.path();
  given.webhook.url = "https://hook.example:99999/x";
  CHECK(problem(given) == "push.webhook.url = \"https://hook.example:99999/x\": is no URL");
}

TEST_CASE("push sender: without settings it starts, speaks to nobody, and says so of every push") {
  auto made = sender::start({});
  REQUIRE(made);
  CHECK((*made)->vapid_public_key().empty());
  std::vector<push_outcome> seen;  // read after stop(), when every outcome has come
  for (provider via : {provider::apns, provider::fcm, provider::web_push, provider::webhook}) {
    CHECK_FALSE((*made)->speaks(via));
    CHECK((*made)->send(push_to(via), [&](push_outcome how) { seen.push_back(std::move(how)); }));
  }
  (*made)->stop(std::chrono::seconds(10));
  REQUIRE(seen.size() == 4);
  CHECK(seen[0].describe() == "credentials_refused apns is not in the settings");
  CHECK_FALSE((*made)->send(push_to(provider::apns), [](push_outcome) { FAIL("it is stopped"); }));
  CHECK((*made)->counted(provider::fcm).fates[static_cast<std::size_t>(push_fate::credentials_refused)] == 1);
  CHECK((*made)->counted(provider::fcm).under_way == 0);
}

TEST_CASE("push sender: a file that is missing keeps it from starting") {
  settings::push_settings given;
  given.apns.key_file = "/nowhere/x.p8";
  auto made = sender::start(given);
  REQUIRE_FALSE(made);
  CHECK(made.error().detail.find("push.apns.key_file") != std::string::npos);
}

}  // namespace
}  // namespace carillon::push
