// What the families of conversation methods share: the `channel` argument, the object that answers
// stand for a conversation, DMs, and the team's general channel.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/api/asks.hpp"
#include "actors/api/call.hpp"
#include "actors/slack_json.hpp"

namespace carillon::api {

// An id of a channel, DM or group DM. invalid_arguments when absent, channel_not_found when it is
// not an id.
result<entity_id> channel_argument(const arguments& args);
// A user's id. invalid_arguments when absent, user_not_found when it is not an id.
result<entity_id> user_argument(const arguments& args, std::string_view name = "user");

// Facts, membership and (DMs) the other user, out of an answer of the channel.
boost::json::object conversation_json(const call& c, const wire::channel_reply& reply,
                                      slack::channel_view view = {});
// {"ok":true,"channel":{...}}
void answer_conversation(const call_ptr& c, const wire::channel_reply& reply);

// The users of these ids, in the caller's team and not disabled; otherwise the call fails with
// user_not_found or user_disabled. `then`: on the api actor.
void with_users(const call_ptr& c, std::vector<entity_id> ids, std::function<void()> then);

// The DM of the caller with `others` (empty: with themselves), founded if it is new.
void open_direct_with(const call_ptr& c, std::vector<entity_id> others,
                      std::function<void(entity_id, const wire::channel_reply&)> then);

// `user` becomes a member of the team's general channel, which is founded by whoever comes first.
// Repeatable. Fails the call if it cannot be.
void join_general(const call_ptr& c, entity_id general, const storage::user_row& user,
                  std::function<void()> then);

}  // namespace carillon::api
