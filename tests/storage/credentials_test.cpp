// Passwords, tokens, tickets and the secret key. Tickets: every single changed bit and every border
// of their life; the key file: made once, readable by its owner only, never half-written.
#include "storage/credentials.hpp"

#include <filesystem>
#include <fstream>
#include <set>
#include <utility>

#include <doctest/doctest.h>
#include <sys/stat.h>

using namespace carillon;
using namespace carillon::storage;

namespace {

constexpr std::size_t cheap_memory = 8 * 1024 * 1024;

const bool started = start_credentials();

std::string key_of(char c) {
  return std::string(32, c);
}

ticket sample() {
  return {.user = {'U', 12345},
          .team = {'T', 67890},
          .token_hash = token_hash("xoxp-x"),
          .expires = 1'000};
}

struct folder {
  std::string path;
  folder() {
    path = (std::filesystem::temp_directory_path() / "carillon-XXXXXX").string();
    REQUIRE(mkdtemp(path.data()) != nullptr);
  }
  ~folder() { std::filesystem::remove_all(path); }
};

}  // namespace

TEST_CASE("credentials: a password is verified by its hash, another one is not") {
  REQUIRE(started);
  auto hash = hash_password("correct horse", 1, cheap_memory);
  REQUIRE(hash);
  CHECK(hash->starts_with("$argon2id$v=19$m=8192,t=1,p=1$"));
  CHECK(verify_password(*hash, "correct horse"));
  CHECK_FALSE(verify_password(*hash, "correct horsf"));
  CHECK_FALSE(verify_password(*hash, ""));
  auto again = hash_password("correct horse", 1, cheap_memory);
  REQUIRE(again);
  CHECK(*again != *hash);  // another salt
}

TEST_CASE("credentials: no password matches an empty, foreign or endless hash") {
  CHECK_FALSE(verify_password("", ""));
  CHECK_FALSE(verify_password("plain", "plain"));
  CHECK_FALSE(verify_password(std::string(1'000, '$'), "x"));
}

TEST_CASE("credentials: a password hash that finds no memory is overloaded, not a crash") {
  auto hash = hash_password("x", 1, std::size_t{1} << 46);
  REQUIRE_FALSE(hash);
  CHECK(hash.code() == errc::overloaded);
}

TEST_CASE("credentials: tokens name their kind and never repeat") {
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i)
    CHECK(seen.insert(new_token_text(token_kind::person)).second);
  CHECK(new_token_text(token_kind::person).starts_with("xoxp-"));
  CHECK(new_token_text(token_kind::bot).starts_with("xoxb-"));
  CHECK(new_token_text(token_kind::app).starts_with("xapp-"));
  std::string text = new_token_text(token_kind::person);
  CHECK(text.size() == 5 + 52);  // 256 bits in digits of five
  CHECK(text.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567", 5) == std::string::npos);
}

TEST_CASE("credentials: a token's stored hash is 32 bytes of BLAKE2b") {
  // Known answer of BLAKE2b-256 for "abc".
  std::string hash = token_hash("abc");
  REQUIRE(hash.size() == 32);
  CHECK(static_cast<unsigned char>(hash[0]) == 0xbd);
  CHECK(static_cast<unsigned char>(hash[1]) == 0xdd);
  CHECK(static_cast<unsigned char>(hash[31]) == 0x19);
  CHECK(token_hash("abd") != hash);
}

TEST_CASE("credentials: a ticket comes back as it was made, until its end") {
  std::string text = make_ticket(sample(), key_of('k'));
  auto read = read_ticket(text, key_of('k'), 999);
  REQUIRE(read);
  CHECK(read->user == sample().user);
  CHECK(read->team == sample().team);
  CHECK(read->token_hash == sample().token_hash);
  CHECK(read->expires == 1'000);
  CHECK_FALSE(read_ticket(text, key_of('k'), 1'000));
}

TEST_CASE("credentials: a ticket stands in a URL's path as it is") {
  for (std::uint64_t i = 0; i < 200; ++i) {
    ticket what = sample();
    what.user.number = i;
    CHECK(make_ticket(what, key_of('k'))
              .find_first_not_of(
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
          std::string::npos);
  }
}

TEST_CASE("credentials: a ticket of another key, changed, cut or grown is refused") {
  std::string text = make_ticket(sample(), key_of('k'));
  CHECK_FALSE(read_ticket(text, key_of('l'), 0));
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CAPTURE(i);
    CHECK_FALSE(read_ticket(changed, key_of('k'), 0));
  }
  for (int c = -128; c < 128; ++c) {  // bytes that no base 64 has, too
    std::string changed = text;
    for (char& at : changed) {
      const char kept = std::exchange(at, static_cast<char>(c));
      CAPTURE(c);
      CHECK(read_ticket(changed, key_of('k'), 0).has_value() == (at == kept));
      at = kept;
    }
  }
  for (std::size_t size = 0; size < text.size(); ++size)
    CHECK_FALSE(read_ticket(std::string_view(text).substr(0, size), key_of('k'), 0));
  CHECK_FALSE(read_ticket(text + "A", key_of('k'), 0));
  CHECK_FALSE(read_ticket(text + "AAAA", key_of('k'), 0));
  CHECK_FALSE(read_ticket(text + "=", key_of('k'), 0));
  CHECK_FALSE(read_ticket("not a ticket", key_of('k'), 0));
}

TEST_CASE("credentials: the secret key is made once, for its owner only") {
  folder data;
  auto first = load_secret_key(data.path);
  REQUIRE(first);
  CHECK(first->size() == 32);
  struct stat about {};
  REQUIRE(stat((data.path + "/secret.key").c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  auto second = load_secret_key(data.path);
  REQUIRE(second);
  CHECK(*second == *first);
  // No drafts are left behind.
  CHECK(std::distance(std::filesystem::directory_iterator(data.path), {}) == 1);
}

TEST_CASE("credentials: a key file of any other size is reported, not replaced") {
  for (std::size_t size : {std::size_t{0}, std::size_t{31}, std::size_t{33}}) {
    folder data;
    std::ofstream(data.path + "/secret.key") << std::string(size, 'x');
    auto key = load_secret_key(data.path);
    REQUIRE_FALSE(key);
    CHECK(key.code() == errc::corrupt_record);
    CHECK(key.error().detail == data.path + "/secret.key: must be exactly 32 bytes");
  }
}

TEST_CASE("credentials: a data folder that is not there is named") {
  auto key = load_secret_key("/nonexistent");
  REQUIRE_FALSE(key);
  CHECK(key.code() == errc::io_error);
  CHECK(key.error().detail == "/nonexistent/secret.key: No such file or directory");
}
