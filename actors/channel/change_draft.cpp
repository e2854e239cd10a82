#include "actors/channel/change_draft.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"
#include "runtime/wire/on_arena.hpp"

namespace carillon {
namespace {

constexpr std::size_t command_bytes = 1'024;  // of a post, its longer texts aside

}  // namespace

change_draft::change_draft(channel_state& state, timestamp now)
    : state_(state), now_(now), command_(make_on_arena<wire::slot_command, command_bytes>()),
      change_(*command_->mutable_channel()) {
  change_.set_channel_id(state.id().text());
}

wire::channel_event& change_draft::next_event(wire::event_kind kind) {
  state_.last_seq_ += 1;
  state_.last_ts_ = std::max(now_, state_.last_ts_ + 1);
  wire::channel_event& event = *change_.add_events();
  event.set_seq(state_.last_seq_);
  event.set_ts(state_.last_ts_);
  event.set_kind(kind);
  return event;
}

const wire::channel_event& change_draft::append(wire::chat_message message) {
  wire::channel_event& event = next_event(wire::EVENT_MESSAGE);
  message.set_seq(event.seq());
  message.set_ts(event.ts());
  *event.mutable_message() = std::move(message);
  return event;
}

wire::chat_message& change_draft::append() {
  wire::channel_event& event = next_event(wire::EVENT_MESSAGE);
  wire::chat_message& message = *event.mutable_message();
  message.set_seq(event.seq());
  message.set_ts(event.ts());
  return message;
}

const wire::channel_event& change_draft::append_changed(wire::event_kind kind,
                                                        wire::chat_message message,
                                                        wire::chat_message previous) {
  wire::channel_event& event = next_event(kind);
  if (kind == wire::EVENT_MESSAGE_CHANGED)
    message.set_edited_ts(event.ts());
  *event.mutable_message() = std::move(message);
  *event.mutable_previous() = std::move(previous);
  return event;
}

void change_draft::add_member(std::uint64_t user, const wire::channel_event* joined) {
  bool added = state_.members_.insert(user);
  ENSURE(added, "rules skip those who are in");
  wire::channel_member& member = *change_.add_members_added();
  member.set_user_id(user_text(user));
  if (joined) {
    member.set_joined_ts(joined->ts());
    member.set_joined_seq(joined->seq());
  }
  facts_changed_ = true;  // member_count
}

void change_draft::remove_member(std::uint64_t user) {
  bool removed = state_.members_.erase(user);
  ENSURE(removed, "rules skip those who are not in");
  change_.add_members_removed(user_text(user));
  facts_changed_ = true;
}

void change_draft::replies(timestamp thread, const thread_step& who) {
  wire::thread_change& change = *change_.mutable_thread();
  change.set_ts(thread);
  change.mutable_users()->Assign(who.users.begin(), who.users.end());
  change.set_joined(who.joined);
}

wire::channel_facts& change_draft::facts() {
  facts_changed_ = true;
  return state_.facts_;
}

channel_decision change_draft::finish() {
  channel_decision out;
  if (facts_changed_) {
    auto& facts = state_.facts_;
    facts.set_member_count(static_cast<std::uint32_t>(state_.members_.size()));
    if (!facts.read_at_sync() && facts.member_count() > state_.config().inbox.members_max) {
      facts.set_read_at_sync(true);
      change_.set_leaves_inboxes(true);
    }
    facts.set_updated(std::max({now_, state_.last_ts_, facts.updated() + 1}));
    *change_.mutable_facts() = facts;
    change_.set_catalog(true);
    *out.reply.mutable_facts() = facts;
    out.reply.set_member_count(facts.member_count());
  }
  if (change_.events_size() > 0)
    *out.reply.mutable_event() = change_.events(0);
  out.reply.set_last_seq(state_.last_seq_);
  out.reply.set_last_ts(state_.last_ts_);
  state_.in_flight_ += 1;
  out.command = std::move(command_);
  return out;
}

channel_decision unchanged(const channel_state& state, const wire::caller& by) {
  channel_decision out;
  *out.reply.mutable_facts() = state.facts();
  out.reply.set_member_count(state.facts().member_count());
  out.reply.set_is_member(state.is_member(by));
  out.reply.set_last_seq(state.last_seq());
  out.reply.set_last_ts(state.last_ts());
  if (state.is_direct())
    for (std::uint64_t user : state.members())
      out.reply.add_members(user_text(user));
  return out;
}

}  // namespace carillon
