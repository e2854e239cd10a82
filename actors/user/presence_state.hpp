// Is this user here? Devices come and go; who loses the last one stays as they were for a grace
// period, so that a reconnect shows nobody a flicker; who chose "away" is away whatever the devices do;
// and who is connected but has done nothing for `idle_after` on any device is away until they do
// (auto_away). The devices of a host that fell silent are in doubt: they count for a grace period, in
// which the host may be back and name them again. Lives in memory only: after a restart, or with
// another leader of the user's slot, the sessions say again that they are there, and for how long
// nothing was done. Pure: no clock; the caller measures the grace and asks look() when it is time.
// Used by one actor at a time.
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

  // idle_after: microseconds without activity until auto_away; 0: never.
  explicit presence_state(timestamp idle_after = 0) : idle_after_(idle_after) {}

  // It is there, and was used last `idle` microseconds ago. Who is back within the grace period was not
  // away, and has done nothing by that: the time without activity goes on.
  visible_change device_online(const device& which, timestamp now, timestamp idle = 0);
  // Its user did something. Also from a device that we lost sight of.
  visible_change device_active(const device& which, timestamp now);
  // The user did something that came by no connection (the Web API): counts for who is online.
  visible_change user_active(timestamp now);
  // Not 0: the last device is gone; call grace_over with it when the grace period is. It may have been gone
  // for long when that is found out: what was sent to it before `seen_until` has arrived.
  grace_id device_offline(const device& which, timestamp seen_until = 0);
  // Not 0: devices there are in doubt; call grace_over with it when the grace period is.
  grace_id host_lost(std::uint64_t host, timestamp now = 0);
  visible_change grace_over(grace_id which, timestamp now);
  visible_change choose_away(bool away);
  // Time went by: nothing may have been done for long enough. next_look(): when that will be, if nothing
  // is done until then; 0: never.
  visible_change look(timestamp now);
  timestamp next_look() const;

  bool active() const { return attended_ && !manual_away_; }
  bool online() const { return has_devices() || grace_ != 0; }
  bool has_devices() const { return !devices_.empty(); }
  // One of them is in no doubt. Without it a message reaches nobody, whatever others see of the user.
  bool has_connection() const;
  // Until when some device showed what came; 0: one does, or none ever did.
  timestamp seen_until() const { return has_connection() ? 0 : seen_until_; }
  bool manual_away() const { return manual_away_; }
  bool auto_away() const { return online() && !attended_; }

  struct known_device {
    grace_id doubt = 0;        // the grace period in which it is in doubt; 0: in none
    timestamp used_at = 0;     // its last activity
  };
  const std::map<device, known_device>& devices() const { return devices_; }
  // 0: not known. recall_activity(): what an earlier life of the user wrote down.
  timestamp last_activity() const { return last_activity_; }
  void recall_activity(timestamp then);

private:
  visible_change change_since(bool was_active) const {
    return was_active == active() ? std::nullopt : visible_change(active());
  }
  void attend(timestamp now);
  timestamp newest_use() const;

  const timestamp idle_after_;
  std::map<device, known_device> devices_;
  bool manual_away_ = false;
  bool attended_ = false;  // somebody is at one of the devices, as far as we know
  grace_id grace_ = 0;     // the one that runs for a user without devices
  grace_id last_grace_ = 0;
  timestamp last_activity_ = 0;
  timestamp seen_until_ = 0;  // by devices that are gone, or in doubt
};

}  // namespace carillon
