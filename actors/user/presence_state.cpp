#include "actors/user/presence_state.hpp"

namespace carillon {

presence_state::visible_change presence_state::device_online(const device& which, timestamp now) {
  bool was_active = active();
  devices_[which] = 0;  // no doubt, if there was any
  grace_ = 0;
  last_activity_ = now;
  return change_since(was_active);
}

presence_state::grace_id presence_state::device_offline(const device& which, timestamp now) {
  if (devices_.erase(which) == 0)
    return 0;
  last_activity_ = now;
  if (has_devices())
    return 0;
  grace_ = ++last_grace_;
  return grace_;
}

presence_state::grace_id presence_state::host_lost(std::uint64_t host) {
  bool any = false;
  for (auto& [which, doubt] : devices_)
    if (which.host == host) {
      doubt = last_grace_ + 1;
      any = true;
    }
  return any ? ++last_grace_ : 0;
}

presence_state::visible_change presence_state::grace_over(grace_id which) {
  bool was_active = active();
  std::erase_if(devices_, [which](const auto& known) { return known.second == which; });
  if (which == grace_)
    grace_ = 0;
  return change_since(was_active);
}

presence_state::visible_change presence_state::choose_away(bool away) {
  bool was_active = active();
  manual_away_ = away;
  return change_since(was_active);
}

}  // namespace carillon
