// What leaves first in one turn of an I/O thread. A hook of a frame that is written runs on that thread:
// what it gives the server to do is of one turn.
#include <algorithm>
#include <atomic>
#include <vector>

#include <sys/socket.h>

#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;
using edge::make_text_frame;

namespace {

constexpr edge::topic_id lobby = 1;

// Counts how many lost connections it had been told of when the last request came.
class ends_gateway final : public edge::gateway {
public:
  void on_request(edge::http_request, edge::responder answer) override {
    ends_at_request = ends.load();
    answer({200, "text/plain", "here", {}});
  }
  bool on_upgrade(const edge::http_request&, std::shared_ptr<void>&, edge::http_response&) override {
    return true;
  }
  void on_open(edge::connection_id who, std::shared_ptr<void>) override { newest = who, ++opened; }
  void on_message(edge::connection_id, std::string, bool) override {}
  void on_close(edge::connection_id, std::uint16_t code) override { ends += code == 1006; }
  edge::http_response error_response(int status, std::string_view reason) override {
    return {status, "text/plain", std::string(reason), {}};
  }

  std::atomic<edge::connection_id> newest{0};
  std::atomic<int> opened{0}, ends{0}, ends_at_request{-1};
};

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

TEST_CASE("turn: where many sockets fail together, a request waits for none of their ends, and all of them come") {
  ends_gateway gateway;
  edge::server server({"127.0.0.1:0", 1, patient_limits()}, gateway);
  const auto port = server.start();
  REQUIRE(port);
  constexpr int many = 300;
  std::vector<raw_client> clients;
  for (int i = 0; i < many; ++i)
    clients.push_back(open_websocket(*port, "/"));
  raw_client asking(*port);
  raw_client stays = open_websocket(*port, "/");
  REQUIRE(eventually([&] { return gateway.opened == many + 1; }));

  // The thread is kept until all of that has happened.
  std::atomic<bool> kept{false}, go_on{false};
  server.send(gateway.newest, make_text_frame("keep", [&](edge::connection_id) {
    kept = true;
    eventually([&] { return go_on.load(); });
  }));
  REQUIRE(eventually([&] { return kept.load(); }));
  clients.clear();
  asking.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  go_on = true;
  CHECK(asking.receive_answer().status == 200);
  CHECK(gateway.ends_at_request < many / 3);
  CHECK(eventually([&] { return gateway.ends == many; }));
  CHECK(eventually([&] { return server.counters().websockets == 1; }));
  CHECK(stays.receive_frame().payload == "keep");
}

TEST_CASE("turn: an event for few leaves before one for many that was published first, and all of them come") {
  edge_fixture edge(patient_limits(), 1);
  constexpr edge::topic_id square = 2;
  std::vector<raw_client> many;
  for (int i = 0; i < 300; ++i) {
    const std::string path = "/" + std::to_string(i);
    many.push_back(edge.websocket(path));
    edge.server.subscribe(edge.gateway.connection(path), square);
  }
  raw_client reader = edge.websocket("/reader");
  const auto who = edge.gateway.connection("/reader");
  edge.server.subscribe(who, lobby);

  std::atomic<int> before{-1};
  const auto event = make_text_frame("few", [&](edge::connection_id) {
    before = static_cast<int>(std::count_if(many.begin(), many.end(), has_arrived));
  });
  // Both are in the queue of commands when its thread goes on.
  edge.server.send(who, make_text_frame("begin", [&](edge::connection_id) {
    edge.server.publish(square, make_text_frame("many"));
    edge.server.publish(lobby, event);
  }));
  CHECK(reader.receive_frame().payload == "begin");
  CHECK(reader.receive_frame().payload == "few");
  REQUIRE(eventually([&] { return before >= 0; }));
  CHECK(before < 100);
  for (raw_client& each : many)
    CHECK(each.receive_frame().payload == "many");
}
