// The table from our vocabulary to what a client sees. Slack's own error strings wherever Slack has
// one. HTTP 200 for a refusal, because the SDKs read `error` only then; 429 and 503, always with
// Retry-After, where waiting helps: the SDKs back off on these, while a transient ok:false ends an
// RTM client for good. rtm_code is "code" in an RTM error reply: 1xx the request, 2xx the channel,
// 3xx the caller, 4xx the service now, 5xx our fault.
#include "actors/slack_json.hpp"

#include "actors/slack_text.hpp"

namespace carillon::slack {
namespace {

error_row refusal(std::string_view slack, int rtm_code) {
  return {slack, 200, rtm_code, false};
}
error_row later(std::string_view slack, int http_status, int rtm_code) {
  return {slack, http_status, rtm_code, true};
}

}  // namespace

error_row row_of(errc code) {
  switch (code) {
  case errc::unknown_method:
    return refusal("unknown_method", 100);
  case errc::invalid_arguments:
    return refusal("invalid_arguments", 101);
  case errc::no_text:
    return refusal("no_text", 2);  // Slack's own code for it
  case errc::msg_too_long:
    return refusal("msg_too_long", 103);
  case errc::invalid_json:
    return refusal("invalid_json", 104);
  case errc::invalid_utf8:
    return refusal("invalid_utf8", 105);
  case errc::invalid_form_data:
    return refusal("invalid_form_data", 106);
  case errc::invalid_post_type:
    return refusal("invalid_post_type", 107);
  case errc::invalid_cursor:
    return refusal("invalid_cursor", 108);
  case errc::invalid_name:
    return refusal("invalid_name", 109);
  case errc::invalid_name_required:
    return refusal("invalid_name_required", 110);
  case errc::invalid_name_maxlength:
    return refusal("invalid_name_maxlength", 111);
  case errc::invalid_name_punctuation:
    return refusal("invalid_name_punctuation", 112);
  case errc::invalid_name_specials:
    return refusal("invalid_name_specials", 113);
  case errc::name_taken:
    return refusal("name_taken", 114);
  case errc::email_taken:
    return refusal("email_taken", 115);
  case errc::invalid_email:
    return refusal("invalid_email", 116);
  case errc::weak_password:
    return refusal("weak_password", 117);
  case errc::invalid_blocks:
    return refusal("invalid_blocks", 118);
  case errc::invalid_attachments:
    return refusal("invalid_attachments", 119);
  case errc::invalid_metadata_format:
    return refusal("invalid_metadata_format", 120);
  case errc::invalid_limit:
    return refusal("invalid_limit", 121);
  case errc::invalid_types:
    return refusal("invalid_types", 122);
  case errc::invalid_timestamp:
    return refusal("invalid_timestamp", 123);
  case errc::invalid_ts_latest:
    return refusal("invalid_ts_latest", 124);
  case errc::invalid_ts_oldest:
    return refusal("invalid_ts_oldest", 125);
  case errc::invalid_presence:
    return refusal("invalid_presence", 126);
  case errc::too_long:
    return refusal("too_long", 127);
  case errc::no_user:
    return refusal("no_user", 128);
  case errc::users_list_not_supplied:
    return refusal("users_list_not_supplied", 129);
  case errc::too_many_users:
    return refusal("too_many_users", 130);
  case errc::invalid_profile:
    return refusal("invalid_profile", 131);
  case errc::profile_set_failed:
    return refusal("profile_set_failed", 132);
  case errc::user_not_found:
    return refusal("user_not_found", 140);
  case errc::users_not_found:
    return refusal("users_not_found", 141);
  case errc::user_disabled:
    return refusal("user_disabled", 142);
  case errc::bot_not_found:
    return refusal("bot_not_found", 143);
  case errc::team_not_found:
    return refusal("team_not_found", 144);
  case errc::channel_not_found:
    return refusal("channel_not_found", 200);
  case errc::message_not_found:
    return refusal("message_not_found", 201);
  case errc::not_in_channel:
    return refusal("not_in_channel", 202);
  case errc::already_in_channel:
    return refusal("already_in_channel", 203);
  case errc::cant_invite_self:
    return refusal("cant_invite_self", 204);
  case errc::cant_kick_self:
    return refusal("cant_kick_self", 205);
  case errc::cant_leave_general:
    return refusal("cant_leave_general", 206);
  case errc::cant_kick_from_general:
    return refusal("cant_kick_from_general", 207);
  case errc::cant_archive_general:
    return refusal("cant_archive_general", 208);
  case errc::is_archived:
    return refusal("is_archived", 209);
  case errc::already_archived:
    return refusal("already_archived", 210);
  case errc::not_archived:
    return refusal("not_archived", 211);
  case errc::method_not_supported_for_channel_type:
    return refusal("method_not_supported_for_channel_type", 212);
  case errc::cant_update_message:
    return refusal("cant_update_message", 213);
  case errc::cant_delete_message:
    return refusal("cant_delete_message", 214);
  case errc::edit_window_closed:
    return refusal("edit_window_closed", 215);
  case errc::not_authed:
    return refusal("not_authed", 300);
  case errc::invalid_auth:
    return refusal("invalid_auth", 301);
  case errc::account_inactive:
    return refusal("account_inactive", 302);
  case errc::token_revoked:
    return refusal("token_revoked", 303);
  case errc::missing_scope:
    return refusal("missing_scope", 304);
  case errc::not_allowed:
    return refusal("not_allowed", 305);
  case errc::ratelimited:
    return later("ratelimited", 429, 400);
  case errc::overloaded:
    return later("ratelimited", 429, 401);  // come more slowly; another host is as busy
  case errc::not_owner:
    return later("service_unavailable", 503, 402);
  case errc::timed_out:
    return later("request_timeout", 503, 403);
  case errc::storage_unavailable:
    return later("storage_unavailable", 503, 404);
  case errc::io_error:
    return later("storage_unavailable", 503, 405);
  case errc::shutting_down:
    return later("service_unavailable", 503, 406);
  case errc::cut_off:
    return later("service_unavailable", 503, 407);
  case errc::unknown_device:
    return refusal("unknown_device", 133);
  case errc::cursor_expired:
    return refusal("cursor_expired", 134);
  case errc::push_not_configured:
    return refusal("push_not_configured", 135);
  case errc::missing_duration:
    return refusal("missing_duration", 136);
  case errc::snooze_not_active:
    return refusal("snooze_not_active", 137);
  case errc::not_found:
    return refusal("not_found", 500);
  case errc::corrupt_record:  // the same record fails again: no status that invites a retry
    return refusal("fatal_error", 501);
  case errc::invalid_config:
  case errc::internal_error:
    break;
  }
  return {"internal_error", 500, 502, false};
}

std::string error_body(const error& why) {
  error_row row = row_of(why.code);
  std::string out;
  object_text body(out);
  body.boolean("ok", false);
  body.string("error", row.slack);
  // Details of our own failures name keys and files: they are for the log.
  bool for_client = row.http_status == 200 && why.code != errc::corrupt_record;
  if (for_client && !why.detail.empty()) {
    if (why.code == errc::missing_scope) {
      body.string("needed", why.detail);
    } else {
      body.object("response_metadata", [&](object_text& metadata) {
        metadata.name("messages");
        out += '[';
        append_string(out, "[ERROR] " + why.detail);
        out += ']';
      });
    }
  }
  body.close();
  return out;
}

}  // namespace carillon::slack
