// A look at the locator tells which slots have got another leader since the last one.
#include "actors/hub/leader_watch.hpp"

#include <doctest/doctest.h>

using namespace carillon;

namespace {

using slots = std::vector<slot_id>;

TEST_CASE("watch: another leader, or the same one in another term, is a change") {
  locator where(1, 4);
  leader_watch watch;
  CHECK(watch.look(where).empty());  // nobody leads anything yet
  where.led_by(0, 1, 5);
  where.led_by(2, 2, 5);
  CHECK(watch.look(where) == slots{0, 2});
  CHECK(watch.look(where).empty());
  where.led_by(2, 2, 6);
  CHECK(watch.look(where) == slots{2});
  where.led_by(2, 3, 7);
  where.led_by(0, 1, 5);
  CHECK(watch.look(where) == slots{2});
}

TEST_CASE("watch: a slot that lost its leader is no news until it has one, also the same one again") {
  locator where(1, 4);
  leader_watch watch;
  where.led_by(0, 2, 5);
  CHECK(watch.look(where) == slots{0});
  where.lost(2);
  CHECK(watch.look(where).empty());
  where.led_by(0, 2, 5);
  CHECK(watch.look(where) == slots{0});
}

}  // namespace
