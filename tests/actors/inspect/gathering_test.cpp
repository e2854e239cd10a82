// Several are asked at once: the last answer or the deadline ends it, once.
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include "actors/inspect/gathering.hpp"

using namespace carillon;
using namespace std::chrono_literals;

namespace {

using three = gathering<int>;

struct asker {
  asker() : system(config.set("scheduler.policy", caf::atom("testing"))) {
    self = system.spawn([this](caf::event_based_actor* me) -> caf::behavior {
      actor = me;
      return {[](run_later& job) { job.work(); }};
    });
    run();
  }
  ~asker() {
    caf::anon_send_exit(self, caf::exit_reason::kill);
    run();
  }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler());
  }
  std::shared_ptr<three> ask(std::size_t count) {
    return three::begin(*actor, count, 500ms, [this](three::answers said) {
      ++ends;
      answers = std::move(said);
    });
  }

  caf::actor_system_config config;
  caf::actor_system system;
  caf::actor self;
  caf::event_based_actor* actor = nullptr;
  int ends = 0;
  three::answers answers;
};

}  // namespace

TEST_CASE("gathering: ends with the last answer, each in its place") {
  asker house;
  auto said = house.ask(3);
  said->answered(2, 30);
  said->refused(1);
  CHECK(house.ends == 0);
  said->answered(0, 10);
  CHECK(house.ends == 1);
  REQUIRE(house.answers.size() == 3);
  CHECK(house.answers[0] == 10);
  CHECK_FALSE(house.answers[1]);
  CHECK(house.answers[2] == 30);
  house.scheduler().advance_time(1s);
  house.run();
  CHECK(house.ends == 1);
}

TEST_CASE("gathering: ends at the deadline with what there is, and later answers find nobody") {
  asker house;
  auto said = house.ask(2);
  said->answered(0, 10);
  house.scheduler().advance_time(499ms);
  house.run();
  CHECK(house.ends == 0);
  house.scheduler().advance_time(1ms);
  house.run();
  CHECK(house.ends == 1);
  CHECK(house.answers[0] == 10);
  CHECK_FALSE(house.answers[1]);
  said->answered(1, 20);
  CHECK(house.ends == 1);
}

TEST_CASE("gathering: of nobody ends at once") {
  asker house;
  house.ask(0);
  CHECK(house.ends == 1);
}
