// An actor that answers requests of the edge, and wakes the I/O threads once for all the answers that
// it has at hand: an answer may wait as long as the next message is already fetched from the mailbox
// and is an answer of a channel's. Anything else may take long (a list of all users, the calls of a
// burst), so the threads are nudged before it, and at the latest after the last message fetched.
// Waking a thread for each answer would let it take the core from the actor each time, to send one.
#pragma once

#include <caf/all.hpp>

#include "actors/measured_actor.hpp"
#include "actors/protocols.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon::api {

class answering_actor : public measured_actor {
public:
  explicit answering_actor(caf::actor_config& config) : measured_actor(config) {}

  // `outbox` outlives the actor; null: no answer waits.
  void nudges(edge::outbox* outbox) { outbox_ = outbox; }

  // For http_response::may_wait, while a message is handled. true: the nudge comes by itself.
  bool has_more_at_hand() {
    const bool more = outbox_ && mailbox().queue().total_task_size() != 0;
    owes_nudge_ = owes_nudge_ || more;
    return more;
  }

  caf::invoke_message_result consume(caf::mailbox_element& message) override {
    if (owes_nudge_ && !message.content().match_elements<channel_reply_box>())
      nudge();
    const auto outcome = measured_actor::consume(message);
    if (owes_nudge_ && mailbox().queue().total_task_size() == 0)
      nudge();
    return outcome;
  }

private:
  void nudge() {
    owes_nudge_ = false;
    outbox_->nudge();
  }

  edge::outbox* outbox_ = nullptr;
  bool owes_nudge_ = false;
};

}  // namespace carillon::api
