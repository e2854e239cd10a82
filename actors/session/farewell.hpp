// Sends the clients of a host that stays cut off to another one. Such a host refuses what is asked, but
// a WebSocket that stays open misses messages and does not know it. So after a while its connections
// are ended, a few at a time, so that they do not all arrive at the other hosts in one moment. A host
// that rests ends its connections in the same way, at once; who comes all the same may stay until it stops.
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
  // Nobody is sent away before there was cause for `patience` ticks; then all are, in `spread`. Who comes
  // after that goes at once, unless `once`.
  farewell(std::uint32_t patience, std::uint32_t spread, bool once = false)
      : patience_(patience), spread_(spread), once_(once) {}

  // How many of those who are still here go in this tick.
  std::size_t tick(bool cause, std::size_t here);

private:
  const std::uint32_t patience_;
  const std::uint32_t spread_;
  const bool once_;
  std::uint32_t ticks_ = 0;  // since there is cause
};

// `host.health` and `host.ring` are set; both outlive the actor.
caf::actor spawn_farewell(caf::actor_system& system, const host_services& host,
                          session_registry& sessions);

}  // namespace carillon
