// Quorum arithmetic against a slow and obvious second answer, on random input (the seed is fixed
// and printed by a failure), and the small cases by hand.
#include <doctest/doctest.h>

#include "runtime/base/random.hpp"
#include "runtime/raft/voters.hpp"

namespace carillon::raft {
namespace {

// By definition: the highest index that at least half of the voters plus one have reached.
log_index slow_majority(const std::vector<log_index>& reached) {
  log_index best = 0;
  for (log_index candidate : reached) {
    std::size_t there = 0;
    for (log_index r : reached)
      there += r >= candidate ? 1 : 0;
    if (there * 2 > reached.size())
      best = std::max(best, candidate);
  }
  return best;
}

// By definition: won if more than half said yes; lost if that can no longer come about, whatever
// the others say.
tally slow_count(std::size_t voters, std::size_t yes, std::size_t no) {
  if (yes * 2 > voters)
    return tally::won;
  std::size_t silent = voters - yes - no;
  return (yes + silent) * 2 > voters ? tally::open : tally::lost;
}

}  // namespace

TEST_CASE("voters: majority positions agree with the definition") {
  seeded_random random(20'141'112);
  for (int round = 0; round < 5'000; ++round) {
    std::vector<member_id> ids;
    std::vector<log_index> reached;
    std::size_t size = 1 + random.below(7);
    for (std::size_t i = 0; i < size; ++i) {
      ids.push_back(i + 1);
      reached.push_back(random.below(round % 2 == 0 ? 4 : 1'000));
    }
    CAPTURE(round);
    log_index slow = slow_majority(reached);
    REQUIRE(voters(ids).reached_by_majority(reached) == slow);
  }
}

TEST_CASE("voters: elections agree with the definition") {
  seeded_random random(20'141'113);
  for (int round = 0; round < 5'000; ++round) {
    std::size_t size = 1 + random.below(7);
    std::vector<member_id> ids, granted, refused;
    for (member_id id = 1; id <= size; ++id) {
      ids.push_back(id * 10);
      std::uint64_t says = random.below(3);
      if (says == 1)
        granted.push_back(id * 10);
      else if (says == 2)
        refused.push_back(id * 10);
    }
    tally slow = slow_count(size, granted.size(), refused.size());
    // Strangers and repeats change nothing.
    granted.push_back(7);
    if (!refused.empty())
      refused.push_back(refused.front());
    CAPTURE(round);
    REQUIRE(voters(ids).count(granted, refused) == slow);
  }
}

TEST_CASE("voters: one more than half decides, half does not") {
  voters four({4, 3, 2, 1, 1});
  CHECK(four.members() == std::vector<member_id>{1, 2, 3, 4});
  CHECK(four.majority() == 3);
  CHECK(four.count({1, 2}, {}) == tally::open);
  CHECK(four.count({1, 2, 3}, {}) == tally::won);
  CHECK(four.count({1}, {2}) == tally::open);
  CHECK(four.count({1}, {2, 3}) == tally::lost);
  std::vector<log_index> reached{9, 9, 5, 0};
  CHECK(four.reached_by_majority(reached) == 5);
}

TEST_CASE("voters: without voters nobody wins and nothing is reached") {
  voters none({});
  std::vector<log_index> nothing;
  CHECK(none.reached_by_majority(nothing) == 0);
  CHECK(none.count({1}, {}) == tally::lost);
  CHECK_FALSE(none.contains(1));
}

}  // namespace carillon::raft
