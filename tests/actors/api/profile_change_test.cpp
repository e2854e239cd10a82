// users.profile.set: which fields may change, and how far.
#include "actors/api/profile_change.hpp"

#include <doctest/doctest.h>

namespace json = boost::json;

namespace carillon::api {
namespace {

storage::user_row ada() {
  storage::user_row user;
  user.id = {id_kind::user, 1};
  user.real_name = "Ada";
  user.email = "ada@example.org";
  user.profile = R"({"status_text":"away","title":"Countess"})";
  return user;
}

TEST_CASE("profile: given fields change, others stay, unknown ones are ignored") {
  auto out = with_profile(ada(), {{"status_text", "here"},
                                  {"real_name", "Ada L."},
                                  {"email", "ADA@Example.net"},
                                  {"team", "T2"},
                                  {"x", 1}});
  REQUIRE(out);
  CHECK(out->real_name == "Ada L.");
  CHECK(out->email == "ada@example.net");
  CHECK(out->profile == R"({"status_text":"here","title":"Countess"})");
}

TEST_CASE("profile: the longest status fits, one character more does not") {
  std::string longest;
  for (int i = 0; i < 100; ++i)
    longest += "가";
  CHECK(with_profile(ada(), {{"status_text", longest}}));
  auto over = with_profile(ada(), {{"status_text", longest + "가"}});
  CHECK(over.code() == errc::profile_set_failed);
}

TEST_CASE("profile: what is not a text, not clean, or not an address is refused") {
  CHECK(with_profile(ada(), {{"title", 5}}).code() == errc::profile_set_failed);
  CHECK(with_profile(ada(), {{"title", json::string("a\0b", 3)}}).code() ==
        errc::profile_set_failed);
  CHECK(with_profile(ada(), {{"email", "nowhere"}}).code() == errc::invalid_email);
  CHECK(with_profile(ada(), {{"status_expiration", -1}}).code() == errc::profile_set_failed);
  CHECK(with_profile(ada(), {{"status_expiration", 0}}));
}

TEST_CASE("profile: a bot has no address") {
  storage::user_row bot = ada();
  bot.bot = true;
  CHECK(with_profile(bot, {{"email", "bot@example.org"}}).code() == errc::invalid_email);
}

TEST_CASE("profile: one field as name and value, or a whole object") {
  auto args = [](std::string query) {
    edge::http_request request;
    request.query = std::move(query);
    return *arguments::read(request);
  };
  CHECK(*profile_argument(args("name=title&value=Dr")) == json::object{{"title", "Dr"}});
  CHECK(*profile_argument(args("name=status_expiration&value=7")) ==
        json::object{{"status_expiration", 7}});
  CHECK(*profile_argument(args("profile=%7B%22title%22%3A%22Dr%22%7D")) ==
        json::object{{"title", "Dr"}});
  CHECK(profile_argument(args("profile=%5B%5D")).code() == errc::invalid_profile);
  CHECK(profile_argument(args("value=7")).code() == errc::invalid_profile);
}

}  // namespace
}  // namespace carillon::api
