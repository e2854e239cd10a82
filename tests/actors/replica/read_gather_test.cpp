// When a group's reads ask whether it still leads.
#include <doctest/doctest.h>

#include "actors/read_gather.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

constexpr tick_time start{1'000s};

}  // namespace

TEST_CASE("read gather: on a host that has time every read asks at once") {
  read_gather reads;
  for (int i = 0; i < 10; ++i)
    CHECK_FALSE(reads.ask(start + i * 1us, false));
}

TEST_CASE("read gather: while callers wait for the host a round begins once in each time of gathering") {
  read_gather reads;
  CHECK_FALSE(reads.ask(start, true));
  const auto turn = reads.ask(start + 1us, true);
  REQUIRE(turn);
  CHECK(*turn == start + read_gather::gather);
  CHECK(reads.ask(*turn - 1us, true) == turn);
  CHECK_FALSE(reads.ask(*turn, true));
  CHECK(reads.ask(*turn + 1us, true) == *turn + read_gather::gather);
}

TEST_CASE("read gather: a round that began on a host with time is followed by the next in its time, once the host is busy") {
  read_gather reads;
  CHECK_FALSE(reads.ask(start, false));
  CHECK(reads.ask(start + 1ms, true) == start + read_gather::gather);
  CHECK_FALSE(reads.ask(start + 2ms, false));
}

}  // namespace carillon
