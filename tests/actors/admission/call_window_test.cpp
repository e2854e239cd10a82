// How many calls are worked on at once: it follows what posts take, against what they take at best, and
// how long calls lie about before somebody begins.
#include <doctest/doctest.h>

#include <algorithm>

#include "actors/call_window.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

constexpr tick_time start{1'000s};

struct host_of_calls {
  call_window window{8'192};
  tick_time now = start;

  void begin(std::chrono::milliseconds time, std::chrono::nanoseconds delay, std::size_t at_work) {
    for (const tick_time end = now + time; now < end; now += 1ms)
      window.began_after(delay, at_work, now);
  }
  // A disk that takes 20 ms for a batch and 50 us for each post of it: who is at work is in the batch that
  // is written, or in the next one. `wanted` are there at the same time.
  void post(std::chrono::milliseconds time, std::size_t wanted) {
    for (const tick_time end = now + time; now < end;) {
      const std::size_t at_work = std::clamp<std::size_t>(window.size(), 1, wanted);
      const auto batch = 20ms + 25us * at_work;
      now += std::chrono::duration_cast<std::chrono::nanoseconds>(batch);
      window.began_after(10us, at_work, now);
      window.took(batch, at_work, now);
      window.took(2 * batch, at_work, now);
    }
  }
};

}  // namespace

TEST_CASE("call window: what posts take is told, and the least of the last 10 to 20 s beside it") {
  host_of_calls h;
  CHECK_FALSE(h.window.posts(h.now).now);
  CHECK_FALSE(h.window.posts(h.now).low);
  const auto posts = [&h](std::chrono::seconds time, std::chrono::milliseconds each) {
    for (const tick_time end = h.now + time; h.now < end; h.now += 10ms)
      h.window.took(each, 2, h.now);
    return h.window.posts(h.now);
  };
  posts(5s, 2ms);
  const post_times slower = posts(3s, 6ms);
  CHECK(*slower.now == 6ms);
  CHECK(*slower.low == 2ms);
  CHECK(*posts(25s, 6ms).low == 6ms);
  h.now += 1s;
  CHECK_FALSE(h.window.posts(h.now).now);
  h.now += 30s;
  CHECK_FALSE(h.window.posts(h.now).low);
}

TEST_CASE("call window: it grows while it is full and nobody is late") {
  host_of_calls h;
  CHECK(h.window.size() == call_window::first);
  h.begin(1s, 100us, 100);
  CHECK(h.window.size() == call_window::first);
  h.begin(5s, 100us, 8'192);
  CHECK(h.window.size() == 8'192);
  h.begin(5s, 100us, 10);
  CHECK(h.window.size() <= call_window::first);
}

TEST_CASE("call window: a standing queue for the workers makes it small, a burst does not") {
  host_of_calls h;
  for (int i = 0; i < 10; ++i) {
    h.begin(60ms, 40ms, 400);
    h.begin(40ms, 10us, 400);
  }
  CHECK(h.window.size() == call_window::first);
  h.begin(3s, 20ms, 5'000);
  CHECK(h.window.size() == call_window::least);
  h.begin(3s, 100us, 64);
  CHECK(h.window.size() >= call_window::first / 2);
}

TEST_CASE("call window: with a flood on a slow disk posts take about a quarter as long again as at best, and it stays so") {
  host_of_calls h;
  h.post(3s, 1);
  h.post(2s, 10'000);
  std::size_t least = 8'192, most = 0;
  for (int i = 0; i < 600; ++i) {
    h.post(100ms, 10'000);
    if (h.window.size() == call_window::least)
      continue;  // a look at what they take at best
    least = std::min(least, h.window.size());
    most = std::max(most, h.window.size());
  }
  CHECK(least > 100);
  CHECK(most < 450);  // 20 ms + 25 us * 200 is a quarter as much again, and at best some are at work too
}

TEST_CASE("call window: what posts take in a flood is never taken for what they take at best") {
  host_of_calls h;
  h.post(3s, 1);
  h.now += 11s;  // nobody posted; what was seen is old
  for (int i = 0; i < 600; ++i) {
    h.window.took(30ms + 100us * h.window.size(), h.window.size() * 4 / 5, h.now);  // not quite full
    h.now += 10ms;
  }
  CHECK(h.window.size() < 400);
}

TEST_CASE("call window: a disk that has become slow for good is not held against the posts") {
  host_of_calls h;
  for (int i = 0; i < 1'000; ++i, h.now += 1ms)
    h.window.took(400us, 1, h.now);
  h.post(30s, 10'000);
  CHECK(h.window.size() > 200);
}

TEST_CASE("call window: when nothing begins or ends at all it doubles until others can go on") {
  host_of_calls h;
  h.begin(3s, 20ms, 5'000);
  REQUIRE(h.window.size() == call_window::least);
  for (int i = 0; i < 100; ++i)
    h.window.look(h.window.size(), h.now += 10ms);
  CHECK(h.window.size() == 8'192);
}

TEST_CASE("call window: what was long ago is forgotten") {
  host_of_calls h;
  h.begin(3s, 20ms, 5'000);
  h.window.look(10, h.now + 1h);
  CHECK(h.window.size() == call_window::first);
}

TEST_CASE("call window: a host that takes fewer calls than the least has them all") {
  call_window window(4);
  for (int i = 0; i < 1'000; ++i)
    window.began_after(20ms, 4, start + i * 1ms);
  CHECK(window.size() == 4);
}

}  // namespace carillon
