// What a user's slot hears of a device, in order, however slow it is to answer: the last word is the
// truth.
#include "actors/session/device_line.hpp"

#include <doctest/doctest.h>

using namespace carillon;
using word = device_line::word;

TEST_CASE("device: it is said to be here, and gone when it goes") {
  device_line line;
  CHECK(line.is_here() == word::here);
  CHECK(line.said() == word::nothing);
  CHECK(line.is_gone() == word::gone);
}

TEST_CASE("device: one that goes while it is announced is said to be gone after that, not before") {
  device_line line;
  CHECK(line.is_here() == word::here);
  CHECK(line.is_gone() == word::nothing);
  CHECK(line.said() == word::gone);
}

TEST_CASE("device: another leader hears of it too, once the word under way is through") {
  device_line line;
  CHECK(line.is_here() == word::here);
  CHECK(line.is_here() == word::nothing);
  CHECK(line.is_here() == word::nothing);
  CHECK(line.said() == word::here);
  CHECK(line.said() == word::nothing);
}
