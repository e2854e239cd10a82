// How many places to wait at a user may take.
#include "actors/api/wait_places.hpp"

#include <memory>

#include <doctest/doctest.h>

using namespace carillon;
using api::wait_places;

TEST_CASE("wait places: so many for each user, and again when one is let go") {
  wait_places places;
  const entity_id ann{id_kind::user, 1};
  const entity_id ben{id_kind::user, 2};
  auto first = places.take(ann, 2);
  auto second = places.take(ann, 2);
  CHECK(first);
  CHECK(second);
  CHECK(!places.take(ann, 2));
  CHECK(places.take(ben, 2));
  CHECK(places.users() == 1);  // ben let his go
  first.reset();
  CHECK(places.take(ann, 2));
}

TEST_CASE("wait places: who waits may outlive the book") {
  auto places = std::make_unique<wait_places>();
  auto held = places->take({id_kind::user, 1}, 1);
  places.reset();
  held.reset();
  CHECK(!held);
}
