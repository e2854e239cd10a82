// A seed replays exactly; the operating system's chance does not repeat.
#include <doctest/doctest.h>

#include <array>
#include <set>

#include "runtime/base/random.hpp"

namespace carillon {

TEST_CASE("random: SplitMix64's published numbers") {
  seeded_random zero(0);
  CHECK(zero.next() == 0xe220a8397b1dcdafULL);
  CHECK(zero.next() == 0x6e789e6aa1b965f4ULL);
  CHECK(zero.next() == 0x06c45d188009454fULL);
  seeded_random other(1'234'567);
  CHECK(other.next() == 6'457'827'717'110'365'317ULL);
  CHECK(other.next() == 3'203'168'211'198'807'973ULL);
}

TEST_CASE("random: one seed, one sequence") {
  seeded_random a(42), b(42), c(43);
  bool differs = false;
  for (int i = 0; i < 100; ++i) {
    std::uint64_t x = a.next();
    REQUIRE(x == b.next());
    differs = differs || x != c.next();
  }
  CHECK(differs);
}

TEST_CASE("random: below stays below, reaches all, and favours none") {
  seeded_random random(7);
  CHECK(random.below(1) == 0);
  std::array<int, 10> seen{};
  for (int i = 0; i < 100'000; ++i) {
    std::uint64_t x = random.below(seen.size());
    REQUIRE(x < seen.size());
    ++seen[x];
  }
  for (int count : seen) {
    CHECK(count > 9'600);  // 10,000 expected, standard deviation 95
    CHECK(count < 10'400);
  }
}

TEST_CASE("random: ids have the kind that was asked for and do not repeat") {
  secure_random random;
  std::set<std::string> seen;
  for (int i = 0; i < 1'000; ++i) {
    entity_id one = random.new_id(id_kind::channel);
    REQUIRE(one.kind == 'C');
    REQUIRE(entity_id::parse(one.text()) == one);
    seen.insert(one.text());
  }
  CHECK(seen.size() == 1'000);
}

TEST_CASE("random: random_bytes gives as many as were asked for") {
  CHECK(random_bytes(0).empty());
  CHECK(random_bytes(1).size() == 1);
  CHECK(random_bytes(32).size() == 32);
  CHECK(random_bytes(32) != random_bytes(32));
}

}  // namespace carillon
