// What a client sees: Slack's JSON for our values, and the one table from errc to Slack's error
// string, HTTP status and close code. Pure functions; any thread. Slack's documentation and the
// SDKs' sources decide the field names. Beyond Slack, in every message and event: `seq` (gapless
// per channel) and `client_msg_id`.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/event.pb.h"
#include "storage/directory.hpp"

namespace carillon::slack {

struct error_row {
  std::string_view slack;  // the "error" string
  int http_status = 200;   // 200 for refusals, as Slack; 429 and 503 where a retry helps
  int rtm_code = 0;        // "code" of an RTM error reply
  bool retry_helps = false;
};
error_row row_of(errc code);

// {"ok":false,"error":...} with "needed"/"detail" where useful (never null fields).
std::string error_body(const error& why);

// A message as in conversations.history and in chat.postMessage's "message", appended as text: what
// passes once per message is never built as a tree.
void append_message(std::string& out, const wire::chat_message& message, std::string_view team_id);
// The same as a tree.
boost::json::object message_json(const wire::chat_message& message, std::string_view team_id);

// One line of RTM: the "message" event (or message_changed / message_deleted subtype) of a
// committed channel event, with "channel", "event_ts", "channel_type", "seq". Built as text, since
// every fan-out passes here once.
std::string event_frame(const wire::channel_event& event, std::string_view channel_id,
                        wire::channel_kind kind, std::string_view team_id);

// conversations.info's object. `viewer_is_member` and `peer` (DMs) depend on who asks.
struct channel_view {
  bool is_member = false;
  std::string peer;  // direct: the other user
  std::uint64_t last_read = 0;
  bool with_read_state = false;  // last_read, unread_count, unread_count_display, latest
  std::uint32_t unread_count = 0;
  std::uint32_t unread_count_display = 0;
  std::uint32_t mention_count = 0;  // of the unread
  bool is_open = false;
};
boost::json::object channel_json(const wire::channel_facts& facts, const channel_view& view);

boost::json::object user_json(const storage::user_row& user);
boost::json::object profile_json(const storage::user_row& user);
boost::json::object team_json(const storage::team_row& team);
boost::json::object bot_json(const storage::user_row& bot);

// Events that are not messages. One line each.
// member_joined_channel, member_left_channel
std::string member_event(std::string_view type, std::string_view user, std::string_view channel,
                         wire::channel_kind kind, std::string_view team_id,
                         std::string_view inviter, timestamp ts, std::uint64_t seq);
// channel_created, channel_rename, channel_joined, im_created, mpim_open, ...
std::string channel_event(std::string_view type, const boost::json::object& channel, timestamp ts);
// channel_archive, channel_unarchive, channel_left, im_open, im_close, group_* ...
std::string channel_id_event(std::string_view type, std::string_view channel, std::string_view user,
                             timestamp ts);
// channel_marked, im_marked, group_marked, mpim_marked
std::string marked_event(std::string_view channel, wire::channel_kind kind, timestamp ts,
                         std::uint32_t unread, std::uint32_t unread_display,
                         std::uint32_t mentions);
// team_join, user_change
std::string user_event(std::string_view type, const boost::json::object& user, timestamp ts);
std::string presence_event(std::string_view user, bool active);             // presence_change
// The same of several users at once, in the form that Slack has for these: `users` instead of `user`.
std::string presence_event(const std::vector<entity_id>& users, bool active);
// Ours: carillon.friend_added, carillon.friend_removed; to both of them.
std::string friend_event(std::string_view user, bool is_friend);
// What dnd.info says of a user: dnd_enabled, next_dnd_start_ts, next_dnd_end_ts (1 without hours, as Slack),
// snooze_enabled and, while it is, snooze_endtime, snooze_remaining, snooze_is_indefinite.
boost::json::object dnd_json(const wire::push_user& said, timestamp now);
std::string dnd_event(std::string_view user, const wire::push_user& said, timestamp now);  // dnd_updated
std::string manual_presence_event(bool active);                             // manual_presence_change
std::string typing_event(std::string_view channel, std::string_view user);  // user_typing
// Ours: events of the channel from this seq on could not be sent in time; they follow, in order.
std::string lagging_event(std::string_view channel, std::uint64_t from);
std::string ephemeral_event(const wire::chat_message& message, std::string_view channel);

}  // namespace carillon::slack
