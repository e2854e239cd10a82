// Event streams on real sockets: how one begins, what goes out on it, how each of the two ends ends it.
// The client is as simple as curl: it knows chunks and lines.
#include <chrono>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include "tests/runtime/edge/logged_site.hpp"

using namespace carillon;
using namespace carillon::testing;
using edge::make_text_frame;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t short_ms = 150;

std::string event(const std::string& data) {
  return "data: " + data + "\n\n";
}

std::string close_event(int code, const std::string& reason) {
  return "event: close\ndata: {\"code\":" + std::to_string(code) + ",\"reason\":\"" + reason + "\"}\n\n";
}

std::uint64_t seq_in(const std::string& event) {
  REQUIRE(event.starts_with("data: "));
  return std::stoull(event.substr(6));
}

}  // namespace

TEST_CASE("event stream: to HTTP/1.1 it is a body in chunks without a length, and each frame an event") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("GET /stream/a HTTP/1.1\r\nHost: test\r\n\r\n");
  const http_answer answer = client.receive_answer();
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "text/event-stream");
  CHECK(answer.header("Cache-Control") == "no-store");
  CHECK(answer.header("Transfer-Encoding") == "chunked");
  CHECK(answer.header("Connection") == "close");
  CHECK(answer.header("X-Kind") == "stream");
  CHECK(answer.header("Content-Length").empty());
  const auto who = edge.gateway.connection("/stream/a");
  edge.server.send(who, make_text_frame("one"));
  edge.server.send(who, make_text_frame("two"));
  CHECK(client.receive_chunk() == event("one"));
  CHECK(client.receive_chunk() == event("two"));
  const auto now = edge.server.counters();
  CHECK(now.connections == 1);
  CHECK(now.event_streams == 1);
  CHECK(now.websockets == 0);
  CHECK(now.deliveries == 2);
}

TEST_CASE("event stream: to HTTP/1.0 it is bare text until the connection ends") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("GET /stream/a HTTP/1.0\r\n\r\n");
  const http_answer answer = client.receive_answer();
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "text/event-stream");
  CHECK(answer.header("Transfer-Encoding").empty());
  CHECK(answer.header("Content-Length").empty());
  const auto who = edge.gateway.connection("/stream/a");
  edge.server.send(who, make_text_frame("one"));
  edge.server.close(who, 1000, "enough");
  CHECK(client.receive_until_closed() == event("one") + close_event(1000, "enough"));
}

TEST_CASE("event stream: HEAD gets its head and no stream") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("HEAD /stream/a HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(client.receive_answer(true).header("Content-Type") == "text/event-stream");
  CHECK(client.receive_until_closed().empty());
  CHECK(edge.server.counters().event_streams == 0);
}

