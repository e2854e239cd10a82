// Who arrives is let in as fast as the host stays prompt, and is told its turn when too many wait.
#include <doctest/doctest.h>

#include <algorithm>

#include "actors/arrival_gate.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

constexpr tick_time start{1'000s};

// A crowd waits all the time; how many are let in meanwhile, where every tick is so late.
std::size_t let_in(arrival_gate& gate, tick_time& now, std::chrono::nanoseconds time,
                   std::chrono::nanoseconds late) {
  std::size_t in = 0;
  for (const tick_time end = now + time; now < end;) {
    now += arrival_gate::tick + late;
    gate.ticked(late, {}, now);
    in += gate.let_in(100'000, now);
  }
  return in;
}

// The same for one second on a host whose ticks are prompt: posts take so long now, and took 2 ms before.
std::size_t let_in_beside(arrival_gate& gate, tick_time& now, std::chrono::nanoseconds post) {
  std::size_t in = 0;
  post_times posts{post, 2ms, 0};
  for (const tick_time end = now + 1s; now < end;) {
    now += arrival_gate::tick;
    posts.means = static_cast<std::uint64_t>(now.time_since_epoch() / 100ms);
    gate.ticked(100us, posts, now);
    in += gate.let_in(100'000, now);
  }
  return in;
}

}  // namespace

TEST_CASE("arrival gate: on a quiet host who comes alone is let in at once") {
  arrival_gate gate(5'000);
  for (int i = 0; i < 100; ++i)
    CHECK(gate.let_in(1, start + i * 10ms) == 1);
}

TEST_CASE("arrival gate: a prompt host lets in more and more, up to its limit") {
  arrival_gate gate(5'000);
  tick_time now = start;
  const std::size_t first = let_in(gate, now, 100ms, 100us);
  CHECK(first < 150);
  let_in(gate, now, 2s, 100us);
  const std::size_t later = let_in(gate, now, 1s, 100us);
  CHECK(later >= 4'900);
  CHECK(later <= 5'100);
}

TEST_CASE("arrival gate: a host that is late lets in fewer, never none, and more again when it is prompt") {
  arrival_gate gate(5'000);
  tick_time now = start;
  let_in(gate, now, 2s, 100us);
  let_in(gate, now, 2s, 8ms);
  CHECK(gate.per_second() == arrival_gate::least_per_second);
  CHECK(let_in(gate, now, 1s, 8ms) >= 90);
  let_in(gate, now, 3s, 100us);
  CHECK(gate.per_second() == 5'000);
}

TEST_CASE("arrival gate: while posts take more than twice what they took before, fewer arrive, though ticks are prompt") {
  arrival_gate gate(5'000);
  tick_time now = start;
  let_in_beside(gate, now, 2ms);
  let_in_beside(gate, now, 2ms);
  let_in_beside(gate, now, 2ms);
  CHECK(gate.per_second() > 2'000);
  let_in_beside(gate, now, 5ms);
  let_in_beside(gate, now, 5ms);
  CHECK(gate.per_second() == arrival_gate::least_beside_posts);
  CHECK(let_in_beside(gate, now, 50ms) >= 690);
  let_in_beside(gate, now, 2500us);
  CHECK(gate.per_second() > arrival_gate::least_beside_posts);
}

TEST_CASE("arrival gate: while posts take somewhat more than before the pace stays") {
  arrival_gate gate(5'000);
  tick_time now = start;
  let_in_beside(gate, now, 2ms);
  let_in_beside(gate, now, 2ms);
  const double pace = gate.per_second();
  let_in_beside(gate, now, 3500us);
  CHECK(gate.per_second() == pace);
}

TEST_CASE("arrival gate: what posts took before is what they took before the crowd came, however long it lasts") {
  arrival_gate gate(5'000);
  tick_time now = start;
  let_in_beside(gate, now, 2ms);
  for (int i = 0; i < 4'000; ++i) {  // 20 s, after which the least average is of the crowd's own time
    now += arrival_gate::tick;
    gate.ticked(100us, {10ms, 10ms, static_cast<std::uint64_t>(now.time_since_epoch() / 100ms)}, now);
    gate.let_in(100'000, now);
  }
  CHECK(gate.per_second() == arrival_gate::least_beside_posts);
}

TEST_CASE("arrival gate: between late and prompt the pace stays") {
  arrival_gate gate(5'000);
  tick_time now = start;
  let_in(gate, now, 100ms, 100us);
  let_in(gate, now, 100ms, 1ms);
  const double pace = gate.per_second();
  let_in(gate, now, 1s, 1ms);
  CHECK(gate.per_second() == pace);
}

TEST_CASE("arrival gate: who finds too many waiting is told its turn, each a later one") {
  arrival_gate gate(500);
  CHECK_FALSE(gate.come(0, start, 0));
  CHECK_FALSE(gate.come(999, start, 0));
  CHECK(gate.come(1'000, start, 0) == 3);  // the two seconds of those, and its own moment
  std::uint32_t last = 0;
  for (int i = 0; i < 5'000; ++i) {
    const auto turn = gate.come(1'000, start, 0);
    REQUIRE(turn);
    CHECK(*turn >= last);
    last = *turn;
  }
  CHECK(last == 13);
}

TEST_CASE("arrival gate: nobody is told to wait for longer than anybody would") {
  arrival_gate gate(1);
  for (int i = 0; i < 1'000; ++i)
    CHECK(*gate.come(10, start, 0) <= std::chrono::seconds(arrival_gate::place_max).count());
}

TEST_CASE("arrival gate: what was learnt from a storm is forgotten after it") {
  arrival_gate gate(5'000);
  tick_time now = start;
  let_in(gate, now, 2s, 8ms);
  CHECK(gate.let_in(1, now + 1h) == 1);
  CHECK(gate.per_second() == arrival_gate::first_per_second);
}

TEST_CASE("arrival gate: without a limit everybody is let in at once") {
  arrival_gate gate(0);
  CHECK_FALSE(gate.come(1'000'000, start, 0));
  CHECK(gate.let_in(1'000'000, start) == 1'000'000);
}

}  // namespace carillon
