// Tokens carried while the directory's server is away: for so long and no longer, never once they were
// forgotten, and never through a look-up that began before.
#include "storage/token_memory.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using namespace carillon::storage;
using namespace std::chrono_literals;

namespace {

const tick_time start = tick_time{} + 1h;

principal token(std::string hash, std::uint64_t user = 1) {
  principal who;
  who.token.hash = std::move(hash);
  who.user.id = {id_kind::user, user};
  return who;
}

}  // namespace

TEST_CASE("token memory: a token is known for a time after the server's last word of it") {
  token_memory memory(10min, 10);
  memory.learn(token("a"), memory.generation(), start);
  CHECK(memory.recall("a", start + 10min - 1ms));
  CHECK_FALSE(memory.recall("a", start + 10min));
  memory.learn(token("a"), memory.generation(), start + 5min);
  CHECK(memory.recall("a", start + 10min)->token.hash == "a");
  CHECK_FALSE(memory.recall("b", start));
}

TEST_CASE("token memory: who is forgotten is not known, a token, a user or all") {
  token_memory memory(10min, 10);
  for (const auto& [hash, user] : {std::pair{"a", 1u}, {"b", 1u}, {"c", 2u}, {"d", 3u}})
    memory.learn(token(hash, user), memory.generation(), start);
  memory.forget_token("a");
  CHECK_FALSE(memory.recall("a", start));
  CHECK(memory.recall("b", start));
  memory.forget_user({id_kind::user, 1});
  CHECK_FALSE(memory.recall("b", start));
  memory.unlearn("c");
  CHECK_FALSE(memory.recall("c", start));
  CHECK(memory.recall("d", start));
  memory.forget_all();
  CHECK_FALSE(memory.recall("d", start));
}

TEST_CASE("token memory: a look-up that began before a revocation leaves nothing behind") {
  token_memory memory(10min, 10);
  for (int way = 0; way < 3; ++way) {
    const auto asked = memory.generation();
    way == 0   ? memory.forget_token("a")
    : way == 1 ? memory.forget_user({id_kind::user, 1})
               : memory.forget_all();
    memory.learn(token("a"), asked, start);
    CHECK_FALSE(memory.recall("a", start));
  }
}

TEST_CASE("token memory: tokens that nobody ever had do not disturb a look-up") {
  token_memory memory(10min, 10);
  const auto asked = memory.generation();
  memory.unlearn("junk");
  memory.learn(token("a"), asked, start);
  CHECK(memory.recall("a", start));
}

TEST_CASE("token memory: it holds so many and no more, and what is too old goes first") {
  token_memory memory(10min, 2);
  memory.learn(token("old"), memory.generation(), start);
  memory.learn(token("a"), memory.generation(), start + 10min);
  memory.learn(token("b"), memory.generation(), start + 10min);
  CHECK(memory.recall("a", start + 10min));
  CHECK(memory.recall("b", start + 10min));
  memory.learn(token("c"), memory.generation(), start + 10min);
  CHECK(memory.recall("c", start + 10min));
  CHECK((memory.recall("a", start + 10min).has_value() !=
         memory.recall("b", start + 10min).has_value()));
}
