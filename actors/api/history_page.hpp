// Paging through conversations.history. Messages always come newest first. With only `oldest` the
// page next to `oldest` comes, otherwise the newest one (SLACK.md 2h); a cursor names the edge of
// the page before and goes on in the same direction, whatever the other arguments. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "actors/api/arguments.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon::api {

// oldest, latest, inclusive, limit, cursor. invalid_ts_oldest, invalid_ts_latest, invalid_limit,
// invalid_cursor.
result<wire::read_history> history_query(const arguments& args, std::uint32_t page_max);

// The cursor for the page after this one; empty at the end.
std::string history_cursor(const wire::channel_reply& page, bool from_oldest);

}  // namespace carillon::api
