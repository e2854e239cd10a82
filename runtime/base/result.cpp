#include "runtime/base/result.hpp"

namespace carillon {

std::string_view to_string(errc code) {
  switch (code) {
    case errc::unknown_method:
      return "unknown_method";
    case errc::invalid_arguments:
      return "invalid_arguments";
    case errc::no_text:
      return "no_text";
    case errc::msg_too_long:
      return "msg_too_long";
    case errc::invalid_json:
      return "invalid_json";
    case errc::invalid_utf8:
      return "invalid_utf8";
    case errc::invalid_form_data:
      return "invalid_form_data";
    case errc::invalid_post_type:
      return "invalid_post_type";
    case errc::invalid_cursor:
      return "invalid_cursor";
    case errc::invalid_name:
      return "invalid_name";
    case errc::invalid_name_required:
      return "invalid_name_required";
    case errc::invalid_name_maxlength:
      return "invalid_name_maxlength";
    case errc::invalid_name_punctuation:
      return "invalid_name_punctuation";
    case errc::invalid_name_specials:
      return "invalid_name_specials";
    case errc::name_taken:
      return "name_taken";
    case errc::email_taken:
      return "email_taken";
    case errc::invalid_email:
      return "invalid_email";
    case errc::weak_password:
      return "weak_password";
    case errc::user_not_found:
      return "user_not_found";
    case errc::users_not_found:
      return "users_not_found";
    case errc::bot_not_found:
      return "bot_not_found";
    case errc::team_not_found:
      return "team_not_found";
    case errc::channel_not_found:
      return "channel_not_found";
    case errc::invalid_blocks:
      return "invalid_blocks";
    case errc::invalid_attachments:
      return "invalid_attachments";
    case errc::invalid_metadata_format:
      return "invalid_metadata_format";
    case errc::invalid_limit:
      return "invalid_limit";
    case errc::invalid_types:
      return "invalid_types";
    case errc::invalid_timestamp:
      return "invalid_timestamp";
    case errc::too_long:
      return "too_long";
    case errc::no_user:
      return "no_user";
    case errc::users_list_not_supplied:
      return "users_list_not_supplied";
    case errc::user_disabled:
      return "user_disabled";
    case errc::invalid_profile:
      return "invalid_profile";
    case errc::message_not_found:
      return "message_not_found";
    case errc::not_in_channel:
      return "not_in_channel";
    case errc::already_in_channel:
      return "already_in_channel";
    case errc::cant_invite_self:
      return "cant_invite_self";
    case errc::cant_kick_self:
      return "cant_kick_self";
    case errc::cant_leave_general:
      return "cant_leave_general";
    case errc::cant_kick_from_general:
      return "cant_kick_from_general";
    case errc::cant_archive_general:
      return "cant_archive_general";
    case errc::is_archived:
      return "is_archived";
    case errc::already_archived:
      return "already_archived";
    case errc::not_archived:
      return "not_archived";
    case errc::method_not_supported_for_channel_type:
      return "method_not_supported_for_channel_type";
    case errc::cant_update_message:
      return "cant_update_message";
    case errc::cant_delete_message:
      return "cant_delete_message";
    case errc::edit_window_closed:
      return "edit_window_closed";
    case errc::invalid_ts_latest:
      return "invalid_ts_latest";
    case errc::invalid_ts_oldest:
      return "invalid_ts_oldest";
    case errc::invalid_presence:
      return "invalid_presence";
    case errc::too_many_users:
      return "too_many_users";
    case errc::profile_set_failed:
      return "profile_set_failed";
    case errc::not_authed:
      return "not_authed";
    case errc::invalid_auth:
      return "invalid_auth";
    case errc::account_inactive:
      return "account_inactive";
    case errc::token_revoked:
      return "token_revoked";
    case errc::missing_scope:
      return "missing_scope";
    case errc::not_allowed:
      return "not_allowed";
    case errc::ratelimited:
      return "ratelimited";
    case errc::overloaded:
      return "overloaded";
    case errc::not_owner:
      return "not_owner";
    case errc::timed_out:
      return "timed_out";
    case errc::storage_unavailable:
      return "storage_unavailable";
    case errc::shutting_down:
      return "shutting_down";
    case errc::not_found:
      return "not_found";
    case errc::corrupt_record:
      return "corrupt_record";
    case errc::io_error:
      return "io_error";
    case errc::invalid_config:
      return "invalid_config";
    case errc::internal_error:
      return "internal_error";
    case errc::unknown_device:
      return "unknown_device";
    case errc::cursor_expired:
      return "cursor_expired";
    case errc::cut_off:
      return "cut_off";
  }
  return "internal_error";
}

std::string error::describe() const {
  std::string out(to_string(code));
  if (!detail.empty()) {
    out += ": ";
    out += detail;
  }
  return out;
}

}  // namespace carillon
