// When what is watched is asked about again.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "actors/hub/audit_turns.hpp"

namespace carillon {
namespace {

constexpr std::uint64_t turns = 60;

// Which turns the slots have, of 10,000 that live in each.
std::map<slot_id, std::set<std::uint64_t>> turns_of(std::uint64_t slots) {
  std::map<slot_id, std::set<std::uint64_t>> out;
  for (slot_id slot = 0; slot < slots; ++slot)
    for (std::uint64_t number = 0; number < 10'000; ++number)
      out[slot].insert(audit_turn_of(slot, number, slots, turns));
  return out;
}

}  // namespace

TEST_CASE("audit: what lives in one of many slots has one turn, and few slots share it") {
  for (std::uint64_t slots : {60u, 64u, 256u}) {
    std::map<std::uint64_t, std::size_t> in_turn;
    for (const auto& [slot, when] : turns_of(slots)) {
      CHECK(when.size() == 1);
      ++in_turn[*when.begin()];
    }
    CHECK(in_turn.size() == turns);
    CHECK(in_turn.rbegin()->first == turns - 1);
    for (const auto& [turn, some] : in_turn)
      CHECK(some <= slots / turns + 1);
  }
}

TEST_CASE("audit: of few slots each has as many turns as there are for it, and no two share one") {
  for (std::uint64_t slots : {1u, 8u, 59u}) {
    std::set<std::uint64_t> all;
    for (const auto& [slot, when] : turns_of(slots)) {
      CHECK(when.size() == turns / slots);
      all.insert(when.begin(), when.end());
    }
    CHECK(all.size() == slots * (turns / slots));
    CHECK(*all.rbegin() < turns);
  }
}

}  // namespace carillon
