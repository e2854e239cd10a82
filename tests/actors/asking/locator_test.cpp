// Who leads what: newer terms win over older ones however late they are told, a hint is worth a try
// and no more, and a host that is lost leads nothing.
#include "actors/locator.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

TEST_CASE("locator: nobody is known at first; the last entry is the meta group's") {
  locator where(1, 4);
  CHECK(where.meta_slot() == 4);
  CHECK(where.of(0).leader == 0);
  CHECK(where.led_by(4, 2, 1));
  CHECK(where.of(4).leader == 2);
  CHECK_FALSE(where.is_here(0));
}

TEST_CASE("locator: a newer term counts, an older one changes nothing, the same again is no news") {
  locator where(1, 4);
  CHECK(where.led_by(0, 2, 5));
  CHECK_FALSE(where.led_by(0, 2, 5));
  CHECK_FALSE(where.led_by(0, 3, 4));
  CHECK(where.of(0).leader == 2);
  CHECK(where.led_by(0, 1, 6));
  CHECK(where.is_here(0));
  CHECK_FALSE(where.led_by(0, 0, 5));  // "nobody" of long ago
  CHECK(where.is_here(0));
  CHECK(where.led_by(0, 0, 6));  // who led says that it leads no more
  CHECK(where.of(0).leader == 0);
  CHECK(where.of(0).term == 6);
}

TEST_CASE("locator: a hint counts against whom it comes from, and where nobody is known") {
  locator where(1, 4);
  where.try_next(0, 3, 2);
  CHECK(where.of(0).leader == 3);
  where.led_by(0, 2, 5);
  where.try_next(0, 3, 1);  // 1 was asked long ago; 2 is known since
  CHECK(where.of(0).leader == 2);
  where.try_next(0, 3, 2);
  CHECK(where.of(0).leader == 3);
  where.try_next(0, 0, 3);  // it does not know either
  CHECK(where.of(0).leader == 3);
}

TEST_CASE("locator: a late hint does not hide what is told with a term") {
  locator where(1, 4);
  where.led_by(0, 2, 5);
  where.try_next(0, 3, 2);
  CHECK(where.led_by(0, 2, 5));  // its beat: it does lead in 5
  CHECK(where.of(0).leader == 2);
  CHECK(where.of(0).term == 5);
}

TEST_CASE("locator: a host that is lost leads nothing until somebody says so again") {
  locator where(1, 4);
  where.led_by(0, 2, 5);
  where.led_by(1, 3, 5);
  where.led_by(2, 1, 5);
  where.lost(2);
  CHECK(where.of(0).leader == 0);
  CHECK(where.of(0).term == 5);
  CHECK(where.of(1).leader == 3);
  where.lost(1);  // ourselves: never
  CHECK(where.is_here(2));
  CHECK_FALSE(where.led_by(0, 3, 4));
  CHECK(where.led_by(0, 2, 5));
}

TEST_CASE("locator: many hosts are kept apart") {
  locator where(1, 4);
  for (raft::member_id host = 1; host < 1000; ++host) {
    where.led_by(0, host * 1'000'003, host);
    CHECK(where.of(0).leader == host * 1'000'003);
  }
}

}  // namespace
}  // namespace carillon::test
