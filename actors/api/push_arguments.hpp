// The arguments of carillon.push.* and dnd.*: what is wrong with them is said before anybody is asked.
// Pure.
#pragma once

#include <string_view>

#include "actors/api/arguments.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon::api {

// `device`, `provider` and `push_token`; of web_push instead of a token `subscription`, as the browser's
// PushSubscription has it as JSON, or its `endpoint`, `p256dh` and `auth`. `token` is as good as `push_token`
// where it is not the call's own (signed_by_header): Slack's SDKs take a `token` for that. invalid_arguments.
result<wire::push_target> push_target_argument(const arguments& args, bool signed_by_header);

// Of carillon.push.settings.set: `level`, of `channel` or of all; `dnd_enabled`, `dnd_start` and `dnd_end`
// ("22:00"), `tz`. invalid_arguments.
result<wire::change_push> push_settings_argument(const arguments& args);

std::string_view to_string(wire::push_level level);  // "default", "all", "mentions", "nothing"
std::string clock_text(std::uint32_t minutes);       // "22:00"

// `num_minutes` of dnd.setSnooze. missing_duration, invalid_arguments, too_long (over a day).
result<std::uint32_t> snooze_argument(const arguments& args);

}  // namespace carillon::api
