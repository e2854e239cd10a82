// Sends the clients of a host that stays cut off to another one. Such a host refuses what is asked, but
// a WebSocket that stays open misses messages and does not know it. So after a while its connections
// are ended, a few at a time, so that they do not all arrive at the other hosts in one moment.
//
// farewell is pure: a tick comes in, a number comes out. spawn_farewell() makes the actor that carries
// it out, for as long as the host lives. Ticks and not time: a host that was frozen has not been cut
// off for as long as it slept.
#pragma once

#include <cstddef>
#include <cstdint>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/session/session_registry.hpp"

namespace carillon {

class farewell {
public:
  // Nobody is sent away before the host was cut off for `patience` ticks; then all are, in `spread`.
  farewell(std::uint32_t patience, std::uint32_t spread) : patience_(patience), spread_(spread) {}

  // How many of those who are still here go in this tick.
  std::size_t tick(bool cut_off, std::size_t here);

private:
  const std::uint32_t patience_;
  const std::uint32_t spread_;
  std::uint32_t ticks_ = 0;  // since the host is cut off
};

// `host.health` is set; both outlive the actor.
caf::actor spawn_farewell(caf::actor_system& system, const host_services& host,
                          session_registry& sessions);

}  // namespace carillon
