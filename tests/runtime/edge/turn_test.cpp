// What leaves first in one turn of an I/O thread. A hook of a frame that is written runs on that thread:
// what it gives the server to do is of one turn.
#include <atomic>

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;
using edge::make_text_frame;

namespace {

constexpr edge::topic_id lobby = 1;

// Over loopback what is sent is there.
bool has_arrived(const raw_client& at) {
  char first = 0;
  return ::recv(at.descriptor(), &first, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

}  // namespace

TEST_CASE("turn: an answer leaves before the events that were published with it") {
  edge_fixture edge(patient_limits(), 1);
  raw_client reader = edge.websocket("/reader");
  const auto who = edge.gateway.connection("/reader");
  edge.server.subscribe(who, lobby);
  raw_client poster = edge.connect();
  poster.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
  const edge::responder answer = edge.gateway.held();

  std::atomic<bool> published{false};
  std::atomic<bool> answered_before{false};
  const auto event = make_text_frame("event", [&](edge::connection_id) {
    answered_before = has_arrived(poster);
    published = true;
  });
  edge.server.send(who, make_text_frame("begin", [&](edge::connection_id) {
    edge.server.publish(lobby, event);
    answer({200, "text/plain", "posted", {}});
  }));
  REQUIRE(eventually([&] { return published.load(); }));
  CHECK(answered_before);
  CHECK(poster.receive_answer().status == 200);
  CHECK(reader.receive_frame().payload == "begin");
  CHECK(reader.receive_frame().payload == "event");
}
