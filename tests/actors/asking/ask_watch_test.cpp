// Which of an actor's questions end at their deadline, and when the watch wants to be woken: the
// clock is a number.
#include "actors/ask_watch.hpp"

#include <functional>

#include <doctest/doctest.h>

using namespace carillon;

namespace {

tick_time at(int milliseconds) {
  return tick_time{} + std::chrono::milliseconds(milliseconds);
}

struct asked final : ask_watch::question {
  explicit asked(int give_up) : question(at(give_up)) {}
  void on_deadline() override {
    ++ended;
    if (then)
      then();
  }
  using question::leave;
  int ended = 0;
  std::function<void()> then;
};

}  // namespace

TEST_CASE("ask watch: a question ends at its deadline, not before, and once") {
  ask_watch watch;
  auto one = std::make_shared<asked>(100);
  auto two = std::make_shared<asked>(200);
  CHECK(watch.add(*one));
  CHECK_FALSE(watch.add(*two));
  CHECK(watch.end_overdue(at(99)) == at(100));
  CHECK(one->ended == 0);
  CHECK(watch.end_overdue(at(100)) == at(200));
  CHECK(watch.end_overdue(at(199)) == at(200));
  CHECK(one->ended == 1);
  CHECK(two->ended == 0);
  CHECK(watch.end_overdue(at(300)) == std::nullopt);
  CHECK(two->ended == 1);
  CHECK(watch.size() == 0);
}

TEST_CASE("ask watch: what was answered does not end; the next question asks for a call again") {
  ask_watch watch;
  auto answered = std::make_shared<asked>(100);
  CHECK(watch.add(*answered));
  answered->leave();
  answered->leave();
  CHECK(watch.size() == 0);
  {
    auto forgotten = std::make_shared<asked>(100);
    CHECK_FALSE(watch.add(*forgotten));
  }
  CHECK(watch.size() == 0);
  CHECK(watch.end_overdue(at(100)) == std::nullopt);
  CHECK(answered->ended == 0);
  auto next = std::make_shared<asked>(300);
  CHECK(watch.add(*next));
  auto sooner = std::make_shared<asked>(250);
  CHECK(watch.add(*sooner));
}

TEST_CASE("ask watch: an end may answer other questions and ask new ones") {
  ask_watch watch;
  auto first = std::make_shared<asked>(100);
  auto second = std::make_shared<asked>(100);
  auto third = std::make_shared<asked>(150);
  first->then = [&] {
    second->leave();
    watch.add(*third);
  };
  watch.add(*first);
  watch.add(*second);
  watch.end_overdue(at(120));
  CHECK(first->ended == 1);
  CHECK(second->ended == 0);
  CHECK(watch.end_overdue(at(150)) == std::nullopt);
  CHECK(third->ended == 1);
}

TEST_CASE("ask watch: a question may outlive the actor that asked it") {
  auto left = std::make_shared<asked>(100);
  {
    ask_watch watch;
    watch.add(*left);
  }
  left->leave();
  CHECK(left->ended == 0);
}
