// One sync of a device, for carillon.sync and for what waits for news (poll.cpp, stream): what it has not
// seen, as Slack's events, and the cursor after them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/api/call.hpp"
#include "actors/sync_plan.hpp"

namespace carillon::api {

struct sync_request {
  std::string device;
  wire::sync_place place;   // of the cursor, or the beginning
  bool begins = false;      // without a cursor
  seqs_by_channel seen;
  std::uint32_t limit = 0;
};
// device, cursor, limit, seen. Errors: invalid_arguments, invalid_limit, invalid_cursor, cursor_expired.
result<sync_request> read_sync_request(const call& c);
// With other words for the last of its arguments.
result<sync_request> read_sync_request(const call& c, const std::string& cursor, const std::string& seen);

struct sync_answer {
  std::vector<std::string> messages;  // one JSON object each
  std::string cursor;
  bool has_more = false;
};
// {"ok":true,"messages":[...],"cursor":"...","has_more":...}
std::string sync_text(const sync_answer& answer);

// `then`: on the api actor. A refusal ends the call.
void sync(const call_ptr& c, const sync_request& request, std::function<void(sync_answer)> then);

// A cursor that is no good ends the call; one that has expired is answered with where to begin.
void refuse_sync(const call_ptr& c, const error& why);

}  // namespace carillon::api
