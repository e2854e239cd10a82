#include "actors/user/presence_state.hpp"

namespace carillon {

presence_state::visible_change presence_state::device_online(std::uint64_t connection,
                                                             timestamp now) {
  bool was_active = active();
  devices_.insert(connection);
  grace_ = 0;
  last_activity_ = now;
  return change_since(was_active);
}

presence_state::grace_id presence_state::device_offline(std::uint64_t connection, timestamp now) {
  if (devices_.erase(connection) == 0)
    return 0;
  last_activity_ = now;
  if (!devices_.empty())
    return 0;
  grace_ = ++last_grace_;
  return grace_;
}

presence_state::visible_change presence_state::grace_over(grace_id which) {
  if (which != grace_)
    return std::nullopt;  // a device came back meanwhile
  bool was_active = active();
  grace_ = 0;
  return change_since(was_active);
}

presence_state::visible_change presence_state::choose_away(bool away) {
  bool was_active = active();
  manual_away_ = away;
  return change_since(was_active);
}

}  // namespace carillon
