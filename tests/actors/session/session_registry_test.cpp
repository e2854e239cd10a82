// What stands between a socket and its session: frames find their way, and a client that says more
// than its session reads is stopped. The session is played by an actor that reads when told.
#include "actors/session/session_registry.hpp"

#include <doctest/doctest.h>

#include "actors/protocols.hpp"

using namespace carillon;

TEST_CASE("session registry: what a session has not read is bounded, and reading makes room") {
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor session{system};
  session_registry registry;
  CHECK_FALSE(registry.hand_in(1, "nobody is there", true));
  registry.add(1, caf::actor_cast<caf::actor>(session), {id_kind::user, 1}, "hash");
  const std::string frame(65'536, 'x');
  std::size_t taken = 0;
  while (taken < 1'000 && registry.hand_in(1, frame, true))
    ++taken;
  CHECK(taken >= 60);
  CHECK(taken <= 64);
  session->receive([&](const session_frame& read) { CHECK(read.payload == frame); });
  CHECK(registry.hand_in(1, frame, true));
  CHECK_FALSE(registry.hand_in(1, frame, true));
  registry.remove(1);
  CHECK_FALSE(registry.hand_in(1, "gone", true));
}
