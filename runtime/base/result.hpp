// The vocabulary of refusals and failures, and `result<T>`: a value or an `error`.
//
// The list below is the only one. Each name carries one sentence: what happened and whether a
// retry can help. What a client sees for each (Slack's error string, HTTP status, close code)
// stands in one table, actors/slack_errors.cpp. Names equal Slack's own where Slack has one.
// Their numbers travel between hosts (peer.proto), also of two neighbouring versions: a new name
// comes last.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "runtime/base/ensure.hpp"

namespace carillon {

enum class errc {
  // -- the caller's request is wrong; repeating it unchanged cannot help --
  unknown_method,             // no such method in the Web API table
  invalid_arguments,          // an argument is missing or malformed; detail names it
  no_text,                    // a post without text, blocks or attachments
  msg_too_long,               // text longer than limits.text_max_characters
  invalid_json,               // a JSON body or JSON-encoded argument does not parse
  invalid_utf8,               // text is not UTF-8, or holds a NUL byte
  invalid_form_data,          // a form or multipart body does not parse
  invalid_post_type,          // a content type the Web API does not take
  invalid_cursor,             // a paging cursor that we did not issue
  invalid_name,               // a channel name outside Slack's rules; detail says which
  invalid_name_required,      // a channel name that is missing or empty
  invalid_name_maxlength,     // a channel name over limits.channel_name_max_characters
  invalid_name_punctuation,   // a channel name of punctuation only
  invalid_name_specials,      // a channel name with capitals, spaces, periods or other signs
  name_taken,                 // a channel or team name in use
  email_taken,                // an e-mail address in use within the team
  invalid_email,              // not an e-mail address
  weak_password,              // shorter than limits.password_min_characters
  user_not_found,             // no such user in the caller's team
  users_not_found,            // the same, from users.lookupByEmail
  bot_not_found,              // no such bot
  team_not_found,             // no such team
  channel_not_found,          // no such channel, or a private one the caller is not in
  invalid_blocks,             // blocks that are not a JSON array of objects, or over the limit
  invalid_attachments,        // the same for attachments
  invalid_metadata_format,    // metadata that is not a JSON object, or over the limit
  invalid_limit,              // a page size that is not a number, or negative
  invalid_types,              // a conversation type that does not exist
  invalid_timestamp,          // conversations.mark with something that is not a ts
  too_long,                   // a topic or purpose over limits.topic_max_characters
  no_user,                    // conversations.invite or .kick without a user
  users_list_not_supplied,    // conversations.open with neither channel nor users
  user_disabled,              // an invited user whose account is disabled
  invalid_profile,            // a profile argument that is not a JSON object
  message_not_found,          // no such message, or deleted
  not_in_channel,             // the caller is not a member
  already_in_channel,         // an invited user is a member already
  cant_invite_self,           // conversations.invite with only the caller
  cant_kick_self,             // conversations.kick with the caller
  cant_leave_general,         // the team's general channel keeps everyone
  cant_kick_from_general,     // the same
  cant_archive_general,       // the same
  is_archived,                // the channel is archived
  already_archived,           // archive of an archived channel
  not_archived,               // unarchive of a live channel
  method_not_supported_for_channel_type,  // e.g. join of a private channel, invite to a DM
  cant_update_message,        // only the author may edit
  cant_delete_message,        // only the author or an admin may delete
  edit_window_closed,         // kept for Slack parity; not used while edits have no time limit
  invalid_ts_latest,          // `latest` is not a ts
  invalid_ts_oldest,          // `oldest` is not a ts
  invalid_presence,           // neither auto nor away
  too_many_users,             // a group DM over limits.group_dm_max_users, presence_sub over its limit
  profile_set_failed,         // a profile field outside its limit
  // -- who is asking --
  not_authed,                 // no token
  invalid_auth,               // a token or password that is not valid
  account_inactive,           // the user is disabled
  token_revoked,              // the token was revoked
  missing_scope,              // the token lacks the method's scope
  not_allowed,                // the role of the caller does not suffice
  // -- the service, now; a retry can help --
  ratelimited,                // over the tier's rate; Retry-After says when
  overloaded,                 // queues are full; Retry-After says when
  not_owner,                  // this host no longer leads the slot; the locator retries
  timed_out,                  // no answer inside the deadline; the outcome is unknown
  storage_unavailable,        // the disk is full or failing; nothing is acknowledged
  shutting_down,              // the host is stopping
  // -- data and machinery --
  not_found,                  // a key that is not there (storage)
  corrupt_record,             // a stored record fails its checksum; detail names its key
  io_error,                   // the operating system refused; detail has its words
  invalid_config,             // a setting that is not allowed; detail names file, line and key
  internal_error,             // a bug; detail for the log only
  // -- added since --
  cut_off,                    // this host hears no majority of the ring hosts: try another one
  unknown_device,             // a cursor for a device that the user does not have, or has no more
  cursor_expired,             // a cursor older than inbox.retention_days: start anew, history has the rest
  push_not_configured,        // the host's settings do not have this provider of pushes
  missing_duration,           // dnd.setSnooze without num_minutes
  snooze_not_active,          // dnd.endSnooze without a snooze
};
inline constexpr errc last_errc = errc::snooze_not_active;

// The name as written above, for logs, tests and the tables.
std::string_view to_string(errc code);

struct error {
  errc code = errc::internal_error;
  std::string detail;  // for people; never parsed

  std::string describe() const;
};

inline error make_error(errc code, std::string detail = {}) {
  return error{code, std::move(detail)};
}

struct ok_t {};
inline constexpr ok_t ok{};

template <class T>
class [[nodiscard]] result {
public:
  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(carillon::error failure) : state_(std::in_place_index<1>, std::move(failure)) {}
  result(errc code) : state_(std::in_place_index<1>, carillon::error{code, {}}) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  // REQUIRES: has_value().
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() & {
    ENSURE(has_value(), "value() of a failed result");
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    ENSURE(has_value(), "value() of a failed result");
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }

  // REQUIRES: !has_value().
  const carillon::error& error() const {
    ENSURE(!has_value(), "error() of a good result");
    return *std::get_if<1>(&state_);
  }
  errc code() const { return error().code; }

private:
  std::variant<T, carillon::error> state_;
};

using status = result<ok_t>;

}  // namespace carillon
