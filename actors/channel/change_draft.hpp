// One change of a channel while it is being written down: events with their reserved seq and ts,
// members in and out, facts as they become. Everything put in has happened in the state at once, so
// a draft is begun only when nothing can be refused any more, and always finished. A value on the
// stack of a rule.
#pragma once

#include "actors/channel/channel_state.hpp"
#include "actors/channel/recent_threads.hpp"

namespace carillon {

class change_draft {
public:
  change_draft(channel_state& state, timestamp now);

  // The next place in the channel's order. A new message gets its own seq and ts from it; a changed
  // or deleted one keeps those it has. The reference holds until the next call.
  const wire::channel_event& append(wire::chat_message message);
  // The same, for a message that is written where it stays: it has its seq and ts, and nothing else.
  wire::chat_message& append();
  const wire::channel_event& append_changed(wire::event_kind kind, wire::chat_message message,
                                            wire::chat_message previous);

  // joined: the event of the join; null for members of a DM from its start.
  void add_member(std::uint64_t user, const wire::channel_event* joined);
  void remove_member(std::uint64_t user);

  // The request that this change answers: written down with it, so that a retry finds it.
  void answers(const std::string& request_key) { change_.set_request_key(request_key); }

  // What was appended first is a reply in the thread of the message with that ts.
  void replies(timestamp thread, const thread_step& who);

  // To be changed. From here on the directory's catalogue follows.
  wire::channel_facts& facts();

  // The reply tells what was appended first and, when they changed, the facts.
  channel_decision finish();

private:
  wire::channel_event& next_event(wire::event_kind kind);

  channel_state& state_;
  timestamp now_;
  std::shared_ptr<wire::slot_command> command_;
  wire::channel_change& change_;
  bool facts_changed_ = false;
};

// The answer to a request that changes nothing: what the channel is, and of a DM who is in it.
channel_decision unchanged(const channel_state& state, const wire::caller& by);

}  // namespace carillon
