#include "actors/slot/presence_board.hpp"

#include <algorithm>
#include <utility>

namespace carillon {

void presence_board::watch(const entity_id& user, raft::member_id host) {
  auto& hosts = watchers_[user];
  if (std::find(hosts.begin(), hosts.end(), host) == hosts.end())
    hosts.push_back(host);
}

void presence_board::unwatch(const entity_id& user, raft::member_id host) {
  auto found = watchers_.find(user);
  if (found == watchers_.end())
    return;
  std::erase(found->second, host);
  if (found->second.empty())
    watchers_.erase(found);
}

void presence_board::forget_host(raft::member_id host) {
  for (auto at = watchers_.begin(); at != watchers_.end();) {
    std::erase(at->second, host);
    at = at->second.empty() ? watchers_.erase(at) : std::next(at);
  }
  to_tell_.erase(host);
}

wire::presence_kind presence_board::state_of(const entity_id& user) const {
  if (active_.contains(user))
    return wire::PRESENCE_ACTIVE;
  return settled_ ? wire::PRESENCE_AWAY : wire::PRESENCE_UNKNOWN;
}

bool presence_board::changed(const entity_id& user, bool active, bool in_grace) {
  if (active && in_grace)
    in_grace_.insert(user);
  else
    in_grace_.erase(user);
  if (active && !active_.insert(user).second)
    return false;  // as others know it
  if (!active)
    active_.erase(user);
  auto found = watchers_.find(user);
  return found != watchers_.end() && tell(user, found->second);
}

bool presence_board::settle() {
  settled_ = true;
  bool any = false;
  for (const auto& [user, hosts] : watchers_)
    if (!active_.contains(user))
      any = tell(user, hosts) || any;
  return any;
}

bool presence_board::tell(const entity_id& user, const std::vector<raft::member_id>& hosts) {
  for (raft::member_id host : hosts)
    to_tell_[host].insert(user);
  return !hosts.empty();
}

std::vector<presence_board::news> presence_board::take() {
  std::vector<news> out;
  for (auto& [host, users] : std::exchange(to_tell_, {})) {
    news each{host, {}, {}};
    for (const entity_id& user : users)
      (active_.contains(user) ? each.active : each.away).push_back(user);
    out.push_back(std::move(each));
  }
  return out;
}

}  // namespace carillon
