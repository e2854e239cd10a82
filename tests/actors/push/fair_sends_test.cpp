// Which push goes next to a provider, where some users' services are slow.
#include "actors/push/fair_sends.hpp"

#include <vector>

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

using sends = fair_sends<int>;

std::vector<int> all_that_may_go(sends& line) {
  std::vector<int> out;
  while (const auto each = line.next())
    out.push_back(*each);
  return out;
}

TEST_CASE("fair sends: of one user so many are under way, others go on") {
  sends line({.all = 10, .of_user = 2, .of_origin = 10});
  for (int i = 1; i <= 4; ++i)
    line.add(1, "a", i);
  line.add(2, "a", 11);
  CHECK(all_that_may_go(line) == std::vector{1, 11, 2});
  CHECK(line.waiting() == 2);
  line.ended(2, "a");
  CHECK(all_that_may_go(line).empty());
  line.ended(1, "a");
  CHECK(all_that_may_go(line) == std::vector{3});
}

TEST_CASE("fair sends: a user's limit is of all origins together") {
  sends line({.all = 10, .of_user = 2, .of_origin = 10});
  for (int i = 1; i <= 3; ++i)
    line.add(1, std::string(1, static_cast<char>('a' + i)), i);
  CHECK(all_that_may_go(line) == std::vector{1, 2});
}

TEST_CASE("fair sends: to one origin so many are under way, those to others go on, of each origin in turn") {
  sends line({.all = 10, .of_user = 10, .of_origin = 2});
  for (int i = 1; i <= 4; ++i)
    line.add(static_cast<std::uint64_t>(i), "slow", i);
  for (int i = 11; i <= 13; ++i)
    line.add(static_cast<std::uint64_t>(i), "quick", i);
  CHECK(all_that_may_go(line) == std::vector{11, 1, 12, 2});
  line.ended(11, "quick");
  CHECK(all_that_may_go(line) == std::vector{13});
}

TEST_CASE("fair sends: there is a limit of all, and all of them go in the end") {
  sends line({.all = 3, .of_user = 3, .of_origin = 3});
  for (int i = 0; i < 10; ++i)
    line.add(7, "a", i);
  std::vector<int> gone = all_that_may_go(line);
  CHECK(gone.size() == 3);
  CHECK(line.under_way() == 3);
  while (line.under_way() > 0) {
    line.ended(7, "a");
    if (const auto each = line.next())
      gone.push_back(*each);
  }
  CHECK(gone == std::vector{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CHECK(line.waiting() == 0);
}

}  // namespace
}  // namespace carillon::test
