// How often a session says that its device is in use.
#include "actors/session/activity_line.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

using ms = std::chrono::milliseconds;
constexpr tick_time begin{ms(1'000'000)};

TEST_CASE("activity: the first is said at once, the next when the interval is over, with all between in one") {
  activity_line line(ms(100));
  CHECK(line.used(begin).say);
  auto second = line.used(begin + ms(40));
  CHECK_FALSE(second.say);
  CHECK(second.wait == ms(60));
  CHECK_FALSE(line.used(begin + ms(50)).say);
  CHECK_FALSE(line.used(begin + ms(50)).wait);
  line.waited(begin + ms(100));
  CHECK(line.used(begin + ms(199)).wait == ms(1));
}

TEST_CASE("activity: who comes back after the interval is told of at once, one tick before it is not") {
  activity_line line(ms(100));
  line.signed_in(begin);
  CHECK_FALSE(line.used(begin + ms(99)).say);
  activity_line other(ms(100));
  other.signed_in(begin);
  CHECK(other.used(begin + ms(100)).say);
}

TEST_CASE("activity: how long a device stands idle counts from its last use, said or not") {
  activity_line line(ms(100));
  CHECK(line.idle(begin) == ms(0));
  line.signed_in(begin);
  line.used(begin + ms(30));
  CHECK(line.idle(begin + ms(50)) == ms(20));
}

}  // namespace
}  // namespace carillon::test
