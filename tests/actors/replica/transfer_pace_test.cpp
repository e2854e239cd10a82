// How fast tables are given to many hosts and slots at once, and that nobody of them waits in vain.
#include <doctest/doctest.h>

#include <vector>

#include "actors/transfer_pace.hpp"

namespace carillon {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t chunk = 256u << 10;
constexpr milliseconds listens{5'000};  // whoever asked, for the answer
constexpr milliseconds again_after{500};
constexpr milliseconds never{-1};

tick_time at(milliseconds time) {
  return tick_time(time);
}

// So many slots pull their tables for a minute, each one chunk after the other; the chunks that arrived
// while somebody listened.
int arrived(transfer_pace& pace, std::size_t slots) {
  struct slot {
    milliseconds asks{0};
    milliseconds served = never;
  };
  std::vector<slot> all(slots);
  int out = 0;
  for (milliseconds now{0}; now < milliseconds(60'000); now += milliseconds(10))
    for (slot& each : all) {
      if (each.served != never && each.served <= now) {
        ++out;
        each = {.asks = now};
      }
      if (each.served != never || now < each.asks)
        continue;
      const auto wait = pace.take(chunk, at(now), listens / 2);
      if (wait && *wait < listens)
        each.served = now + std::chrono::duration_cast<milliseconds>(*wait);
      else
        each.asks = now + again_after + (wait ? listens : milliseconds(0));
    }
  return out;
}

}  // namespace

TEST_CASE("transfer pace: what is given keeps to the rate, the first at once") {
  transfer_pace pace(1u << 20);
  CHECK(*pace.take(chunk, at(milliseconds(0)), listens) == milliseconds(0));
  CHECK(*pace.take(chunk, at(milliseconds(0)), listens) == milliseconds(250));
  CHECK(*pace.take(chunk, at(milliseconds(300)), listens) == milliseconds(200));
  CHECK(*pace.take(chunk, at(milliseconds(9'000)), listens) == milliseconds(0));
}

TEST_CASE("transfer pace: however many slots pull at once, the whole rate is of use to them") {
  for (std::size_t slots : {1, 8, 100, 1'000}) {
    CAPTURE(slots);
    transfer_pace pace(2u << 20);  // eight chunks a second
    const int chunks = arrived(pace, slots);
    CHECK(chunks >= 60 * 8 * 9 / 10);
    CHECK(chunks <= 60 * 8 + 1);
  }
}

TEST_CASE("transfer pace: without a rate nobody waits") {
  transfer_pace pace;
  CHECK(*pace.take(1u << 30, at(milliseconds(0)), milliseconds(0)) == milliseconds(0));
}

}  // namespace carillon
