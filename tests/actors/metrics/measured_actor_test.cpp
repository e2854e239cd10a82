// That handlers are measured, one message in handler_sample, whichever actors they belong to.
#include <doctest/doctest.h>

#include <caf/all.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include "actors/measured_actor.hpp"
#include "actors/protocols.hpp"

namespace carillon {
namespace {

struct fixture {
  fixture() {
    config.set("scheduler.policy", caf::atom("testing"));
    system = std::make_unique<caf::actor_system>(config);
  }
  caf::scheduler::test_coordinator& scheduler() {
    return dynamic_cast<caf::scheduler::test_coordinator&>(system->scheduler());
  }
  void run() {
    while (scheduler().try_run_once()) {
    }
  }

  void end(const std::vector<caf::actor>& actors) {
    for (const caf::actor& each : actors)
      caf::anon_send_exit(each, caf::exit_reason::kill);
    run();
  }

  caf::actor_system_config config;
  std::unique_ptr<caf::actor_system> system;
  host_metrics metrics;
};

class worker final : public measured_actor {
public:
  worker(caf::actor_config& config, host_metrics* into, actor_kind kind)
      : measured_actor(config, into, kind) {}
  caf::behavior make_behavior() override {
    return {[](run_later& job) { job.work(); }};
  }
};

}  // namespace

TEST_CASE("measured actor: one message in sixteen is, also of actors that handle few") {
  fixture f;
  std::vector<caf::actor> actors;
  std::size_t handled = 0;
  for (std::size_t i = 0; i < handler_sample * 4; ++i) {
    actors.push_back(f.system->spawn<worker>(&f.metrics, actor_kind::channel));
    caf::anon_send(actors.back(), run_later{[&] { ++handled; }});
  }
  f.run();
  CHECK(handled == handler_sample * 4);
  const std::uint64_t drawn = f.metrics.of(actor_kind::channel).read().count();
  CHECK(drawn >= 3);
  CHECK(drawn <= 5);
  CHECK(f.metrics.of(actor_kind::user).read().count() == 0);
  f.end(actors);
}

TEST_CASE("measured actor: what waits behind the message at hand is counted") {
  fixture f;
  caf::actor busy = f.system->spawn<worker>(&f.metrics, actor_kind::slot);
  constexpr std::size_t waiting = 100;
  for (std::size_t i = 0; i < waiting; ++i)
    caf::anon_send(busy, run_later{[] {}});
  f.run();
  const auto lengths = f.metrics.mailbox_of(actor_kind::slot).read();
  CHECK(lengths.count() >= waiting / handler_sample);
  CHECK(lengths.longest > waiting / 2);
  CHECK(lengths.longest <= waiting);
  f.end({busy});
}

TEST_CASE("measured actor: without a place for it nothing is measured, and everything is handled") {
  fixture f;
  caf::actor quiet = f.system->spawn<worker>(nullptr, actor_kind::slot);
  std::size_t handled = 0;
  for (std::size_t i = 0; i < handler_sample * 2; ++i)
    caf::anon_send(quiet, run_later{[&] { ++handled; }});
  f.run();
  CHECK(handled == handler_sample * 2);
  f.end({quiet});
}

}  // namespace carillon
