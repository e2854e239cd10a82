// Everything that ends because time passes: slow heads and bodies, idle connections, answers that
// do not come, peers that are silently gone. Each case sets the one limit it is about to a fraction
// of a second and waits for what the server does; the others are out of reach.
#include <chrono>
#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t short_ms = 150;

// Nothing fires early: `what` takes at least so long.
template <class What>
void takes_at_least(milliseconds least, What what) {
  const auto begin = steady_clock::now();
  what();
  CHECK(steady_clock::now() - begin >= least);
}

}  // namespace

TEST_CASE("timeouts: a head that does not end in time gets a 408, however busily it drips") {
  settings::edge_settings limits = patient_limits();
  limits.header_timeout_ms = short_ms;
  limits.header_max_bytes = 100'000'000;
  edge_fixture edge(limits);
  raw_client client = edge.connect();
  takes_at_least(milliseconds(short_ms - 50), [&] {
    client.send("GET / HTTP/1.1\r\nHost: test\r\n");
    while (edge.server.counters().bytes_out == 0)
      client.send("X: y\r\n");
    CHECK(client.receive_answer().status == 408);
    CHECK(client.receive_until_closed().empty());
  });
}

TEST_CASE("timeouts: half a head and then silence gets a 408, then the connection is closed") {
  settings::edge_settings limits = patient_limits();
  limits.header_timeout_ms = short_ms;
  edge_fixture edge(limits);
  raw_client client = edge.connect();
  client.send("GET / HTTP/1.1\r\nHost:");
  takes_at_least(milliseconds(short_ms - 50), [&] {
    CHECK(client.receive_answer().status == 408);
    CHECK(client.receive_until_closed().empty());
  });
}

TEST_CASE("timeouts: a body that does not come in time gets a 408") {
  settings::edge_settings limits = patient_limits();
  limits.body_timeout_ms = short_ms;
  edge_fixture edge(limits);
  raw_client client = edge.connect();
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\nhalf");
  CHECK(client.receive_answer().status == 408);
  CHECK(client.receive_until_closed().empty());
}

TEST_CASE("timeouts: an idle HTTP connection is closed without a word, fresh or used") {
  settings::edge_settings limits = patient_limits();
  limits.keep_alive_timeout_ms = short_ms;
  edge_fixture edge(limits);
  raw_client fresh = edge.connect();
  raw_client used = edge.connect();
  used.send("GET /x HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(used.receive_answer().status == 200);
  takes_at_least(milliseconds(short_ms - 50), [&] { CHECK(used.receive_until_closed().empty()); });
  CHECK(fresh.receive_until_closed().empty());
}

TEST_CASE("timeouts: a request without an answer gets the 504, and the late answer is not sent") {
  settings::edge_settings limits = patient_limits();
  limits.request_deadline_ms = short_ms;
  edge_fixture edge(limits);
  raw_client client = edge.connect();
  client.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
  const edge::responder late = edge.gateway.held();
  CHECK(client.receive_answer().status == 504);
  late({200, "text/plain", "late", {}});
  client.send("GET /next HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(client.receive_answer().body == "GET /next? |");
}

TEST_CASE("timeouts: a silent WebSocket is pinged, and closed with 4009 when it stays silent") {
  settings::edge_settings limits = patient_limits();
  limits.ping_interval_ms = short_ms;
  limits.ping_timeout_ms = short_ms;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/a");
  client.send(client_frame(1, "a sign of life"));
  (void)edge.gateway.next_message();
  const tick_time said = steady_now();
  takes_at_least(milliseconds(2 * short_ms - 50), [&] {
    CHECK(client.receive_frame().opcode == 9);
    const ws_frame last = client.receive_frame();
    CHECK(last.opcode == 8);
    CHECK(last.close_code() == 4009);
    CHECK(client.receive_until_closed().empty());  // without waiting for an answer of ours
  });
  CHECK(edge.gateway.close_code(edge.gateway.connection("/a")) == 4009);
  const auto until = edge.gateway.last_heard(edge.gateway.connection("/a"));
  REQUIRE(until);
  CHECK(*until <= said);
}

TEST_CASE("timeouts: a WebSocket that goes by itself was there until then") {
  edge_fixture edge(patient_limits());
  raw_client client = edge.websocket("/a");
  const auto who = edge.gateway.connection("/a");
  client.send(client_frame(8, ""));
  CHECK(edge.gateway.close_code(who) == 1005);
  CHECK_FALSE(edge.gateway.last_heard(who));
}

TEST_CASE("timeouts: a WebSocket that answers pings, or says anything at all, stays") {
  settings::edge_settings limits = patient_limits();
  limits.ping_interval_ms = short_ms;
  limits.ping_timeout_ms = 20'000;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/a");
  for (int i = 0; i < 5; ++i) {
    const ws_frame asked = client.receive_frame();
    REQUIRE(asked.opcode == 9);
    client.send(i % 2 == 0 ? client_frame(10, asked.payload) : client_frame(1, "a message"));
  }
  CHECK_FALSE(edge.gateway.was_closed(edge.gateway.connection("/a")));
}

TEST_CASE("timeouts: a client that does not answer our close is cut") {
  settings::edge_settings limits = patient_limits();
  limits.ping_timeout_ms = short_ms;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/a");
  edge.server.close(edge.gateway.connection("/a"), 1000, "enough");
  CHECK(client.receive_frame().close_code() == 1000);
  takes_at_least(milliseconds(short_ms - 50),
                 [&] { CHECK(client.receive_until_closed().empty()); });
  CHECK(edge.gateway.close_code(edge.gateway.connection("/a")) == 1000);
}
