// When a host that is cut off lets its clients go: not before its patience ends, not all at once, and
// not any more when it hears the others again.
#include "actors/session/farewell.hpp"

#include <doctest/doctest.h>

using namespace carillon;

TEST_CASE("farewell: a cut that is shorter than the patience sends nobody away") {
  farewell state(50, 25);
  for (int times = 0; times < 3; ++times) {
    for (int tick = 0; tick < 50; ++tick)
      CHECK(state.tick(true, 1'000) == 0);
    CHECK(state.tick(false, 1'000) == 0);
  }
}

TEST_CASE("farewell: after it all go within the spread, about as many in each tick") {
  for (std::size_t clients : {1u, 24u, 25u, 26u, 1'000u}) {
    farewell state(50, 25);
    for (int tick = 0; tick < 50; ++tick)
      REQUIRE(state.tick(true, clients) == 0);
    std::size_t here = clients;
    for (int tick = 0; tick < 25; ++tick) {
      const std::size_t going = state.tick(true, here);
      CHECK(going <= clients / 25 + 1);
      here -= going;
    }
    CHECK(here == 0);
    CHECK(state.tick(true, 2) == 2);  // who was let in a moment before the cut
  }
}

TEST_CASE("farewell: once only, who comes after all have gone may stay, until there is cause anew") {
  farewell state(0, 5, true);
  std::size_t here = 12;
  for (int tick = 0; tick < 5; ++tick)
    here -= state.tick(true, here);
  CHECK(here == 0);
  for (int tick = 0; tick < 100; ++tick)
    CHECK(state.tick(true, 3) == 0);
  CHECK(state.tick(false, 3) == 0);
  CHECK(state.tick(true, 10) == 2);
}

TEST_CASE("farewell: those who are left stay when the cut ends, and the patience begins anew") {
  farewell state(2, 4);
  CHECK(state.tick(true, 8) + state.tick(true, 8) == 0);
  CHECK(state.tick(true, 8) == 2);
  CHECK(state.tick(false, 6) == 0);
  CHECK(state.tick(true, 6) + state.tick(true, 6) == 0);
  CHECK(state.tick(true, 6) == 2);
}
