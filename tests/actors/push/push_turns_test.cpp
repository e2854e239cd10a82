// Whose row is told next.
#include "actors/slot/push_turns.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

constexpr tick_time start{std::chrono::hours(1)};
constexpr std::chrono::seconds second(1);

push_key key(std::uint64_t user, std::uint64_t channel) {
  return {user, {id_kind::channel, channel}};
}
bool all(const push_key&) {
  return true;
}

TEST_CASE("push turns: one of each user in turn, each at its time") {
  push_turns line(2);
  line.add(key(1, 1), start);
  line.add(key(1, 2), start + second);
  line.add(key(1, 3), start + second);
  line.add(key(2, 1), start + second);
  line.add(key(3, 1), start + 2 * second);
  CHECK(line.due(start - second, 9, all).empty());
  CHECK(line.due(start, 9, all) == std::vector{key(1, 1)});
  CHECK(line.due(start + second, 9, all) == std::vector{key(1, 1), key(2, 1), key(1, 2)});  // of the first no third
  CHECK(line.due(start + second, 2, all) == std::vector{key(1, 1), key(2, 1)});
  CHECK(line.next(all) == start);
}

TEST_CASE("push turns: who has as many under way as they may waits, the others do not") {
  push_turns line(2);
  for (std::uint64_t channel = 1; channel <= 9; ++channel)
    line.add(key(1, channel), start);
  line.add(key(2, 1), start + second);
  line.began(1);
  CHECK(line.due(start, 9, all).size() == 1);
  line.began(1);
  CHECK(line.due(start, 9, all).empty());
  CHECK(line.next(all) == start + second);
  line.ended(1);
  CHECK(line.next(all) == start);
  line.remove(key(2, 1), start + second);
  CHECK(line.due(start + second, 9, all) == std::vector{key(1, 1)});
}

TEST_CASE("push turns: what is not ready is passed over, also when the next time is asked for") {
  push_turns line(2);
  line.add(key(1, 1), start);
  line.add(key(1, 2), start + 2 * second);
  line.add(key(2, 1), start + second);
  const auto but_first = [](const push_key& each) { return each != key(1, 1); };
  CHECK(line.due(start + 2 * second, 1, but_first) == std::vector{key(1, 2)});
  CHECK(line.next(but_first) == start + second);
  CHECK_FALSE(line.next([](const push_key&) { return false; }));
}

}  // namespace
}  // namespace carillon::test
