#include "tools/client/workforce.hpp"

#include <algorithm>

namespace carillon::client {

std::vector<worker> hire(event_loop& loop, const endpoint& where, const std::string& admin_token,
                         std::size_t count, const std::string& prefix) {
  std::vector<api_call> adds;
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = prefix + std::to_string(i);
    adds.push_back({"carillon.admin.users.add",
                    admin_token,
                    {{"name", name}, {"email", name + "@bench.example"}}});
  }
  std::vector<worker> workers;
  std::vector<api_call> issues;
  for (auto& answer : call_all(loop, where, adds)) {
    workers.push_back({std::string(answer.at("user_id").as_string()), {}});
    issues.push_back(
        {"carillon.admin.tokens.issue", admin_token, {{"user", workers.back().user_id}}});
  }
  auto tokens = call_all(loop, where, issues);
  for (std::size_t i = 0; i < count; ++i)
    workers[i].token = tokens[i].at("token").as_string();
  return workers;
}

std::string create_channel(api_client& owner, const std::string& name) {
  auto answer = owner.call("conversations.create", {{"name", name}});
  return std::string(answer.at("channel").at("id").as_string());
}

void invite(api_client& owner, const std::string& channel, const std::vector<worker>& guests) {
  constexpr std::size_t batch = 100; // ids in one call; far below any body limit
  for (std::size_t first = 0; first < guests.size(); first += batch) {
    std::string ids;
    for (std::size_t i = first; i < std::min(first + batch, guests.size()); ++i)
      ids.append(ids.empty() ? "" : ",").append(guests[i].user_id);
    owner.call("conversations.invite", {{"channel", channel}, {"users", ids}});
  }
}

} // namespace carillon::client
