// Calls that wait: one user's flood keeps nobody else waiting or away, nothing is forgotten, and in a
// quiet host nobody waits.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <thread>

#include "actors/waiting_room.hpp"

namespace carillon {
namespace {

using namespace std::chrono_literals;

settings room_for(std::uint32_t calls) {
  settings out;
  out.edge.calls_max = calls;
  return out;
}

edge::asked_request call_of(std::uint64_t user) {
  edge::asked_request out;
  out.request.path = std::to_string(user);
  out.answer = [](edge::http_response) {};
  return out;
}

struct host {
  explicit host(std::uint32_t calls, std::uint32_t arrivals = 5'000)
      : door(room_for(calls), nullptr, 1u << 30),
        room(waiting_room::make(
            door, arrivals,
            {.work =
                 [this](waiting_room::calls some) { work(some); },
             .whose = [](const edge::http_request& call) -> std::optional<std::uint64_t> {
               const auto user = std::stoull(call.path);
               return user == 0 ? std::nullopt : std::optional<std::uint64_t>(user);
             },
             .wake_later = [this] { ++wakes; }})) {}
  ~host() { end_all(); }

  // Let in by the door; how many of them were turned away then.
  std::size_t come(std::uint64_t user, std::size_t count = 1) {
    waiting_room::calls begin;
    std::size_t away = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const tick_time now = steady_now();
      if (door.call(errand::write, now, 0))
        ++away;
      else if (room->is_busy(now))
        away += room->come(call_of(user), begin, now, 0).has_value();
      else
        begin.push_back(call_of(user));
    }
    work(begin);
    return away;
  }
  void work(waiting_room::calls& some) {
    for (auto& each : some) {
      begun.push_back(std::stoull(each.request.path));
      working.push_back({door.take_over(), std::move(each.answer)});
    }
  }
  // The processor has been late for long: the window is as small as it gets.
  void make_busy() {
    tick_time now = steady_now() - 5s;
    for (int i = 0; i < 10'000; ++i)
      door.began_after(20ms, now += 500us);
    REQUIRE(door.window(now) == call_window::least);
  }
  void end(std::size_t count) {
    while (count-- > 0) {
      auto last = std::move(working.front());
      working.erase(working.begin());
    }
  }
  // One by one: each may let another one begin.
  void end_all() {
    while (!working.empty())
      end(1);
  }
  std::size_t calls() { return door.count(steady_now()).calls_in_progress; }

  admission door;
  std::vector<std::uint64_t> begun;
  struct one_at_work {
    call_pass pass;
    edge::responder answer;
  };
  std::vector<one_at_work> working;
  int wakes = 0;
  std::shared_ptr<waiting_room> room;
};

constexpr std::uint64_t flooder = 1, somebody = 2, operators = 0;

}  // namespace

TEST_CASE("waiting room: in a host that keeps up nobody waits") {
  host h(8'192);
  CHECK(h.come(flooder, 500) == 0);
  CHECK(h.begun.size() == 500);
  CHECK(h.room->waiting() == 0);
}

TEST_CASE("waiting room: while one user floods a busy host, another one's call is begun at once") {
  host h(8'192);
  h.make_busy();
  h.come(flooder, 500);
  CHECK(h.begun.size() < 100);
  CHECK(h.room->waiting() > 400);
  h.begun.clear();
  CHECK(h.come(somebody) == 0);
  CHECK(h.begun == std::vector<std::uint64_t>{somebody});
}

TEST_CASE("waiting room: many who want little wait for nobody, however many they are") {
  host h(8'192);
  h.make_busy();
  h.come(flooder, 500);
  h.begun.clear();
  for (std::uint64_t user = 10; user < 1'000; ++user)
    CHECK(h.come(user, 2) == 0);
  CHECK(h.begun.size() == 2 * 990);
  // Who wants more than that has some at work always, and goes on with each that ends.
  CHECK(h.come(2'000, 10) == 0);
  CHECK(std::count(h.begun.begin(), h.begun.end(), 2'000) == waiting_room::always);
  h.end(h.working.size() - 1);
  CHECK(std::count(h.begun.begin(), h.begun.end(), 2'000) == 10);
}

TEST_CASE("waiting room: two who want much get the same") {
  host h(8'192);
  h.make_busy();
  h.come(flooder, 600);
  h.come(somebody, 200);
  h.begun.clear();
  while (h.room->waiting() > 500)
    h.end(1);
  const auto of_one = static_cast<std::size_t>(std::count(h.begun.begin(), h.begun.end(), somebody));
  CHECK(of_one >= h.begun.size() / 2 - 1);
  CHECK(of_one <= h.begun.size() / 2 + 1);
}

TEST_CASE("waiting room: others are never turned away because of one user's flood") {
  host h(1'600);
  h.make_busy();
  std::size_t away = 0;
  for (int i = 0; i < 5'000; ++i)
    away += h.come(flooder);
  CHECK(away > 3'000);
  for (int i = 0; i < 5'000; ++i)
    away += h.come(flooder, 20);
  for (std::uint64_t user = 10; user < 200; ++user)
    CHECK(h.come(user) == 0);
  CHECK(h.door.count(steady_now()).refused[static_cast<std::size_t>(door_reason::calls)] == 0);
}

TEST_CASE("waiting room: others are not turned away either when many flood together") {
  host h(1'600);
  h.make_busy();
  for (int i = 0; i < 400; ++i)
    for (std::uint64_t user = 1; user <= 16; ++user)
      h.come(user);
  for (std::uint64_t user = 100; user < 200; ++user)
    CHECK(h.come(user) == 0);
}

TEST_CASE("waiting room: everything that was let in is begun once, in the order of its user, and none is left counted") {
  host h(8'192);
  h.make_busy();
  std::size_t in = 0;
  for (int i = 0; i < 200; ++i)
    for (std::uint64_t user = 1; user <= 20; ++user)
      in += 1 - h.come(user);
  CHECK(h.calls() == in);
  h.end_all();
  CHECK(h.begun.size() == in);
  CHECK(h.room->waiting() == 0);
  CHECK(h.calls() == 0);
}

TEST_CASE("waiting room: an operator waits for nobody") {
  host h(8'192);
  h.make_busy();
  h.come(flooder, 500);
  h.begun.clear();
  CHECK(h.come(operators, 100) == 0);
  CHECK(h.begun == std::vector<std::uint64_t>(100, operators));
}

TEST_CASE("waiting room: calls that wait for a slot without a leader keep nobody waiting for long") {
  host h(8'192);
  h.make_busy();
  h.come(flooder, 500);
  CHECK(h.room->waiting() > 0);
  // Nobody ends and nobody begins; a look ten times a second is enough.
  const auto deadline = steady_now() + 30s;
  while (h.room->waiting() > 0 && steady_now() < deadline)
    h.door.look({}, steady_now());
  CHECK(h.room->waiting() == 0);
}

TEST_CASE("waiting room: threads that come and end at the same time leave nobody behind") {
  admission door(room_for(100'000), nullptr, 1u << 30);
  tick_time past = steady_now() - 5s;
  for (int i = 0; i < 10'000; ++i)
    door.began_after(20ms, past += 500us);
  std::mutex lock;
  std::vector<call_pass> passes;
  std::vector<edge::responder> answers;
  std::atomic<int> begun{0}, turned{0};
  const auto work = [&](waiting_room::calls some) {
    begun += static_cast<int>(some.size());
    std::lock_guard hold(lock);
    for (auto& each : some) {
      passes.push_back(door.take_over());
      answers.push_back(std::move(each.answer));
    }
  };
  auto room = waiting_room::make(
      door, 0,
      {.work = work,
       .whose = [](const edge::http_request& call) -> std::optional<std::uint64_t> {
         return std::stoull(call.path);
       },
       .wake_later = [] {}});
  constexpr int each_thread = 20'000;
  std::atomic<int> coming{2};
  std::vector<std::jthread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < each_thread; ++i) {
        if (door.call(errand::write, steady_now(), 0)) {
          ++turned;
          continue;
        }
        auto one = call_of(static_cast<std::uint64_t>(1 + (t * 7 + i) % 13));
        waiting_room::calls begin;
        if (!room->is_busy(steady_now()))
          begin.push_back(std::move(one));
        else if (room->come(std::move(one), begin, steady_now(), 0))
          ++turned;
        work(std::move(begin));
      }
      --coming;
    });
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      for (;;) {
        const bool last = coming == 0;
        std::vector<call_pass> ended;
        std::vector<edge::responder> answered;
        {
          std::lock_guard hold(lock);
          ended.swap(passes);
          answered.swap(answers);
        }
        if (ended.empty() && last)
          return;
      }
    });
  threads.clear();
  while (!passes.empty()) {  // each end may let another one begin
    auto ended = std::exchange(passes, {});
    auto answered = std::exchange(answers, {});
  }
  CHECK(begun + turned == 2 * each_thread);
  CHECK(room->waiting() == 0);
  CHECK(door.count(steady_now()).calls_in_progress == 0);
}

TEST_CASE("waiting room: those who arrive together are let in one after the other, by the clock") {
  host h(8'192);
  const tick_time now = steady_now();
  for (int i = 0; i < 300; ++i) {
    REQUIRE_FALSE(h.door.call(errand::arrival, now, 0));
    CHECK_FALSE(h.room->arrive(call_of(7), now, 0));
  }
  CHECK(h.wakes == 1);
  CHECK(h.begun.size() < 30);
  CHECK(h.calls() == 300);
  CHECK(h.come(somebody) == 0);  // who is here already waits for none of them
  CHECK(h.begun.back() == somebody);
  tick_time due = now;
  int ticks = 0;
  do {
    due += arrival_gate::tick;
    ++ticks;
  } while (h.room->tick(due, due));
  CHECK(h.begun.size() == 301);
  CHECK(ticks > 20);
  h.end_all();
  CHECK(h.calls() == 0);
}

TEST_CASE("waiting room: who arrives when too many wait is told when to come, and is in no call") {
  host h(8'192, 100);
  const tick_time now = steady_now();
  std::size_t away = 0;
  for (int i = 0; i < 100; ++i) {
    REQUIRE_FALSE(h.door.call(errand::read, now, 0));
    if (const auto each = h.room->arrive(call_of(7), now, 0)) {
      CHECK(each->why.why == door_reason::arrivals);
      ++away;
    }
  }
  CHECK(away == 0);
  for (int i = 0; i < 200; ++i) {
    h.door.let_in();
    away += h.room->arrive(call_of(7), now, 0).has_value();
  }
  CHECK(away > 0);
  CHECK(h.calls() == 300 - away);
}

TEST_CASE("waiting room: where many leave together, farewells are said a little at a time and in order") {
  host h(8'192);
  std::vector<int> said;
  for (int i = 0; i < 1'000; ++i)
    h.room->leave([&said, i] { said.push_back(i); });
  CHECK(said.size() == waiting_room::farewells_per_tick);
  CHECK(h.wakes == 1);
  tick_time due = steady_now();
  CHECK(h.room->tick(due, due));
  CHECK(said.size() == 2 * waiting_room::farewells_per_tick);
  while (h.room->tick(due, due))
    due += arrival_gate::tick;
  REQUIRE(said.size() == 1'000);
  CHECK(std::is_sorted(said.begin(), said.end()));
  h.room->leave([&said] { said.push_back(1'000); });
  CHECK(said.size() == 1'001);
  CHECK(h.wakes == 2);
}

TEST_CASE("waiting room: where very many leave, each tick says a part of them, so that the last is not forgotten") {
  host h(8'192);
  std::size_t said = 0;
  constexpr std::size_t leave = 100'000;
  for (std::size_t i = 0; i < leave; ++i)
    h.room->leave([&said] { ++said; });
  tick_time due = steady_now();
  CHECK(h.room->tick(due, due));
  CHECK(said > waiting_room::farewells_per_tick + leave / waiting_room::farewell_ticks - 1);
  std::size_t ticks = 1;
  for (; h.room->tick(due, due); ++ticks)
    due += arrival_gate::tick;
  CHECK(said == leave);
  CHECK(ticks < 6 * waiting_room::farewell_ticks);
}

TEST_CASE("waiting room: a host whose ticks are late says half as many farewells") {
  host h(8'192);
  std::size_t said = 0;
  for (int i = 0; i < 1'000; ++i)
    h.room->leave([&said] { ++said; });
  const tick_time due = steady_now();
  const auto said_in = [&](std::chrono::microseconds late) {
    const std::size_t before = said;
    CHECK(h.room->tick(due, due + late));
    return said - before;
  };
  CHECK(said_in(arrival_gate::target) == waiting_room::farewells_per_tick);
  CHECK(said_in(arrival_gate::target + std::chrono::microseconds(1)) == waiting_room::farewells_per_tick / 2);
  CHECK(said_in({}) == waiting_room::farewells_per_tick);
}

TEST_CASE("waiting room: a host that stops says all farewells and refusals at once") {
  host h(8'192);
  int said = 0;
  for (int i = 0; i < 1'000; ++i) {
    h.room->leave([&said] { ++said; });
    h.room->refuse([&said] { ++said; });
  }
  h.room->leave_all();
  CHECK(said == 2'000);
}

TEST_CASE("waiting room: who is refused alone is told so at once") {
  host h(8'192);
  bool told = false;
  h.room->refuse([&told] { told = true; });
  CHECK(told);
}

// Each of 10,000 connections asks again as soon as it is refused, whatever it was told.
TEST_CASE("waiting room: refusals that nobody heeds do not come faster than their pace, and none waits for long") {
  host h(8'192);
  constexpr std::size_t connections = 10'000;
  std::vector<tick_time> asked;  // of each refusal that is to be told
  std::size_t told = 0, next = 0;
  tick_time now = steady_now();
  auto longest = 0ns;
  std::size_t free = connections;
  for (int ticks = 0; ticks < 2'000; ++ticks) {  // 10 s
    for (std::size_t asking = std::exchange(free, 0); asking > 0; --asking) {
      asked.push_back(now);
      h.room->refuse([&] {
        longest = std::max<std::chrono::nanoseconds>(longest, now - asked[next++]);
        ++told;
        ++free;
      });
    }
    now += arrival_gate::tick;
    h.room->tick(now, now);
  }
  CHECK(told < 6'000 * 10);  // a connection is told no more often than about every two seconds
  CHECK(told > 4'000 * 10);
  CHECK(longest < 3s);
}

}  // namespace carillon