TEST_CASE("event stream: earlier answers of a pipeline go out before it, and what stands behind it is ignored") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("GET /large?300000 HTTP/1.1\r\nHost: test\r\n\r\nGET /stream/a HTTP/1.1\r\nHost: test\r\n\r\n"
              "GET /never HTTP/1.1\r\nHost: test\r\n\r\n");
  CHECK(client.receive_answer().body.size() == 300'000);
  CHECK(client.receive_answer().header("Content-Type") == "text/event-stream");
  client.send(std::string(20'000, 'x'));
  edge.server.send(edge.gateway.connection("/stream/a"), make_text_frame("here"));
  CHECK(client.receive_chunk() == event("here"));
  CHECK(edge.server.counters().requests == 2);
}

TEST_CASE("event stream: what is published reaches streams and WebSockets alike, as long as they are subscribed") {
  edge_fixture edge;
  raw_client socket = edge.websocket("/socket");
  raw_client stream = edge.event_stream("/stream/new");
  raw_client old = edge.event_stream("/stream/old", "1.0");
  const auto at_stream = edge.gateway.connection("/stream/new");
  for (const char* path : {"/socket", "/stream/new", "/stream/old"})
    edge.server.subscribe(edge.gateway.connection(path), lobby);
  edge.server.publish(lobby, make_text_frame("for all"));
  edge.server.publish(lobby, make_text_frame("for others"), edge::send_class::durable, at_stream);
  edge.server.unsubscribe(at_stream, lobby);
  edge.server.publish(lobby, make_text_frame("left"));
  edge.server.send(at_stream, make_text_frame("alone"));
  CHECK(stream.receive_chunk() == event("for all"));
  CHECK(stream.receive_chunk() == event("alone"));
  for (const char* each : {"for all", "for others", "left"}) {
    CHECK(socket.receive_frame().payload == each);
    CHECK(old.receive_through("\n\n") == event(each));
  }
}

TEST_CASE("event stream: an event of a log says where the client is when it has it, for each stream in its own words") {
  edge_fixture edge;
  raw_client marked = edge.event_stream("/stream/marked");
  raw_client plain = edge.event_stream("/stream/plain");
  for (const char* path : {"/stream/marked", "/stream/plain"})
    edge.server.subscribe(edge.gateway.connection(path), lobby);
  edge.server.publish(lobby, edge::make_event_frame("one", {lobby, 1}, "C1"));
  edge.server.publish(lobby, make_text_frame("of no log"));
  edge.server.publish(lobby, edge::make_event_frame("unmarked", {lobby, 0}, "C1"));
  edge.server.publish(lobby, edge::make_event_frame("unnamed", {lobby, 2}, ""));
  CHECK(marked.receive_chunk() == "id: C1-1\n");
  for (const char* each : {"one", "of no log", "unmarked", "unnamed"}) {
    CHECK(marked.receive_chunk() == event(each));
    CHECK(plain.receive_chunk() == event(each));
  }
}

TEST_CASE("event stream: a client may say a little behind its request, and is closed when it goes on") {
  edge_fixture edge;
  raw_client client = edge.event_stream("/stream/a");
  const auto who = edge.gateway.connection("/stream/a");
  client.send(std::string(65'536, 'A'));
  edge.server.send(who, make_text_frame("still here"));
  CHECK(client.receive_chunk() == event("still here"));
  client.send("A");
  CHECK(client.receive_chunk() == close_event(1008, "a stream does not listen"));
  CHECK(edge.gateway.close_code(who) == 1008);
}

TEST_CASE("event stream: a comment goes out after a silence of ours, and not before it is over") {
  settings::edge_settings limits = patient_limits();
  limits.ping_interval_ms = short_ms;
  edge_fixture edge(limits);
  raw_client client = edge.event_stream("/stream/a");
  CHECK(client.receive_chunk() == ":\n");
  CHECK(client.silent_for(milliseconds(short_ms / 2)));
  const auto said = steady_clock::now();
  edge.server.send(edge.gateway.connection("/stream/a"), make_text_frame("x"));
  CHECK(client.receive_chunk() == event("x"));
  CHECK(client.receive_chunk() == ":\n");
  CHECK(steady_clock::now() - said >= milliseconds(short_ms - 20));
}

TEST_CASE("event stream: a client that takes what is sent is not taken for gone, whatever it says or does not") {
  settings::edge_settings limits = patient_limits();
  limits.ping_interval_ms = limits.ping_timeout_ms = 100;
  edge_fixture edge(limits);
  raw_client client = edge.event_stream("/stream/a");
  for (int i = 0; i < 8; ++i)
    CHECK(client.receive_chunk() == ":\n");
  CHECK_FALSE(edge.gateway.was_closed(edge.gateway.connection("/stream/a")));
}

TEST_CASE("event stream: a client at which nothing arrives any more is closed with 4009") {
  settings::edge_settings limits = patient_limits();
  limits.ping_interval_ms = limits.ping_timeout_ms = short_ms;
  edge_fixture edge(limits);
  raw_client client = edge.event_stream("/stream/a");
  client.receive_little();
  const auto who = edge.gateway.connection("/stream/a");
  for (int i = 0; i < 40; ++i)
    edge.server.send(who, make_text_frame(std::string(50'000, 'x')));
  const tick_time sent = steady_now();
  CHECK(edge.gateway.close_code(who) == edge::close_code::ping_timeout);
  const auto until = edge.gateway.last_heard(who);
  REQUIRE(until);
  CHECK(*until <= sent);
  CHECK(eventually([&] { return edge.server.counters().connections == 0; }));
}

TEST_CASE("event stream: a slow client gets from the log what found no room, once and in order") {
  logged_site site(tight_limits());
  raw_client client = open_event_stream(site.port, "/stream/slow");
  const auto slow = site.subscribed(client, "/stream/slow");
  site.overwhelm(1);
  for (int i = 0; i < 200; ++i)
    site.post();
  CHECK(site.server.counters().waiting_bytes <= small_queue);
  site.server.send(slow, make_text_frame("typing"), edge::send_class::transient);
  CHECK(eventually([&] { return site.server.counters().transient_dropped == 1; }));
  std::atomic<bool> done{false};
  std::thread log([&] {
    while (!done)
      site.answer();
  });
  int told = 0;
  for (std::uint64_t seen = 0; seen < site.newest;) {
    const std::string chunk = client.receive_chunk();
    if (chunk.starts_with("data: behind from "))
      ++told;
    else
      REQUIRE(seq_in(chunk) == ++seen);
  }
  CHECK(told == 1);
  CHECK(eventually([&] { return site.server.counters().behind == 0; }));
  done = true;
  log.join();
  site.post();
  CHECK(seq_in(client.receive_chunk()) == site.newest);
  CHECK(site.server.counters().slow_closes == 0);
}

TEST_CASE("event stream: a client that stays behind is closed with 4008, and reads that if it reads on") {
  settings::edge_settings limits = tight_limits();
  limits.lagging_timeout_ms = 300;
  logged_site site(limits);
  raw_client client = open_event_stream(site.port, "/stream/slow");
  const auto slow = site.subscribed(client, "/stream/slow");
  site.overwhelm(1);
  CHECK(site.gateway.close_code(slow) == edge::close_code::slow_consumer);
  CHECK(site.server.counters().slow_closes == 1);
  CHECK(site.server.counters().behind_timeouts == 1);
  CHECK(site.gateway.ended(slow).queued_bytes <= small_queue);
  std::string last, chunk;
  while (!(chunk = client.receive_chunk()).empty())
    last = chunk;
  CHECK(last == close_event(4008, "still behind when the time to catch up was over"));
}

TEST_CASE("event stream: what no log can give again is queued up to the limit, then the client is closed") {
  logged_site site(tight_limits());
  raw_client client = open_event_stream(site.port, "/stream/slow");
  const auto slow = site.subscribed(client, "/stream/slow");
  for (int i = 0; i < 200; ++i)
    site.server.send(slow, make_text_frame(std::string(10'000, 'a')));
  CHECK(site.gateway.close_code(slow) == edge::close_code::slow_consumer);
  CHECK(site.gateway.ended(slow).queued_bytes <= small_queue + 65'536);
}

TEST_CASE("event stream: closing it is an event with code and reason, and the end of the body") {
  edge_fixture edge;
  raw_client client = edge.event_stream("/stream/a");
  const auto who = edge.gateway.connection("/stream/a");
  edge.server.send(who, make_text_frame("last"));
  edge.server.close(who, 4010, "the token was revoked");
  edge.server.close(who, 1000, "once is enough");
  edge.server.send(who, make_text_frame("too late"));
  CHECK(client.receive_chunk() == event("last"));
  CHECK(client.receive_chunk() == close_event(4010, "the token was revoked"));
  CHECK(client.receive_chunk().empty());
  CHECK(client.receive_until_closed().empty());
  CHECK(edge.gateway.close_code(who) == 4010);
  CHECK(edge.gateway.ended(who).by == edge::ended_by::host);
}

TEST_CASE("event stream: a client that closes or vanishes is noticed, and counted no more") {
  edge_fixture edge;
  {
    raw_client client = edge.event_stream("/stream/closes");
  }
  const auto closes = edge.gateway.connection("/stream/closes");
  CHECK(edge.gateway.close_code(closes) == 1005);
  CHECK(edge.gateway.ended(closes).by == edge::ended_by::client);
  edge.event_stream("/stream/vanishes").reset();
  const auto vanishes = edge.gateway.connection("/stream/vanishes");
  CHECK(edge.gateway.close_code(vanishes) == 1006);
  CHECK(edge.gateway.ended(vanishes).by == edge::ended_by::network);
  CHECK(eventually([&] { return edge.server.counters().connections == 0; }));
  CHECK(edge.server.counters().event_streams == 0);
}

TEST_CASE("event stream: a host that stops says so on each, and does not wait for who does not read it") {
  edge_fixture edge;
  raw_client client = edge.event_stream("/stream/a");
  raw_client stuck = edge.event_stream("/stream/stuck");
  stuck.receive_little();
  const auto who = edge.gateway.connection("/stream/a");
  const auto at_stuck = edge.gateway.connection("/stream/stuck");
  for (int i = 0; i < 40; ++i)
    edge.server.send(at_stuck, make_text_frame(std::string(50'000, 'x')));
  std::thread stopper([&] { edge.server.shutdown(milliseconds(500)); });
  CHECK(client.receive_chunk() == close_event(1001, "this host is stopping"));
  CHECK(client.receive_chunk().empty());
  stopper.join();
  CHECK(edge.gateway.close_code(who) == edge::close_code::going_away);
  CHECK(edge.gateway.close_code(at_stuck) == edge::close_code::going_away);
}

TEST_CASE("event stream: operators see it as any connection that gets frames") {
  edge_fixture edge(patient_limits(), 1);
  raw_client client = edge.event_stream("/stream/a");
  const auto who = edge.gateway.connection("/stream/a");
  edge.server.subscribe(who, lobby);
  edge.server.publish(lobby, make_text_frame("x"));
  client.receive_chunk();
  std::vector<edge::connection_picture> seen;
  std::atomic<bool> looked{false};
  edge.server.look({who}, 1, [&](std::vector<edge::connection_picture> all) {
    seen = std::move(all);
    looked = true;
  });
  REQUIRE(eventually([&] { return looked.load(); }));
  REQUIRE(seen.size() == 1);
  CHECK(seen[0].frames_sent == 1);
  CHECK(seen[0].topics == 1);
  CHECK(seen[0].remote.starts_with("127.0.0.1:"));
}
