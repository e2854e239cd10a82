// The arguments that make a message: text, blocks, attachments and the like, checked and bounded.
// Pure.
#pragma once

#include <string>

#include "actors/api/arguments.hpp"
#include "config/settings.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon::api {

// Refuses with no_text, msg_too_long, invalid_blocks, invalid_attachments,
// invalid_metadata_format, or invalid_arguments (thread_ts, client_msg_id).
result<wire::post_message> message_argument(const arguments& args,
                                            const settings::limits_settings& limits);

// A JSON array of objects within limits.blocks_max_bytes, written again on one line; empty when the
// argument is absent or an empty array. `refusal` otherwise.
result<std::string> json_list(const arguments& args, std::string_view name, errc refusal,
                              const settings::limits_settings& limits);

// msg_too_long.
status check_text(const std::string& text, const settings::limits_settings& limits);

}  // namespace carillon::api
