// Web API calls for setting things up and looking at results: answers are parsed JSON, the caller
// waits. While it waits the loop runs, so posters and listeners of the same loop go on. Never from
// inside a handler of the loop.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "tools/client/http_client.hpp"

namespace carillon::client {

struct api_reply {
  int status = 0;       // 0: the connection was lost before the answer
  int retry_after = -1; // seconds; -1: none
  boost::json::object json;

  bool is_ok() const;
  std::string error() const; // Slack's error string; empty when there is none
};

class api_client {
public:
  api_client(event_loop& loop, endpoint where, std::string token = {})
      : loop_(loop), where_(std::move(where)), token_(std::move(token)), http_(loop, where_) {}

  // Whatever the answer is. Throws client_error when none came in `patience`.
  api_reply try_call(std::string_view method, const form& arguments = {});
  api_reply try_get(std::string_view path);
  // Only a good answer: otherwise throws client_error naming method and error.
  boost::json::object call(std::string_view method, const form& arguments = {});

  const endpoint& where() const { return where_; }
  const std::string& token() const { return token_; }

  static constexpr std::chrono::seconds patience{30};

private:
  api_reply exchange(std::string_view request, std::string_view what);

  event_loop& loop_;
  endpoint where_;
  std::string token_;
  http_client http_;
};

// Many calls, `in_flight` at a time, answers in the order of the calls. Those that a busy host turns
// away (429) are repeated when it says. Throws client_error as call().
struct api_call {
  std::string method;
  std::string token;
  form arguments;
};
std::vector<boost::json::object> call_all(event_loop& loop, const endpoint& where,
                                          const std::vector<api_call>& calls,
                                          std::size_t in_flight = 32);

} // namespace carillon::client
