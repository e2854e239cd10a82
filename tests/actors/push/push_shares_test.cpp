// Whose rows give way when there are too many.
#include "actors/slot/push_shares.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

using rank = push_shares::rank;

push_key key(std::uint64_t user, std::uint64_t channel) {
  return {user, {id_kind::channel, channel}};
}
std::vector<push_key> given(const push_shares& all, std::size_t many, const std::set<push_key>& spared = {}) {
  std::vector<push_key> out;
  for (const auto& each : all.give_way(many, spared))
    out.push_back(each.key);
  return out;
}

TEST_CASE("push shares: who has most loses the oldest, until another one has as many") {
  push_shares all;
  all.add(key(1, 1), rank::waiting, 10);  // the oldest of all
  for (std::uint64_t channel = 1; channel <= 3; ++channel)
    all.add(key(2, channel), rank::waiting, 20 + channel);
  all.add(key(3, 1), rank::waiting, 15);
  CHECK(given(all, 2) == std::vector{key(2, 1), key(2, 2)});
  CHECK(given(all, 3) == std::vector{key(2, 1), key(2, 2), key(1, 1)});
  CHECK(given(all, 9).size() == 5);
}

TEST_CASE("push shares: where all have as many, what is held goes first, then what is shown, then the oldest") {
  push_shares all;
  all.add(key(1, 1), rank::waiting, 10);
  all.add(key(2, 1), rank::waiting, 9);
  all.add(key(3, 1), rank::shown, 20);
  all.add(key(4, 1), rank::held, 30);
  CHECK(given(all, 4) == std::vector{key(4, 1), key(3, 1), key(2, 1), key(1, 1)});
  CHECK(all.count(rank::waiting) == 2);
  all.remove(key(4, 1), rank::held, 30);
  CHECK(all.count(rank::held) == 0);
  CHECK(given(all, 1) == std::vector{key(3, 1)});
}

TEST_CASE("push shares: what is spared stays, also of who has most") {
  push_shares all;
  for (std::uint64_t channel = 1; channel <= 3; ++channel)
    all.add(key(1, channel), rank::waiting, channel);
  all.add(key(2, 1), rank::held, 9);
  CHECK(given(all, 1, {key(1, 1)}) == std::vector{key(1, 2)});
  CHECK(given(all, 4, {key(1, 1), key(1, 2)}) == std::vector{key(1, 3), key(2, 1)});
}

}  // namespace
}  // namespace carillon::test
