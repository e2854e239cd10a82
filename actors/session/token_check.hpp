// Looks up the token of every session once more, and ends the sessions whose tokens are no good. For a
// host that was away while others may have told it who is signed out: with SQLite the log tells it
// afterwards, with PostgreSQL nobody does. One look-up after the other, and again each second while the
// server is away. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/session/session_registry.hpp"

namespace carillon {

class token_check {
public:
  // Both, and this, outlive the actors.
  token_check(const host_services& host, const session_registry& sessions)
      : host_(host), sessions_(sessions) {}

  // Of the sessions that there are now. A check that is still under way ends: this one looks at all of
  // its sessions too. REQUIRES: host.directory is there.
  void begin(caf::actor_system& system);

private:
  const host_services& host_;
  const session_registry& sessions_;
  std::atomic<std::uint64_t> latest_{0};
};

}  // namespace carillon
