// Requests whose clients ask to wait for news: how long an answer may take, and that a client that goes
// away is noticed meanwhile.
#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

settings::edge_settings hasty_limits() {
  settings::edge_settings limits = patient_limits();
  limits.request_deadline_ms = 150;
  return limits;
}

const std::string impatient = "GET /hold HTTP/1.1\r\nHost: test\r\n\r\n";

std::string patient(int ms) {
  return "GET /hold?" + std::to_string(ms) + " HTTP/1.1\r\nHost: test\r\n\r\n";
}

}  // namespace

TEST_CASE("patience: who asks to wait is answered later than others may be, and the connection lives on") {
  edge_fixture edge(hasty_limits());
  raw_client waits = edge.connect(), does_not = edge.connect();
  waits.send(patient(20'000));
  const edge::responder late = edge.gateway.held();
  does_not.send(impatient);
  CHECK(does_not.receive_answer().status == 504);
  const auto is_over = edge.gateway.held_is_over();
  CHECK(is_over == nullptr);
  late({200, "text/plain", "news", {}});
  CHECK(waits.receive_answer().body == "news");
  waits.send("GET /next HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(waits.receive_answer().body == "GET /next? |");
}

TEST_CASE("patience: it ends with a 504 too, after what was asked for and the deadline") {
  edge_fixture edge(hasty_limits());
  raw_client client = edge.connect();
  const auto begin = steady_clock::now();
  client.send(patient(200));
  const edge::responder kept = edge.gateway.held();
  const auto is_over = edge.gateway.held_is_over();
  REQUIRE(is_over);
  CHECK_FALSE(*is_over);
  CHECK(client.receive_answer().status == 504);
  CHECK(steady_clock::now() - begin >= milliseconds(350));
  CHECK(*is_over);
}

TEST_CASE("patience: no more of it is granted than edge.poll_max_ms") {
  settings::edge_settings limits = hasty_limits();
  limits.poll_max_ms = 100;
  edge_fixture edge(limits);
  raw_client client = edge.connect();
  client.send(patient(3'600'000));
  const edge::responder kept = edge.gateway.held();
  CHECK(client.receive_answer().status == 504);
}

TEST_CASE("patience: a client that goes away while it waits is noticed at once") {
  edge_fixture edge;
  for (const bool sends_more : {false, true}) {
    CAPTURE(sends_more);
    raw_client client = edge.connect();
    client.send(patient(20'000));
    const edge::responder kept = edge.gateway.held();
    const auto is_over = edge.gateway.held_is_over();
    REQUIRE(is_over);
    if (sends_more)
      client.send(impatient);
    CHECK_FALSE(*is_over);
    client.shut_down_sending();
    CHECK(eventually([&] { return is_over->load(); }));
    CHECK(client.receive_until_closed().empty());
    CHECK(eventually([&] { return edge.server.counters().connections == 0; }));
  }
}

TEST_CASE("patience: without it, a client that has closed its half still gets its answer") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(patient(20'000) + impatient);
  edge.gateway.held()({200, "text/plain", "first", {}});
  CHECK(client.receive_answer().body == "first");
  const edge::responder second = edge.gateway.held();
  client.shut_down_sending();
  second({200, "text/plain", "second", {}});
  CHECK(client.receive_answer().body == "second");
  CHECK(client.receive_until_closed().empty());
}

TEST_CASE("patience: what is sent behind a request that waits is answered after it, however much that is") {
  settings::edge_settings limits = patient_limits();
  limits.header_max_bytes = 1'024;
  edge_fixture edge(limits);
  raw_client client = edge.connect();
  client.send(patient(20'000));
  const edge::responder first = edge.gateway.held();
  constexpr int many = 200;
  for (int i = 0; i < many; ++i)
    client.send("GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: test\r\n\r\n");
  first({200, "text/plain", "first", {}});
  CHECK(client.receive_answer().body == "first");
  for (int i = 0; i < many; ++i)
    CHECK(client.receive_answer().body == "GET /" + std::to_string(i) + "? |");
}

TEST_CASE("patience: a host that stops lets nobody wait on, and says so") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(patient(20'000));
  const edge::responder kept = edge.gateway.held();
  const auto is_over = edge.gateway.held_is_over();
  std::thread stopper([&] { edge.server.shutdown(std::chrono::seconds(20)); });
  const auto answer = client.receive_answer();
  CHECK(answer.status == 503);
  CHECK(answer.header("Connection") == "close");
  CHECK(client.receive_until_closed().empty());
  stopper.join();
  CHECK(*is_over);
}
