// Clocks of hosts judged by what must have come before what, with clocks made up here: minutes apart,
// milliseconds apart, and set while one looks.
#include <doctest/doctest.h>

#include "actors/inspect/clocks.hpp"
#include "runtime/base/random.hpp"

using namespace carillon;

namespace {

constexpr std::uint64_t noon = 1'790'000'000'000'000;
constexpr std::int64_t minute = 60'000'000;

// Hosts whose clocks are off by so much. A message is sent at `at` (true time) and takes `way`.
struct world {
  std::vector<std::int64_t> ahead;
  host_clocks clocks{ahead.size()};

  std::uint64_t clock(std::size_t host, std::uint64_t at) const {
    return at + static_cast<std::uint64_t>(ahead[host]);
  }
  bool message(std::size_t from, std::size_t to, std::uint64_t at, std::uint64_t way) {
    return clocks.before(from, clock(from, at), to, clock(to, at + way));
  }
};

}  // namespace

TEST_CASE("clocks: a question and its answer tell how far two clocks are apart, to half of their way") {
  for (const std::int64_t off : {15 * minute, -15 * minute, std::int64_t{3'000}, std::int64_t{-3'000}}) {
    CAPTURE(off);
    world w{{0, off}};
    CHECK(w.message(0, 1, noon, 400));
    CHECK(w.message(1, 0, noon + 500, 600));
    const auto found = w.clocks.offsets()[1];
    REQUIRE(found.exact_to.has_value());
    CHECK(*found.exact_to == 500);
    CHECK(std::abs(found.ahead - off) <= 500);
  }
}

TEST_CASE("clocks: those that may agree are taken to agree, whatever the middle is") {
  world w{{0, 0}};
  w.message(0, 1, noon, 40'000);  // a slow way there, a fast one back
  w.message(1, 0, noon + 50'000, 100);
  CHECK(w.clocks.offsets()[1].ahead == 0);
  CHECK(*w.clocks.offsets()[1].exact_to == 40'000);
}

TEST_CASE("clocks: what is known of two pairs is known of the third") {
  world w{{0, 15 * minute, -3'000}};
  w.message(0, 1, noon, 300);
  w.message(1, 0, noon + 400, 300);
  w.message(1, 2, noon, 200);  // the third host never spoke with the first
  w.message(2, 1, noon + 300, 200);
  const auto found = w.clocks.offsets();
  CHECK(std::abs(found[1].ahead - 15 * minute) <= 300);
  CHECK(std::abs(found[2].ahead + 3'000) <= 500);
}

TEST_CASE("clocks: one of which nothing is known is left as it is, one with one bound goes that far") {
  world w{{0, 0, -5'000}};
  w.message(0, 2, noon, 100);
  CHECK(w.clocks.offsets()[1].ahead == 0);
  CHECK_FALSE(w.clocks.offsets()[1].exact_to.has_value());
  CHECK(w.clocks.offsets()[2].ahead == -4'900);
  CHECK_FALSE(w.clocks.offsets()[2].exact_to.has_value());
}

TEST_CASE("clocks: what contradicts what was said before is left out, and said to be") {
  world w{{0, 3'000}};
  CHECK(w.message(0, 1, noon, 100));
  CHECK(w.message(1, 0, noon + 200, 100));
  w.ahead[1] = -15 * minute;  // set meanwhile
  CHECK_FALSE(w.message(0, 1, noon + 1'000, 100));
  CHECK(std::abs(w.clocks.offsets()[1].ahead - 3'000) <= 100);
}

TEST_CASE("clocks: whatever the ways and offsets, by the chosen clocks causes come before effects") {
  seeded_random chance(20260922);
  auto below = [&](std::uint64_t n) { return chance.next() % n; };
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    world w;
    for (int host = 0; host < 5; ++host)
      w.ahead.push_back(host == 0 ? 0 : static_cast<std::int64_t>(below(1'800'000'000)) - 900'000'000);
    w.clocks = host_clocks(5);
    struct sent {
      std::size_t from, to;
      std::uint64_t at, way;
    };
    std::vector<sent> all;
    for (int i = 0; i < 40; ++i) {
      const std::size_t from = below(5), to = below(5);
      all.push_back({from, to, noon + below(100'000), below(20'000)});
      if (from != to)
        CHECK(w.message(from, to, all.back().at, all.back().way));
    }
    const auto found = w.clocks.offsets();
    for (const sent& each : all) {
      const auto left = w.clock(each.from, each.at) - static_cast<std::uint64_t>(found[each.from].ahead);
      const auto came =
          w.clock(each.to, each.at + each.way) - static_cast<std::uint64_t>(found[each.to].ahead);
      CHECK(left <= came);
    }
    for (std::size_t host = 1; host < 5; ++host)
      if (found[host].exact_to)
        CHECK(static_cast<std::uint64_t>(std::abs(found[host].ahead - w.ahead[host])) <= *found[host].exact_to);
  }
}
