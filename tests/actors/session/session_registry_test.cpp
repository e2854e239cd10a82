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

TEST_CASE("session registry: some are told to end, each once, and those who are left are counted") {
  caf::actor_system_config config;
  caf::actor_system system{config};
  caf::scoped_actor session{system};
  session_registry registry;
  for (edge::connection_id connection = 1; connection <= 5; ++connection)
    registry.add(connection, caf::actor_cast<caf::actor>(session), {id_kind::user, 1}, "hash");
  CHECK(registry.end_some(0, 1001, "why") == 0);
  CHECK(registry.end_some(3, 1001, "why") == 3);
  CHECK(registry.staying() == 2);
  CHECK(registry.size() == 5);
  CHECK(registry.end_some(9, 1001, "why") == 2);
  CHECK(registry.end_some(9, 1001, "why") == 0);
  for (int told = 0; told < 5; ++told)
    session->receive([](const session_end& end) {
      CHECK(end.code == 1001);
      CHECK(end.reason == "why");
    });
  registry.remove(3);
  registry.remove(3);
  CHECK(registry.size() == 4);
  CHECK(registry.staying() == 0);
  registry.add(6, caf::actor_cast<caf::actor>(session), {id_kind::user, 1}, "hash");
  CHECK(registry.staying() == 1);
}
