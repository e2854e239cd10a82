// Is this user here? Devices come and go; who loses the last one stays "active" for a grace period,
// so that a reconnect shows nobody a flicker; who chose "away" is away whatever the devices do. The
// devices of a host that fell silent are in doubt: they count for a grace period, in which the host
// may be back and name them again. Lives in memory only: after a restart, or with another leader of
// the user's slot, the sessions say again that they are there. Pure: no clock; the caller measures
// the grace. Used by one actor at a time.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>

#include "runtime/base/clock.hpp"

namespace carillon {

// A connection of a host.
struct device {
  std::uint64_t host = 0;  // its store id
  std::uint64_t connection = 0;
  auto operator<=>(const device&) const = default;
};

class presence_state {
public:
  // What others see from now on; nullopt: what they saw before.
  using visible_change = std::optional<bool>;
  using grace_id = std::uint64_t;  // 0: none

  visible_change device_online(const device& which, timestamp now);
  // Not 0: the last device is gone; call grace_over with it when the grace period is.
  grace_id device_offline(const device& which, timestamp now);
  // Not 0: devices there are in doubt; call grace_over with it when the grace period is.
  grace_id host_lost(std::uint64_t host);
  visible_change grace_over(grace_id which);
  visible_change choose_away(bool away);

  bool active() const { return online() && !manual_away_; }
  bool online() const { return has_devices() || grace_ != 0; }
  bool has_devices() const { return !devices_.empty(); }
  bool manual_away() const { return manual_away_; }
  // With the grace period in which each is in doubt; 0: in none.
  const std::map<device, grace_id>& devices() const { return devices_; }
  timestamp last_activity() const { return last_activity_; }

private:
  visible_change change_since(bool was_active) const {
    return was_active == active() ? std::nullopt : visible_change(active());
  }

  std::map<device, grace_id> devices_;
  bool manual_away_ = false;
  grace_id grace_ = 0;  // the one that runs for a user without devices
  grace_id last_grace_ = 0;
  timestamp last_activity_ = 0;
};

}  // namespace carillon
