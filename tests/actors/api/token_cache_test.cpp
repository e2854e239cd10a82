// Tokens seen lately: they end in time, at once when they are revoked, and never come back through
// a look-up that began before.
#include "actors/api/token_cache.hpp"

#include <doctest/doctest.h>

namespace carillon::api {
namespace {

using namespace std::chrono_literals;

const tick_time start = tick_time{} + 1h;

access_ptr token(std::string hash, std::uint64_t user = 1, std::string scopes = "*") {
  storage::principal who;
  who.token.hash = std::move(hash);
  who.token.scopes = std::move(scopes);
  who.user.id = {id_kind::user, user};
  return std::make_shared<const access>(std::move(who));
}

TEST_CASE("token cache: a token is found until its time is over") {
  token_cache cache(10, 60s);
  cache.put(token("a"), cache.generation(), start);
  CHECK(cache.find("a", start));
  CHECK(cache.find("a", start + 60s - 1ms));
  CHECK_FALSE(cache.find("a", start + 60s));
  CHECK_FALSE(cache.find("b", start));
}

TEST_CASE("token cache: revoking forgets the token, disabling forgets all of the user's") {
  token_cache cache(10, 60s);
  cache.put(token("a", 1), cache.generation(), start);
  cache.put(token("b", 1), cache.generation(), start);
  cache.put(token("c", 2), cache.generation(), start);
  cache.forget_token("a");
  CHECK_FALSE(cache.find("a", start));
  CHECK(cache.find("b", start));
  cache.forget_user({id_kind::user, 1});
  CHECK_FALSE(cache.find("b", start));
  CHECK(cache.find("c", start));
}

TEST_CASE("token cache: when nobody knows what was revoked, everybody is forgotten") {
  token_cache cache(10, 60s);
  cache.put(token("a", 1), cache.generation(), start);
  cache.put(token("b", 2), cache.generation(), start);
  std::uint64_t asked = cache.generation();
  cache.forget_user({});
  cache.put(token("c", 3), asked, start);
  CHECK(cache.size() == 0);
}

TEST_CASE("token cache: a look-up that began before a revocation leaves nothing behind") {
  token_cache cache(10, 60s);
  std::uint64_t asked = cache.generation();
  cache.forget_token("a");
  cache.put(token("a"), asked, start);
  CHECK_FALSE(cache.find("a", start));
}

TEST_CASE("token cache: it holds so many and no more, and what is too old goes first") {
  token_cache cache(3, 60s);
  cache.put(token("old"), cache.generation(), start);
  cache.put(token("a"), cache.generation(), start + 30s);
  cache.put(token("b"), cache.generation(), start + 30s);
  cache.put(token("c"), cache.generation(), start + 60s);
  CHECK(cache.size() == 3);
  CHECK(cache.find("a", start + 60s));
  CHECK(cache.find("b", start + 60s));
  cache.put(token("d"), cache.generation(), start + 60s);
  CHECK(cache.size() == 3);
  CHECK(cache.find("d", start + 60s));
}

TEST_CASE("access: one of the accepted scopes is enough, a star is all of them") {
  CHECK(token("a", 1, "*")->allows("chat:write"));
  CHECK(token("a", 1, "chat:write")->allows("chat:write"));
  CHECK(token("a", 1, "users:read, chat:write")->allows("im:write,chat:write"));
  CHECK_FALSE(token("a", 1, "chat:write")->allows("users:read"));
  CHECK_FALSE(token("a", 1, "chat:writer")->allows("chat:write"));
  CHECK(token("a", 1, "")->allows(""));
  CHECK_FALSE(token("a", 1, "")->allows("chat:write"));
  CHECK(access::host_admin()->allows("admin"));
  CHECK_FALSE(access::host_admin()->allows("chat:write"));
}

}  // namespace
}  // namespace carillon::api
