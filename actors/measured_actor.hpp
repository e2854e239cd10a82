// An event-based actor whose handlers are measured: how long they take, and what waits in the mailbox
// behind them, by kind of actor, into host_metrics. One message in handler_sample is, drawn per
// scheduler thread and not per actor, so that actors which handle few messages count as well; the
// others pay for an increment.
#pragma once

#include <caf/all.hpp>

#include "actors/host_metrics.hpp"
#include "runtime/base/clock.hpp"

namespace carillon {

class measured_actor : public caf::event_based_actor {
public:
  // Not measured until measure() says into what.
  explicit measured_actor(caf::actor_config& config) : caf::event_based_actor(config) {}
  measured_actor(caf::actor_config& config, host_metrics* into, actor_kind kind)
      : caf::event_based_actor(config) {
    measure(into, kind);
  }

  // `into` outlives the actor.
  void measure(host_metrics* into, actor_kind kind) {
    into_ = into;
    kind_ = kind;
  }

  caf::invoke_message_result consume(caf::mailbox_element& message) override {
    static thread_local std::uint32_t since_sample = 0;
    if (++since_sample < handler_sample || !into_)
      return caf::event_based_actor::consume(message);
    since_sample = 0;
    // What was fetched from the mailbox with the message at hand, and is not handled yet.
    into_->mailbox_of(kind_).record(mailbox().queue().total_task_size());
    const tick_time began = steady_now();
    const auto outcome = caf::event_based_actor::consume(message);
    into_->of(kind_).record(steady_now() - began);
    return outcome;
  }

private:
  host_metrics* into_ = nullptr;
  actor_kind kind_ = actor_kind::api;
};

}  // namespace carillon
