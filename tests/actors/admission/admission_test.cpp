// The door itself: what counts as in progress, what is let in whatever happens, and the words for
// people.
#include <doctest/doctest.h>

#include <thread>

#include "actors/admission.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t mebibyte = 1u << 20;
constexpr tick_time start{1'000s};

settings small() {
  settings out;
  out.edge.calls_max = 2;
  out.edge.upgrades_per_second = 10;
  out.directory.ticket_seconds = 4;
  return out;
}

std::uint64_t refused(const admission& door, door_reason why) {
  return door.count(start).refused[static_cast<std::size_t>(why)];
}

}  // namespace

TEST_CASE("door: calls are let in up to the limit, and again when one of them has ended") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  CHECK_FALSE(door.call(errand::read, start, 0));
  call_pass first = door.take_over();
  CHECK_FALSE(door.call(errand::write, start, 0));
  call_pass second = door.take_over();
  const auto third = door.call(errand::read, start, 1);
  REQUIRE(third);
  CHECK(third->why == door_reason::calls);
  CHECK(third->retry_after == 2);
  CHECK(door.count(start).calls_in_progress == 2);
  first = call_pass();
  CHECK(door.count(start).calls_in_progress == 1);
  CHECK_FALSE(door.call(errand::read, start, 0));
  call_pass again = door.take_over();
  CHECK(refused(door, door_reason::calls) == 1);
}

TEST_CASE("door: a call counts until the last who works on it lets it go") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  CHECK_FALSE(door.call(errand::read, start, 0));
  {
    call_pass pass = door.take_over();
    call_pass moved = std::move(pass);
    CHECK(door.count(start).calls_in_progress == 1);
    call_pass copied = moved;
    CHECK(door.count(start).calls_in_progress == 2);
  }
  CHECK(door.count(start).calls_in_progress == 0);
}

TEST_CASE("door: an operator's call is let in above the limit, and counts") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  for (int i = 0; i < 3; ++i)
    door.let_in();
  CHECK(door.count(start).calls_in_progress == 3);
  CHECK(door.call(errand::read, start, 0));
}

TEST_CASE("door: calls of many threads are counted one by one") {
  settings config = small();
  config.edge.calls_max = 1'000'000;
  admission door(config, nullptr, 1'000 * mebibyte);
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&door] {
      for (int n = 0; n < 10'000; ++n)
        if (!door.call(errand::read, start, 0))
          call_pass ends_here = door.take_over();
    });
  threads.clear();
  CHECK(door.count(start).calls_in_progress == 0);
}

TEST_CASE("door: who has its share of calls unanswered is turned away, and nobody else is") {
  settings config = small();
  config.edge.calls_max = 1'600;
  admission door(config, nullptr, 1'000 * mebibyte);
  constexpr std::uint64_t flooder = 7, somebody = 8;
  const auto come = [&](call_pass& pass, std::uint64_t user) {
    REQUIRE_FALSE(door.call(errand::write, start, 0));
    pass = door.take_over();
    return door.charge(pass, user, start, 1);
  };
  std::vector<call_pass> calls(200);
  for (call_pass& each : calls)
    REQUIRE_FALSE(come(each, flooder));
  call_pass more;
  const auto refusal = come(more, flooder);
  REQUIRE(refusal);
  CHECK(refusal->why == door_reason::share);
  CHECK(refusal->retry_after == 2);
  CHECK(refused(door, door_reason::share) == 1);
  CHECK(door.turned_away(start)[0] == "calls of a user or bot are turned away: it has all the unanswered "
                                      "ones that one may have now (an eighth of what others leave, at most "
                                      "200); since 0.0 s, 1 so far");
  call_pass other;
  CHECK_FALSE(come(other, somebody));
  CHECK(refused(door, door_reason::calls) == 0);

  calls.pop_back();
  CHECK_FALSE(come(more, flooder));
  CHECK_FALSE(door.charge(more, flooder, start, 0));  // counted once, however often it is said whose it is
  CHECK(come(other, flooder));
  calls.clear();
  more = other = call_pass();
  CHECK(door.count(start).calls_in_progress == 0);
  CHECK_FALSE(come(more, flooder));
}

TEST_CASE("door: a copy of a call counts for its user too, and one of nobody for none") {
  settings config = small();
  config.edge.calls_max = 1'000;  // a share is 125
  admission door(config, nullptr, 1'000 * mebibyte);
  door.let_in();
  call_pass pass = door.take_over();
  CHECK_FALSE(door.charge(pass, 7, start, 0));
  std::vector<call_pass> copies(124, pass);
  door.let_in();
  call_pass other = door.take_over();
  CHECK(door.charge(other, 7, start, 0));
  copies.pop_back();
  CHECK_FALSE(door.charge(other, 7, start, 0));
  call_pass nobodys;
  CHECK_FALSE(door.charge(nobodys, 7, start, 0));
}

TEST_CASE("door: those who connect are paced, and one who is turned away is in no call") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  for (int i = 0; i < 10; ++i) {
    REQUIRE_FALSE(door.call(errand::arrival, start, 0));
    call_pass ends_here = door.take_over();
  }
  const auto late = door.call(errand::arrival, start, 0);
  REQUIRE(late);
  CHECK(late->why == door_reason::arrivals);
  CHECK(late->retry_after >= 1);
  CHECK(door.count(start).calls_in_progress == 0);
  CHECK_FALSE(door.call(errand::read, start, 0));
}

TEST_CASE("door: every ticket that was handed out is good for its WebSocket, shown again it is not") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  // 10 a second for the 4 s that a ticket lives, and the burst.
  for (int i = 0; i < 50; ++i)
    REQUIRE_FALSE(door.upgrade(start, 0));
  CHECK(door.upgrade(start, 0)->why == door_reason::arrivals);
}

