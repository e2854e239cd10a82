#include "actors/user/presence_state.hpp"

#include <algorithm>

namespace carillon {

presence_state::visible_change presence_state::device_online(const device& which, timestamp now,
                                                             timestamp idle) {
  const bool was_active = active();
  const bool is_back = grace_ != 0;
  timestamp used_at = is_back ? last_activity_ : now - std::min(idle, now);
  // Named again, it has not been used by that: what is known is better than what its host's clock and
  // the way here make of it.
  if (auto known = devices_.find(which); known != devices_.end())
    used_at = known->second.used_at;
  devices_[which] = {0, used_at};  // no doubt, if there was any
  grace_ = 0;
  recall_activity(used_at);
  attend(now);
  return change_since(was_active);
}

presence_state::visible_change presence_state::device_active(const device& which, timestamp now) {
  const bool was_active = active();
  devices_[which] = {0, now};
  grace_ = 0;
  recall_activity(now);
  attend(now);
  return change_since(was_active);
}

presence_state::visible_change presence_state::user_active(timestamp now) {
  if (!has_devices())
    return std::nullopt;
  auto newest = std::max_element(
      devices_.begin(), devices_.end(),
      [](const auto& a, const auto& b) { return a.second.used_at < b.second.used_at; });
  const bool was_active = active();
  newest->second.used_at = std::max(newest->second.used_at, now);
  recall_activity(now);
  attend(now);
  return change_since(was_active);
}

presence_state::grace_id presence_state::device_offline(const device& which, timestamp seen_until) {
  seen_until_ = std::max(seen_until_, seen_until);
  if (devices_.erase(which) == 0 || has_devices())
    return 0;
  grace_ = ++last_grace_;
  return grace_;
}

presence_state::grace_id presence_state::host_lost(std::uint64_t host, timestamp now) {
  bool any = false;
  for (auto& [which, known] : devices_)
    if (which.host == host) {
      known.doubt = last_grace_ + 1;
      any = true;
    }
  if (any)
    seen_until_ = std::max(seen_until_, now);
  return any ? ++last_grace_ : 0;
}

presence_state::visible_change presence_state::grace_over(grace_id which, timestamp now) {
  const bool was_active = active();
  std::erase_if(devices_, [which](const auto& each) { return each.second.doubt == which; });
  if (which == grace_)
    grace_ = 0;
  if (grace_ == 0)
    attend(now);
  return change_since(was_active);
}

presence_state::visible_change presence_state::choose_away(bool away) {
  const bool was_active = active();
  manual_away_ = away;
  return change_since(was_active);
}

presence_state::visible_change presence_state::look(timestamp now) {
  const bool was_active = active();
  if (grace_ == 0)
    attend(now);
  return change_since(was_active);
}

bool presence_state::has_connection() const {
  return std::any_of(devices_.begin(), devices_.end(), [](const auto& each) { return each.second.doubt == 0; });
}

timestamp presence_state::next_look() const {
  return attended_ && has_devices() && idle_after_ != 0 ? newest_use() + idle_after_ : 0;
}

void presence_state::recall_activity(timestamp then) {
  last_activity_ = std::max(last_activity_, then);
}

// The best of the devices counts.
void presence_state::attend(timestamp now) {
  attended_ = has_devices() && (idle_after_ == 0 || now < newest_use() + idle_after_);
}

timestamp presence_state::newest_use() const {
  timestamp newest = 0;
  for (const auto& [which, known] : devices_)
    newest = std::max(newest, known.used_at);
  return newest;
}

}  // namespace carillon
