// What an RTM client may say, read from one text frame (SLACK 2d). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include "runtime/base/ids.hpp"
#include "runtime/base/result.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon {

struct rtm_frame {
  enum class kind { message, typing, ping, presence_sub, presence_query, active, unknown };
  kind what = kind::unknown;
  boost::json::value id;       // echoed as reply_to; null when the client gave none
  std::string type;
  std::string channel;         // message, typing
  wire::post_message post;     // message
  std::string traceparent;     // message: as in HTTP's header; ours, Slack has none
  std::vector<entity_id> ids;  // presence_*
  std::string pong;            // ping: the whole answer, every field echoed
};

struct rtm_limits {
  std::size_t text_max_characters = 0;
  std::size_t client_msg_id_max_bytes = 0;
  std::size_t ids_max = 0;
};

// Errors: invalid_json (not one JSON object), invalid_arguments (a field is missing or of the wrong
// kind; detail names it), too_many_users, msg_too_long. On error `id` is still in `frame` if it was
// readable, so that the refusal can name what it answers.
status read_rtm_frame(std::string_view text, const rtm_limits& limits, rtm_frame& frame);

std::string rtm_ack(const boost::json::value& id, timestamp ts, std::uint64_t seq,
                    std::string_view text, const std::string& traceparent = {});
// To who gave an id and waits for no more than that.
std::string rtm_done(const boost::json::value& id);
// retry_after: seconds until it may be said again; 0: not known.
std::string rtm_refusal(const boost::json::value& id, const error& why,
                        std::uint32_t retry_after = 0);

}  // namespace carillon
