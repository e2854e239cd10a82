// Users and channels for load and tests, made through the admin API, because a sign-up costs
// tens of milliseconds of password hashing by design.
#pragma once

#include <string>
#include <vector>

#include "tools/client/api_client.hpp"

namespace carillon::client {

struct worker {
  std::string user_id;
  std::string token;
};

// `count` users named PREFIX0, PREFIX1, ... of the default team, each with a token.
std::vector<worker> hire(event_loop& loop, const endpoint& where, const std::string& admin_token,
                         std::size_t count, const std::string& prefix);

// A new public channel of `owner`; its id.
std::string create_channel(api_client& owner, const std::string& name);
// `owner` invites them, some hundred at a time.
void invite(api_client& owner, const std::string& channel, const std::vector<worker>& guests);

} // namespace carillon::client
