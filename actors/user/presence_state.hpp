// Is this user here? Devices come and go; who loses the last one stays "active" for a grace period,
// so that a reconnect shows nobody a flicker; who chose "away" is away whatever the devices do.
// Lives in memory only: after a restart the sessions that come back say so. Pure: no clock; the
// caller measures the grace. Used by one actor at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <set>

#include "runtime/base/clock.hpp"

namespace carillon {

class presence_state {
public:
  // What others see from now on; nullopt: what they saw before.
  using visible_change = std::optional<bool>;
  using grace_id = std::uint64_t;  // 0: none

  visible_change device_online(std::uint64_t connection, timestamp now);
  // Not 0: the last device is gone; call grace_over with it when the grace period is.
  grace_id device_offline(std::uint64_t connection, timestamp now);
  visible_change grace_over(grace_id which);
  visible_change choose_away(bool away);

  bool active() const { return online() && !manual_away_; }
  bool online() const { return !devices_.empty() || grace_ != 0; }
  bool manual_away() const { return manual_away_; }
  const std::set<std::uint64_t>& devices() const { return devices_; }
  timestamp last_activity() const { return last_activity_; }

private:
  visible_change change_since(bool was_active) const {
    return was_active == active() ? std::nullopt : visible_change(active());
  }

  std::set<std::uint64_t> devices_;
  bool manual_away_ = false;
  grace_id grace_ = 0;  // the one that runs
  grace_id last_grace_ = 0;
  timestamp last_activity_ = 0;
};

}  // namespace carillon
