// Whose turn it is: nobody waits longer because somebody else has much.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "actors/fair_line.hpp"
#include "runtime/base/random.hpp"

namespace carillon {
namespace {

std::string all_of(fair_line<char>& line) {
  std::string out;
  while (!line.empty())
    out += line.pop();
  return out;
}

void push_all(fair_line<char>& line, std::uint64_t whose, std::string_view what) {
  for (char each : what)
    line.push(whose, each);
}

}  // namespace

TEST_CASE("fair line: each owner has one turn after the other, its own things in order") {
  fair_line<char> line;
  push_all(line, 1, "abcd");
  push_all(line, 2, "xy");
  push_all(line, 3, "7");
  CHECK(line.size() == 7);
  CHECK(line.of(1) == 4);
  CHECK(line.of(9) == 0);
  CHECK(all_of(line) == "ax7bycd");
}

TEST_CASE("fair line: who had nothing here comes before those who wait") {
  fair_line<char> line;
  push_all(line, 1, "abcd");
  push_all(line, 2, "wxyz");
  CHECK(line.pop() == 'a');
  CHECK(line.pop() == 'w');
  line.push(3, '!');
  CHECK(line.pop() == '!');
  CHECK(line.pop() == 'b');
}

TEST_CASE("fair line: one may be taken out of its turn") {
  fair_line<char> line;
  push_all(line, 1, "ab");
  push_all(line, 2, "xyz");
  push_all(line, 3, "7");
  CHECK(line.pop_of(3) == '7');
  CHECK(line.pop_of(2) == 'x');
  CHECK(line.of(2) == 2);
  CHECK(all_of(line) == "aybz");
  push_all(line, 1, "c");
  CHECK(line.pop_of(1) == 'c');
  CHECK(line.empty());
}

TEST_CASE("fair line: who comes back at once is not new again") {
  fair_line<char> line;
  push_all(line, 1, "abc");
  push_all(line, 2, "x");
  std::string order;
  for (int i = 0; i < 4; ++i) {
    order += line.pop();
    line.push(2, 'x');
  }
  CHECK(order == "axbx");  // and not "axxx"
}

TEST_CASE("fair line: a line that became empty remembers nobody") {
  fair_line<char> line;
  line.push(1, 'a');
  CHECK(line.pop() == 'a');
  push_all(line, 2, "xy");
  CHECK(line.pop() == 'x');
  line.push(1, 'b');
  CHECK(all_of(line) == "by");
}

TEST_CASE("fair line: nothing is lost or repeated, and of those who always have something none is ahead by more than one") {
  seeded_random random(7);
  fair_line<int> line;
  std::map<std::uint64_t, int> pushed, popped;
  const auto push = [&](std::uint64_t whose) {
    line.push(whose, static_cast<int>(whose) * 1'000'000 + pushed[whose]++);
  };
  const auto pop = [&] {
    const int what = line.pop();
    const std::uint64_t whose = static_cast<std::uint64_t>(what) / 1'000'000;
    CHECK(what % 1'000'000 == popped[whose]++);
  };
  for (int i = 0; i < 20; ++i)
    for (std::uint64_t flooder : {1, 2, 3})
      push(flooder);
  for (int i = 0; i < 5'000; ++i) {
    push(1 + random.below(3));
    if (random.below(4) == 0)
      push(10 + random.below(50));
    pop();
    const auto [least, most] = std::minmax({popped[1], popped[2], popped[3]});
    if (line.of(1) && line.of(2) && line.of(3) && i < 20)
      CHECK(most - least <= 1);
  }
  while (!line.empty())
    pop();
  CHECK(pushed == popped);
}

}  // namespace carillon
