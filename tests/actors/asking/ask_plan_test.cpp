// Where a question goes: to whom the locator names, after a refusal to whom the refusal names, then
// in turn to everyone who may know; never without a pause for long, never past its deadline.
#include "actors/ask_plan.hpp"

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

using namespace std::chrono_literals;

constexpr raft::member_id me = 1;
const tick_time start{};

ask_knowledge known(raft::member_id leader, std::vector<raft::member_id> replicas = {}) {
  ask_knowledge out;
  out.self = me;
  out.leader = leader;
  out.replicas = std::move(replicas);
  return out;
}

// "ask 2", "wait 20", "refuse timed_out"
std::string words(const ask_step& step) {
  switch (step.what) {
    case ask_step::kind::ask:
      return "ask " + std::to_string(step.to);
    case ask_step::kind::wait:
      return "wait " + std::to_string(step.time.count());
    case ask_step::kind::refuse:
      break;
  }
  return "refuse " + std::string(to_string(step.why));
}

TEST_CASE("plan: the leader is asked, here or elsewhere") {
  ask_plan here(start + 10s);
  CHECK(words(here.next(known(me), start, 0)) == "ask 1");
  ask_plan there(start + 10s);
  CHECK(words(there.next(known(2), start, 0)) == "ask 2");
  CHECK(there.asked() == 1);
  CHECK(there.asked_last() == 2);
}

TEST_CASE("plan: whom a refusal names is asked at once, but two who name each other wait") {
  ask_plan plan(start + 10s);
  CHECK(words(plan.next(known(2), start, 0)) == "ask 2");
  plan.refused();
  CHECK(words(plan.next(known(3), start, 0)) == "ask 3");
  plan.refused();
  CHECK(words(plan.next(known(2), start, 0)) == "ask 2");
  plan.refused();
  CHECK(words(plan.next(known(3), start, 0)) == "wait 2");
  CHECK(words(plan.next(known(3), start, 0)) == "ask 3");
  CHECK(plan.asked() == 4);
}

TEST_CASE("plan: a pause is 2 to 5 ms at first, for a hand-over, and doubles up to 20 to 50, by chance") {
  for (std::uint64_t chance : {0u, 1u, 3u, 30u, 31u, 1'000'003u}) {
    CAPTURE(chance);
    ask_plan plan(start + 10s);
    for (std::int64_t longest : {5, 10, 20, 40, 50, 50, 50}) {
      plan.next(known(2), start, chance);
      plan.refused();
      auto step = plan.next(known(2), start, chance);
      REQUIRE(step.what == ask_step::kind::wait);
      CHECK(step.time.count() >= longest * 2 / 5);
      CHECK(step.time.count() <= longest);
    }
  }
}

TEST_CASE("plan: no pause goes past the deadline") {
  ask_plan plan(start + 1ms);
  plan.next(known(2), start, 0);
  plan.refused();
  CHECK(words(plan.next(known(2), start, 0)) == "wait 1");
}

TEST_CASE("plan: at the deadline the caller hears timed_out, a moment before it is asked once more") {
  ask_plan plan(start + 100ms);
  CHECK(words(plan.next(known(me), start, 0)) == "ask 1");
  plan.refused();
  CHECK(words(plan.next(known(me), start + 99ms, 0)) == "wait 1");
  CHECK(words(plan.next(known(me), start + 99ms, 0)) == "ask 1");
  plan.refused();
  CHECK(words(plan.next(known(me), start + 100ms, 0)) == "refuse timed_out");
}

TEST_CASE("plan: while nobody is known to lead, each replica is asked in turn, the own one first") {
  ask_knowledge nobody = known(0, {2, 1, 3});
  nobody.replica_here = true;
  ask_plan plan(start + 10s);
  std::string asked;
  for (int i = 0; i < 6; ++i) {
    auto step = plan.next(nobody, start, 0);
    if (step.what == ask_step::kind::wait)
      step = plan.next(nobody, start, 0);
    asked += words(step) + ", ";
    plan.refused();
  }
  CHECK(asked == "ask 1, ask 2, ask 3, ask 1, ask 2, ask 3, ");
}

TEST_CASE("plan: a host without a replica asks those of the view") {
  ask_plan plan(start + 10s);
  CHECK(words(plan.next(known(0, {2, 3}), start, 0)) == "ask 2");
  plan.refused();
  CHECK(words(plan.next(known(0, {2, 3}), start, 0)) == "wait 2");
  CHECK(words(plan.next(known(0, {2, 3}), start, 0)) == "ask 3");
}

TEST_CASE("plan: a leader that refuses and is still named is asked again among the others") {
  ask_knowledge stubborn = known(2, {2, 3});
  ask_plan plan(start + 10s);
  plan.next(stubborn, start, 0);
  CHECK_FALSE(plan.in_doubt(2));
  plan.refused();
  CHECK(plan.in_doubt(2));
  for (const char* pause : {"wait 2", "wait 4"}) {
    CHECK(words(plan.next(stubborn, start, 0)) == pause);
    CHECK(words(plan.next(stubborn, start, 0)) == "ask 3");
    plan.refused();
    CHECK(words(plan.next(stubborn, start, 0)) == "ask 2");  // 3 did not know better
    plan.refused();
  }
}

TEST_CASE("plan: with nobody to ask it waits") {
  ask_plan plan(start + 10s);
  CHECK(words(plan.next(known(0), start, 1)) == "wait 3");
  CHECK(words(plan.next(known(0), start, 1)) == "wait 5");
  CHECK(words(plan.next(known(2), start, 7)) == "ask 2");
  CHECK(plan.asked() == 1);
}

TEST_CASE("plan: a host that is cut off refuses at once, also while it waits") {
  ask_plan plan(start + 10s);
  ask_knowledge alone = known(2);
  alone.cut_off = true;
  CHECK(words(plan.next(alone, start, 0)) == "refuse cut_off");
  CHECK(plan.asked() == 0);
  plan.next(known(2), start, 0);
  plan.refused();
  CHECK(words(plan.next(alone, start, 0)) == "refuse cut_off");
}

TEST_CASE("plan: patience with a peer doubles, and ends with the question") {
  ask_plan plan(start + 10s);
  CHECK(plan.next(known(2), start, 0).time == 2s);
  plan.unanswered();
  plan.next(known(2), start + 2s, 0);  // the pause
  auto again = plan.next(known(2), start + 2s, 0);
  CHECK(words(again) == "ask 2");
  CHECK(again.time == 4s);
  plan.unanswered();
  plan.next(known(2), start + 6s, 0);
  CHECK(plan.next(known(2), start + 6s, 0).time == 4s);  // 8 s would be past the end
}

}  // namespace
}  // namespace carillon::test
