// What a client of a storm has of its channel, through breaks.
#include <doctest/doctest.h>

#include "tools/bench/storm/catch_up.hpp"

namespace carillon::bench {
namespace {

catch_up after(std::uint64_t seq) {
  catch_up messages;
  messages.begin();
  messages.history({{seq, "ts"}});
  return messages;
}

} // namespace

TEST_CASE("catching up: what was missed and what came live meanwhile make one order") {
  catch_up messages = after(3);
  messages.live({4, "4"});
  messages.begin();
  messages.live({7, "7"}); // came before history was read, which has it too
  messages.live({8, "8"});
  CHECK(messages.last().seq == 4);
  messages.history({{5, "5"}, {6, "6"}, {7, "7"}});
  CHECK(messages.last().seq == 8);
  CHECK(messages.last().ts == "8");
  CHECK(messages.delivered() == 6);
  CHECK(messages.gaps() == 0);
}

TEST_CASE("catching up: what neither history nor the connection brought is counted") {
  catch_up messages = after(3);
  messages.begin();
  messages.live({9, "9"});
  messages.history({{4, "4"}, {6, "6"}});
  CHECK(messages.gaps() == 1 + 2);
  messages.live({11, "11"});
  CHECK(messages.gaps() == 4);
}

TEST_CASE("catching up: the first thing that a client hears of begins its order") {
  catch_up messages = after(17);
  CHECK(messages.gaps() == 0);
  CHECK(messages.delivered() == 1);
}

} // namespace carillon::bench
