// What is told of a WebSocket when it ends: how, by whom, after how long, and what still waited for it.
#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;
using edge::ended_by;
using edge::make_text_frame;

TEST_CASE("ended: the client's close is told with its code and its words") {
  edge_fixture edge;
  raw_client client = edge.websocket("/leaves");
  const auto who = edge.gateway.connection("/leaves");
  client.send(client_frame(8, close_payload(1001, "going home")));
  const auto how = edge.gateway.ended(who);
  CHECK(how.by == ended_by::client);
  CHECK(how.code == 1001);
  CHECK(how.reason == "going home");
  CHECK(how.remote.starts_with("127.0.0.1:"));
  CHECK(how.open_for.count() > 0);
  CHECK(how.queued_bytes == 0);
  CHECK(how.queued_frames == 0);
}

TEST_CASE("ended: the host's close is told with its words, a lost connection as the network's") {
  edge_fixture edge;
  raw_client revoked = edge.websocket("/revoked");
  raw_client lost = edge.websocket("/lost");
  raw_client wrong = edge.websocket("/wrong");
  const auto first = edge.gateway.connection("/revoked");
  const auto second = edge.gateway.connection("/lost");
  const auto third = edge.gateway.connection("/wrong");
  edge.server.close(first, 4010, "the token was revoked");
  CHECK(edge.gateway.ended(first).by == ended_by::host);
  CHECK(edge.gateway.ended(first).code == 4010);
  CHECK(edge.gateway.ended(first).reason == "the token was revoked");
  lost.reset();
  CHECK(edge.gateway.ended(second).by == ended_by::network);
  CHECK(edge.gateway.ended(second).code == 1006);
  CHECK_FALSE(edge.gateway.ended(second).reason.empty());
  CHECK(edge.gateway.ended(second).remote.starts_with("127.0.0.1:"));  // its socket knows no more
  frame_options unmasked;
  unmasked.masked = false;
  wrong.send(client_frame(1, "hello", unmasked));
  CHECK(edge.gateway.ended(third).by == ended_by::host);
  CHECK(edge.gateway.ended(third).code == 1002);
}

TEST_CASE("ended: of one that reads too slowly it is told how much waited") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = 400'000;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/slow");
  client.receive_little();
  const auto slow = edge.gateway.connection("/slow");
  for (std::uint64_t sent = 0; !edge.gateway.was_closed(slow); ++sent) {
    edge.server.send(slow, make_text_frame(std::string(50'000, 'x')));
    REQUIRE(eventually([&] {
      return edge.gateway.was_closed(slow) || edge.server.counters().deliveries > sent;
    }));
  }
  const auto how = edge.gateway.ended(slow);
  CHECK(how.code == 4008);
  CHECK(how.by == ended_by::host);
  CHECK(how.queued_bytes > 300'000);
  CHECK(how.queued_bytes <= 400'000 + 65'536);  // no events of a log: those have a little more room
  CHECK(how.queued_frames >= 6);
}
