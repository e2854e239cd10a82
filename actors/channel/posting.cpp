#include "actors/channel/posting.hpp"

#include <utility>

#include "actors/channel/change_draft.hpp"

namespace carillon::posting {
namespace {

constexpr std::size_t request_key_max_bytes = 32;  // as wire::channel_request says

status check_content(const settings::limits_settings& limits, const std::string& text,
                     const std::string& blocks, const std::string& attachments) {
  if (text.empty() && blocks.empty() && attachments.empty())
    return errc::no_text;
  // Bytes first: the count is needed only for what might be too long.
  if (text.size() > limits.text_max_characters &&
      count_characters(text) > limits.text_max_characters)
    return errc::msg_too_long;
  if (blocks.size() > limits.blocks_max_bytes)
    return make_error(errc::invalid_blocks, "too long");
  if (attachments.size() > limits.blocks_max_bytes)
    return make_error(errc::invalid_attachments, "too long");
  return ok;
}

status check_message(const settings::limits_settings& limits, const wire::caller& by,
                     const wire::post_message& request) {
  if (auto good = check_content(limits, request.text(), request.blocks(), request.attachments());
      !good)
    return good;
  if (request.metadata().size() > limits.blocks_max_bytes)
    return make_error(errc::invalid_metadata_format, "too long");
  if (request.client_msg_id().size() > limits.client_msg_id_max_bytes)
    return make_error(errc::invalid_arguments, "client_msg_id is too long");
  // Other subtypes tell of things that happened; nobody may claim them.
  bool may_claim = request.subtype().empty() || request.subtype() == "me_message" ||
                   (request.subtype() == "bot_message" && !by.bot_id().empty());
  if (!may_claim)
    return make_error(errc::invalid_arguments, "subtype");
  return ok;
}

void write_message(wire::chat_message& message, const wire::caller& by,
                   const wire::post_message& request) {
  message.set_user(by.user_id());
  message.set_text(request.text());
  // Most are empty, and a text that is set to nothing takes memory all the same.
  if (!request.subtype().empty())
    message.set_subtype(request.subtype());
  if (!request.client_msg_id().empty())
    message.set_client_msg_id(request.client_msg_id());
  if (!request.blocks().empty())
    message.set_blocks(request.blocks());
  if (!request.attachments().empty())
    message.set_attachments(request.attachments());
  if (!request.metadata().empty())
    message.set_metadata(request.metadata());
  message.set_thread_ts(request.thread_ts());
  if (!by.bot_id().empty()) {  // only bots may look like someone else
    message.set_bot_id(by.bot_id());
    message.set_username(request.username());
    message.set_icon_url(request.icon_url());
    message.set_icon_emoji(request.icon_emoji());
  }
}

}  // namespace

status check_may_post(const channel_state& state, const wire::caller& by) {
  return state.check_member(by);
}

result<std::optional<std::uint64_t>> find_first(const channel_state& state,
                                                const storage::message_store& stored,
                                                const wire::channel_request& request) {
  const std::string& author = request.by().user_id();
  if (const std::string& client_msg_id = request.post().client_msg_id(); !client_msg_id.empty()) {
    if (auto known = state.posts().find(author, client_msg_id))
      return known;
    // A point read behind a bloom filter: nearly always answered from memory.
    // What the client itself names, no request key needs to.
    return stored.find_client_msg_id(state.id(), author, client_msg_id);
  }
  const std::string& key = request.request_key();
  if (key.empty())
    return std::optional<std::uint64_t>();
  if (auto known = state.request_keys().find(author, key))
    return known;
  return stored.find_request_key(state.id(), author, key);
}

result<wire::channel_reply> reply_with_first(const channel_state& state,
                                             const storage::message_store& stored,
                                             channel_decision decision) {
  auto message = stored.message_by_seq(state.id(), decision.first_seq);
  if (!message)
    return message.error();
  if (!*message)
    return make_error(errc::corrupt_record, "a known post without its message in " + state.id().text());
  wire::channel_event& event = *decision.reply.mutable_event();
  event.set_seq((*message)->seq());
  event.set_ts((*message)->ts());
  event.set_kind(wire::EVENT_MESSAGE);
  *event.mutable_message() = std::move(**message);
  return std::move(decision.reply);
}

bool remembers_too_much(const channel_state& state) {
  return state.posts().is_overfull() || state.request_keys().is_overfull();
}

void forget_until(channel_state& state, std::uint64_t seq) {
  state.posts().forget_until(seq);
  state.request_keys().forget_until(seq);
}

channel_outcome post(channel_state& state, const wire::caller& by,
                     const wire::post_message& request, std::optional<std::uint64_t> known_seq,
                     timestamp now, const std::string& request_key,
                     const std::optional<thread_step>& thread) {
  if (auto may = check_may_post(state, by); !may)
    return may.error();
  if (known_seq) {
    // A retry is answered as the first time, whatever became of the channel since.
    channel_decision again;
    again.first_seq = *known_seq;
    again.reply.set_duplicate(true);
    return again;
  }
  if (state.facts().archived())
    return errc::is_archived;
  if (auto good = check_message(state.config().limits, by, request); !good)
    return good.error();
  if (request_key.size() > request_key_max_bytes)
    return make_error(errc::invalid_arguments, "request_key is too long");
  if (auto room = state.check_room(); !room)
    return room.error();

  change_draft draft(state, now);
  wire::chat_message& message = draft.append();
  write_message(message, by, request);
  if (!request.client_msg_id().empty())
    state.posts().remember(by.user_id(), request.client_msg_id(), message.seq());
  if (!request_key.empty()) {
    state.request_keys().remember(by.user_id(), request_key, message.seq());
    draft.answers(request_key);
  }
  if (thread)
    draft.replies(request.thread_ts(), *thread);
  return draft.finish();
}

channel_outcome update(channel_state& state, const wire::caller& by,
                       const wire::update_message& request,
                       const std::optional<wire::chat_message>& current, timestamp now) {
  if (auto may = check_may_post(state, by); !may)
    return may.error();
  if (state.facts().archived())
    return errc::is_archived;
  if (!current || current->deleted())
    return errc::message_not_found;
  // What the channel says of itself (channel_join, channel_topic ...) is nobody's to rewrite.
  bool is_written = current->subtype().empty() || current->subtype() == "me_message" ||
                    current->subtype() == "bot_message";
  if (current->user() != by.user_id() || current->bot_id() != by.bot_id() || !is_written)
    return errc::cant_update_message;

  wire::chat_message message = *current;
  if (request.has_text())
    message.set_text(request.text());
  if (request.has_blocks())
    message.set_blocks(request.blocks());
  if (request.has_attachments())
    message.set_attachments(request.attachments());
  if (auto good = check_content(state.config().limits, message.text(), message.blocks(),
                                message.attachments());
      !good)
    return good.error();
  if (message.text() == current->text() && message.blocks() == current->blocks() &&
      message.attachments() == current->attachments()) {
    channel_decision same = unchanged(state, by);
    same.reply.mutable_event()->set_kind(wire::EVENT_MESSAGE_CHANGED);
    *same.reply.mutable_event()->mutable_message() = std::move(message);
    return same;
  }
  if (auto room = state.check_room(); !room)
    return room.error();

  message.set_edited_by(by.user_id());
  change_draft draft(state, now);
  draft.append_changed(wire::EVENT_MESSAGE_CHANGED, std::move(message), *current);
  return draft.finish();
}

channel_outcome erase(channel_state& state, const wire::caller& by,
                      const std::optional<wire::chat_message>& current, timestamp now) {
  if (auto visible = state.check_visible(by); !visible)
    return visible.error();
  if (state.facts().archived())
    return errc::is_archived;
  if (!current || current->deleted())
    return errc::message_not_found;
  bool is_author = current->user() == by.user_id() && current->bot_id() == by.bot_id();
  if (!is_author && !by.admin())
    return errc::cant_delete_message;
  if (auto room = state.check_room(); !room)
    return room.error();

  // The place in the order and the client_msg_id stay, so that a retry of the post finds it.
  wire::chat_message tombstone;
  tombstone.set_seq(current->seq());
  tombstone.set_ts(current->ts());
  tombstone.set_user(current->user());
  tombstone.set_bot_id(current->bot_id());
  tombstone.set_subtype(current->subtype());
  tombstone.set_client_msg_id(current->client_msg_id());
  tombstone.set_thread_ts(current->thread_ts());
  tombstone.set_deleted(true);
  change_draft draft(state, now);
  draft.append_changed(wire::EVENT_MESSAGE_DELETED, std::move(tombstone), *current);
  return draft.finish();
}

channel_outcome transient(channel_state& state, const wire::caller& by,
                          const wire::send_transient& request, timestamp now) {
  if (auto may = state.check_member(by); !may)
    return may.error();
  if (state.facts().archived())
    return errc::is_archived;
  channel_decision out;
  if (request.kind() == "user_typing")
    return out;
  if (request.kind() != "ephemeral")
    return make_error(errc::invalid_arguments, "kind");

  auto target = user_number(request.to_user());
  if (!target)
    return errc::user_not_found;
  if (!state.members().contains(*target))
    return make_error(errc::not_in_channel, "the user to show it to is not a member");
  if (auto good = check_message(state.config().limits, by, request.message()); !good)
    return good.error();
  wire::chat_message& message = *out.reply.mutable_event()->mutable_message();
  write_message(message, by, request.message());
  message.set_ts(state.transient_ts(now));
  out.reply.set_transient_ts(message.ts());
  return out;
}

}  // namespace carillon::posting
