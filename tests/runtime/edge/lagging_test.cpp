// What the counters say of a client that does not keep up: that it lags and how much waits for it,
// for as long as that is so.
#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;
using edge::make_text_frame;

namespace {

constexpr std::size_t frame_bytes = 50'000;

// Sends frames until the kernel takes no more.
int fill(edge_fixture& site, carillon::edge::connection_id slow) {
  int sent = 0;
  while (site.server.counters().lagging == 0) {
    site.server.send(slow, make_text_frame(std::string(frame_bytes, 'x')));
    ++sent;
    REQUIRE(eventually(
        [&] { return site.server.counters().deliveries == static_cast<std::uint64_t>(sent); }));
  }
  return sent;
}

}  // namespace

TEST_CASE("lagging: a client that stops reading is counted, with what waits, until it reads again") {
  edge_fixture edge;
  raw_client client = edge.websocket("/slow");
  client.receive_little();
  const auto slow = edge.gateway.connection("/slow");
  CHECK(edge.server.counters().lagging == 0);
  int sent = fill(edge, slow);
  const std::uint64_t waiting = edge.server.counters().waiting_bytes;
  CHECK(waiting > 0);

  edge.server.send(slow, make_text_frame(std::string(frame_bytes, 'y')));
  ++sent;
  CHECK(eventually([&] { return edge.server.counters().waiting_bytes > waiting + frame_bytes; }));
  CHECK(edge.server.counters().lagging == 1);

  for (int i = 0; i < sent; ++i)
    REQUIRE(client.receive_frame().payload.size() == frame_bytes);
  CHECK(eventually([&] { return edge.server.counters().lagging == 0; }));
  CHECK(edge.server.counters().waiting_bytes == 0);
}

TEST_CASE("lagging: a client that goes while it lags is counted no more") {
  edge_fixture edge;
  {
    raw_client client = edge.websocket("/slow");
    client.receive_little();
    fill(edge, edge.gateway.connection("/slow"));
  }
  CHECK(eventually([&] { return edge.server.counters().websockets == 0; }));
  CHECK(edge.server.counters().lagging == 0);
  CHECK(edge.server.counters().waiting_bytes == 0);
}