TEST_CASE("door: with tight memory a ticket is still good, with full memory it is not") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  door.look({.memory = memory_level::tight}, start);
  CHECK(door.call(errand::arrival, start, 0)->why == door_reason::memory);
  CHECK_FALSE(door.upgrade(start, 0));
  CHECK_FALSE(door.shuts_out_writes(start));
  door.look({.memory = memory_level::full}, start);
  CHECK(door.upgrade(start, 0)->why == door_reason::memory);
  CHECK(door.shuts_out_writes(start));
}

TEST_CASE("door: what waits for followers on all slots together has a limit by the ceiling") {
  admission door(small(), nullptr, 1'600 * mebibyte);
  door.look({.uncommitted_bytes = 100 * mebibyte - 1}, start);
  CHECK_FALSE(door.shuts_out_writes(start));
  door.look({.uncommitted_bytes = 100 * mebibyte}, start);
  CHECK(door.shuts_out_writes(start));
}

TEST_CASE("door: on a host among others the slots ask for disks, and the edge lets writes pass to leaders") {
  settings config = small();
  CHECK_FALSE(admission(config, nullptr, 1'600 * mebibyte).slots_ask());
  config.cluster.hosts.resize(3);
  admission door(config, nullptr, 1'600 * mebibyte);
  CHECK(door.slots_ask());
  door.look({.uncommitted_bytes = 100 * mebibyte - 1}, start);
  CHECK_FALSE(door.slot_write(start, 0));
  door.look({.uncommitted_bytes = 100 * mebibyte}, start);
  CHECK(door.slot_write(start, 0)->why == door_reason::followers);
  CHECK_FALSE(door.shuts_out_writes(start));
  CHECK_FALSE(door.call(errand::write, start, 0));
  door.look({.memory = memory_level::full}, start);
  CHECK(door.shuts_out_writes(start));
}

TEST_CASE("door: people are told what is turned away, since when and why, while it is") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  CHECK(door.turned_away(start).empty());
  door.look({.memory = memory_level::full, .memory_bytes = 950 * mebibyte}, start);
  CHECK(door.turned_away(start).empty());  // nobody came
  for (int i = 0; i < 3; ++i)
    CHECK(door.call(errand::write, start + i * 1'500ms, 0));
  const auto words = door.turned_away(start + 3s);
  REQUIRE(words.size() == 1);
  CHECK(words[0] == "posts and clients that connect are turned away: 950 MiB of 1000 MiB memory are "
                    "taken (host.memory_max_mb); since 3.0 s, 3 so far");
  CHECK(door.turned_away(start + 3s + admission::shut_memory).empty());
  CHECK(door.call(errand::write, start + 60s, 0));
  CHECK(door.turned_away(start + 60s)[0].ends_with("since 0.0 s, 1 so far"));
}

TEST_CASE("door: bodies that the edge refuses are in the book as well") {
  admission door(small(), nullptr, 1'000 * mebibyte);
  door.look({.bodies_refused = 5}, start);
  door.look({.bodies_refused = 7}, start + 100ms);
  door.look({.bodies_refused = 7}, start + 200ms);
  CHECK(refused(door, door_reason::bodies) == 7);
  CHECK(door.turned_away(start + 200ms).size() == 1);
}

}  // namespace carillon
