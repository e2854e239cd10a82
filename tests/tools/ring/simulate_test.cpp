// Large rings in small: what is computed of them hangs together.
#include <doctest/doctest.h>

#include "tools/ring/simulate.hpp"

namespace carillon::ring {

TEST_CASE("ring simulate: the loss of one host is played until all its places are elsewhere, and no delta costs a whole view") {
  large_ring how;
  how.hosts = 20;
  how.zones = 4;
  how.slots = 1'024;
  const ring_report_card card = simulate(how);
  REQUIRE(card.losses.size() == 2);
  CHECK(card.losses[0].places_lost > 0);
  CHECK(card.after_one.moves_done == card.losses[0].moves);
  CHECK(card.after_one.deltas > 1);
  CHECK(card.after_one.written_bytes < static_cast<double>(card.view_bytes) / 5);
  CHECK(card.after_one.told_bytes < static_cast<double>(card.view_bytes) / 5);
}

}  // namespace carillon::ring
