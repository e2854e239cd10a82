// Where entities live: known answers, for data is looked for where this function says, and an even
// load on the slots whatever the ids look like.
#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/ring/slot_hash.hpp"

namespace carillon {
namespace {

struct answer {
  const char* id;
  slot_id of_64;
  slot_id of_256;
  slot_id of_16384;
};

// Most and least loaded of `slots` when `next` gives `per_slot` ids for each on average, relative
// to the average, in per cent.
template <class Next>
std::pair<int, int> spread(std::uint32_t slots, int per_slot, Next next) {
  std::vector<int> load(slots);
  for (std::uint32_t i = 0; i < slots * static_cast<std::uint32_t>(per_slot); ++i)
    ++load[slot_of(next(i), slots)];
  auto [least, most] = std::minmax_element(load.begin(), load.end());
  return {*least * 100 / per_slot, *most * 100 / per_slot};
}

}  // namespace

TEST_CASE("slot_of: known answers for the three sizes of a cluster") {
  for (const answer& a :
       {answer{"C0K3ZT9QW1B7M", 39, 167, 4007}, answer{"C000000000000", 0, 0, 15360},
        answer{"U000000000001", 18, 210, 7122}, answer{"CZZZZZZZZZZZZ", 45, 45, 8749},
        answer{"D0K3ZT9QW1B7M", 32, 32, 7968}}) {
    CAPTURE(a.id);
    entity_id id = *entity_id::parse(a.id);
    CHECK(slot_of(id, 1) == 0);
    CHECK(slot_of(id, 64) == a.of_64);
    CHECK(slot_of(id, 256) == a.of_256);
    CHECK(slot_of(id, 16'384) == a.of_16384);
  }
}

TEST_CASE("slot_of: a cluster with more slots splits each slot, and mixes none") {
  seeded_random random(64);
  for (int i = 0; i < 1'000; ++i) {
    entity_id id = random.new_id('C');
    REQUIRE(slot_of(id, 64) == slot_of(id, 16'384) % 64);
  }
}

TEST_CASE("slot_of: random ids load all slots alike") {
  seeded_random random(2014);
  auto next = [&](std::uint32_t) { return random.new_id('C'); };
  // 1,000 ids a slot: the standard deviation is 3.2 %, and the worst of 256 within five of them.
  for (std::uint32_t slots : {64u, 256u}) {
    auto [least, most] = spread(slots, 1'000, next);
    CAPTURE(slots);
    CHECK(least >= 84);
    CHECK(most <= 116);
  }
  auto [least, most] = spread(16'384, 64, next);
  CHECK(least >= 30);
  CHECK(most <= 180);
}

TEST_CASE("slot_of: ids that count up one by one load all slots alike too") {
  auto [least, most] = spread(64, 1'000, [](std::uint32_t i) { return entity_id{'U', i}; });
  CHECK(least >= 84);
  CHECK(most <= 116);
}

}  // namespace carillon
