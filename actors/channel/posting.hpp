// The rules of messages: who may post, edit and delete, what is too long, which retry is an old
// acquaintance. Pure; errors are Slack's, in Slack's order: may the caller know of the channel, is
// the caller in it, does the channel take messages, is the message well.
#pragma once

#include <optional>
#include <string>

#include "actors/channel/channel_state.hpp"
#include "actors/channel/recent_threads.hpp"
#include "storage/message_store.hpp"

namespace carillon::posting {

// channel_not_found or not_in_channel. Asked before the tables are searched for a client_msg_id.
status check_may_post(const channel_state& state, const wire::caller& by);

// The seq of the post that this request repeats, if it does: by the client's own id, or without one by
// the asking side's key. First attempts are looked up like retries: one that was held up on its way
// may come after its own retry, and to another leader (tests/model, FIRST_ATTEMPTS_READ_NO_TABLES).
result<std::optional<std::uint64_t>> find_first(const channel_state& state,
                                                const storage::message_store& stored,
                                                const wire::channel_request& request);

// The reply to a post that repeats an earlier one, which `decision` names (first_seq): the message as
// it is stored. REQUIRES: the tables hold everything that was committed when it was decided.
result<wire::channel_reply> reply_with_first(const channel_state& state,
                                             const storage::message_store& stored,
                                             channel_decision decision);

// More retries are remembered than a channel needs to; what the tables hold may be forgotten.
bool remembers_too_much(const channel_state& state);
void forget_until(channel_state& state, std::uint64_t seq);

// thread: of a reply, who is in it then; nullopt: nobody is told of it.
// known_seq: where this client_msg_id or request_key was posted before, if it was: then the decision
// only names that post. Refuses with is_archived, no_text, msg_too_long, invalid_... or overloaded.
channel_outcome post(channel_state& state, const wire::caller& by,
                     const wire::post_message& request, std::optional<std::uint64_t> known_seq,
                     timestamp now, const std::string& request_key = {},
                     const std::optional<thread_step>& thread = std::nullopt);

// `current`: the message as it stands after everything proposed; nullopt: there is none with that
// ts. The caller sees to it that nobody else is changing it at the moment. An edit that changes
// nothing is no event: the decision answers with the message.
channel_outcome update(channel_state& state, const wire::caller& by,
                       const wire::update_message& request,
                       const std::optional<wire::chat_message>& current, timestamp now);
channel_outcome erase(channel_state& state, const wire::caller& by,
                      const std::optional<wire::chat_message>& current, timestamp now);

// Typing and ephemeral messages: nothing is appended; the reply's transient_ts, and for an
// ephemeral message the message to show, come back.
channel_outcome transient(channel_state& state, const wire::caller& by,
                          const wire::send_transient& request, timestamp now);

}  // namespace carillon::posting
