// What the gateway may do to connections: order, topics, limits, closing; and how a server ends.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;
using edge::make_text_frame;
using edge::send_class;

namespace {

constexpr edge::topic_id lobby = 1;
constexpr edge::topic_id attic = 2;

std::string next_text(raw_client& client) {
  const ws_frame frame = client.receive_frame();
  CHECK(frame.opcode == 1);
  return frame.payload;
}

}  // namespace

TEST_CASE("outbox: commands of one caller are carried out in the order given") {
  edge_fixture edge;
  raw_client client = edge.websocket("/a");
  const auto a = edge.gateway.connection("/a");
  edge.server.publish(lobby, make_text_frame("before"));
  edge.server.send(a, make_text_frame("sent"));
  edge.server.subscribe(a, lobby);
  edge.server.publish(lobby, make_text_frame("published"));
  edge.server.unsubscribe(a, lobby);
  edge.server.publish(lobby, make_text_frame("after"));
  edge.server.send(a, make_text_frame("last"));
  CHECK(next_text(client) == "sent");
  CHECK(next_text(client) == "published");
  CHECK(next_text(client) == "last");
}

TEST_CASE(
    "outbox: a topic's frames reach its subscribers on every I/O thread, but not the exception") {
  edge_fixture edge(patient_limits(), 3);
  std::vector<raw_client> clients;
  std::vector<edge::connection_id> ids;
  for (int i = 0; i < 9; ++i) {
    const std::string path = "/" + std::to_string(i);
    clients.push_back(edge.websocket(path));
    ids.push_back(edge.gateway.connection(path));
    edge.server.subscribe(ids.back(), lobby);
    if (i % 2 == 0)
      edge.server.subscribe(ids.back(), attic);
  }
  CHECK((ids[0] >> 48) != (ids[1] >> 48));  // they are spread over the threads
  edge.server.publish(lobby, make_text_frame("all"));
  edge.server.publish(attic, make_text_frame("even"));
  edge.server.publish(lobby, make_text_frame("not 3"), send_class::durable, ids[3]);
  edge.server.publish(lobby, make_text_frame("end"));
  for (std::size_t i = 0; i < clients.size(); ++i) {
    CAPTURE(i);
    CHECK(next_text(clients[i]) == "all");
    if (i % 2 == 0)
      CHECK(next_text(clients[i]) == "even");
    if (i != 3)
      CHECK(next_text(clients[i]) == "not 3");
    CHECK(next_text(clients[i]) == "end");
  }
}

TEST_CASE("outbox: frames of several threads arrive whole, each thread's in its order") {
  edge_fixture edge;
  raw_client client = edge.websocket("/a");
  const auto a = edge.gateway.connection("/a");
  edge.server.subscribe(a, lobby);
  constexpr int per_thread = 2'000;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < per_thread; ++i) {
        auto what = make_text_frame(std::to_string(t) + " " + std::to_string(i));
        if (i % 2 == 0)
          edge.server.send(a, what);
        else
          edge.server.publish(lobby, what);
      }
    });
  }
  int next[3] = {0, 0, 0};
  for (int i = 0; i < 3 * per_thread; ++i) {
    const std::string text = next_text(client);
    const int t = text[0] - '0';
    REQUIRE(text == std::to_string(t) + " " + std::to_string(next[t]));
    ++next[t];
  }
  for (std::thread& t : threads)
    t.join();
}

TEST_CASE("outbox: binary frames are sent as binary, and received ones are told apart") {
  edge_fixture edge;
  raw_client client = edge.websocket("/a");
  client.send(client_frame(2, "\xff") + client_frame(1, std::string("\0", 1)));
  const auto first = edge.gateway.next_message();
  CHECK_FALSE(first.is_text);
  CHECK(first.payload == "\xff");
  const auto second = edge.gateway.next_message();
  CHECK(second.is_text);
  CHECK(second.payload == std::string("\0", 1));
  edge.server.send(first.from, edge::make_binary_frame("\xfe"));
  const ws_frame answer = client.receive_frame();
  CHECK(answer.opcode == 2);
  CHECK(answer.payload == "\xfe");
}

TEST_CASE("outbox: commands for connections that are gone or never were do nothing") {
  edge_fixture edge;
  edge::connection_id a = 0;
  {
    raw_client client = edge.websocket("/a");
    a = edge.gateway.connection("/a");
    edge.server.subscribe(a, lobby);
  }
  CHECK(edge.gateway.close_code(a) == 1006);
  for (edge::connection_id who : {a, edge::connection_id(0), ~edge::connection_id(0)}) {
    edge.server.send(who, make_text_frame("x"));
    edge.server.subscribe(who, lobby);
    edge.server.unsubscribe(who, lobby);
    edge.server.close(who, 1000, "");
  }
  edge.server.publish(lobby, make_text_frame("to nobody"));
  raw_client other = edge.websocket("/b");
  edge.server.send(edge.gateway.connection("/b"), make_text_frame("alive"));
  CHECK(next_text(other) == "alive");
}

TEST_CASE("outbox: members that vanish while a topic is published to do not disturb the others") {
  edge_fixture edge(patient_limits(), 1);
  std::vector<raw_client> clients;
  for (int i = 0; i < 24; ++i) {
    const std::string path = "/" + std::to_string(i);
    clients.push_back(edge.websocket(path));
    edge.server.subscribe(edge.gateway.connection(path), lobby);
  }
  // Large frames, so that some are sent (and fail) in the middle of the publishing.
  const auto large = make_text_frame(std::string(100'000, 'x'));
  for (std::size_t i = 0; i < clients.size(); i += 2) {
    edge.server.publish(lobby, large);
    clients[i].reset();
    edge.server.publish(lobby, large);
  }
  edge.server.publish(lobby, make_text_frame("end"));
  for (std::size_t i = 1; i < clients.size(); i += 2) {
    for (std::size_t n = 0; n < clients.size(); ++n)
      REQUIRE(next_text(clients[i]).size() == 100'000);
    CHECK(next_text(clients[i]) == "end");
  }
  CHECK(eventually([&] { return edge.server.counters().connections == 12; }));
}

TEST_CASE("outbox: close brings code and reason, and the last frame before it arrives") {
  edge_fixture edge;
  raw_client client = edge.websocket("/a");
  const auto a = edge.gateway.connection("/a");
  edge.server.send(a, make_text_frame("goodbye"));
  edge.server.close(a, edge::close_code::signed_out, "signed out");
  edge.server.close(a, 1000, "a second close does nothing");
  edge.server.send(a, make_text_frame("never sent"));
  CHECK(next_text(client) == "goodbye");
  const ws_frame last = client.receive_frame();
  CHECK(last.opcode == 8);
  CHECK(last.close_code() == 4010);
  CHECK(last.payload.substr(2) == "signed out");
  CHECK(edge.gateway.close_code(a) == 4010);
  client.send(client_frame(8, last.payload));
  CHECK(client.receive_until_closed().empty());
}

TEST_CASE("outbox: the close code of a client is told, and its absence too") {
  edge_fixture edge;
  raw_client named = edge.websocket("/named");
  named.send(client_frame(8, close_payload(4321, "why")));
  CHECK(edge.gateway.close_code(edge.gateway.connection("/named")) == 4321);
  raw_client unnamed = edge.websocket("/unnamed");
  unnamed.send(client_frame(8, ""));
  CHECK(edge.gateway.close_code(edge.gateway.connection("/unnamed")) == 1005);
  raw_client wrong = edge.websocket("/wrong");
  wrong.send(client_frame(1, "\xff"));
  CHECK(edge.gateway.close_code(edge.gateway.connection("/wrong")) == 1007);
}

TEST_CASE("outbox: a message may have its limit, not a byte more") {
  settings::edge_settings limits = patient_limits();
  limits.frame_in_max_bytes = 1'000;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/a");
  client.send(client_frame(1, std::string(1'000, 'x')));
  CHECK(edge.gateway.next_message().payload.size() == 1'000);
  client.send(client_frame(1, std::string(1'001, 'x')));
  CHECK(client.receive_frame().close_code() == 1009);
  CHECK(edge.gateway.close_code(edge.gateway.connection("/a")) == 1009);
}

TEST_CASE(
    "outbox: a slow client loses transient frames first, then its connection, never a durable "
    "frame in between") {
  settings::edge_settings limits = patient_limits();
  limits.transient_queue_max_bytes = 10'000;
  limits.outbound_queue_max_bytes = 400'000;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/slow");
  client.receive_little();
  const auto slow = edge.gateway.connection("/slow");

  // One large durable frame after the other until the connection is given up; a transient one
  // between them is dropped as soon as more than its limit is waiting.
  int sent = 0;
  while (!edge.gateway.was_closed(slow)) {
    edge.server.send(
        slow, make_text_frame("d" + std::to_string(sent++) + " " + std::string(50'000, 'x')));
    edge.server.send(slow, make_text_frame("t"), send_class::transient);
    // The next one when this one was handled: on the queue's terms, not on the publisher's.
    REQUIRE(eventually([&] {
      const auto now = edge.server.counters();
      return edge.gateway.was_closed(slow) ||
             now.deliveries + now.transient_dropped == static_cast<std::uint64_t>(2 * sent);
    }));
  }
  CHECK(edge.gateway.close_code(slow) == 4008);
  CHECK(edge.server.counters().slow_closes == 1);
  CHECK(edge.server.counters().transient_dropped > 0);

  // What it reads now is every durable frame in order, without a hole, up to the close.
  int expected = 0;
  for (;;) {
    const ws_frame frame = client.receive_frame();
    if (frame.opcode == 8) {
      CHECK(frame.close_code() == 4008);
      break;
    }
    if (frame.payload == "t")
      continue;
    REQUIRE(frame.payload.starts_with("d" + std::to_string(expected) + " "));
    ++expected;
  }
  CHECK(expected == sent - 1);  // the one that did not fit
}

TEST_CASE("outbox: a flood of pings whose pongs are never read ends in a close, not in memory") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = 500'000;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/flood");
  client.receive_little();
  const auto flood = edge.gateway.connection("/flood");
  std::string pings;
  for (int i = 0; i < 1'000; ++i)
    pings += client_frame(9, std::string(125, 'p'));
  while (!edge.gateway.was_closed(flood))
    client.send(pings);
  CHECK(edge.gateway.close_code(flood) == 4008);
  raw_client other = edge.websocket("/other");  // is served as before
  other.send(client_frame(9, "still there?"));
  CHECK(other.receive_frame().payload == "still there?");
}

TEST_CASE("outbox: a burst far beyond the queue's limit reaches a client that reads") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = 2'000'000;
  edge_fixture edge(limits);
  raw_client client = edge.websocket("/a");
  const auto a = edge.gateway.connection("/a");
  std::thread reader([&] {
    for (int i = 0; i < 2'000; ++i)
      REQUIRE(client.receive_frame().payload.size() == 10'000);
  });
  // The publisher keeps at most 1 MB ahead of what was written to the socket.
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    edge.server.send(a, make_text_frame(std::string(10'000, 'x')));
    REQUIRE(eventually([&] { return edge.server.counters().bytes_out + 1'000'000 > i * 10'000; }));
  }
  reader.join();
  CHECK(edge.server.counters().slow_closes == 0);
}

TEST_CASE("outbox: for a client that reads nothing the kernel holds little, the rest waits in its queue") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = 64'000'000;
  edge_fixture edge(limits, 1);  // it answers a look once
  raw_client client = edge.websocket("/a");
  const auto a = edge.gateway.connection("/a");
  for (int i = 0; i < 1'000; ++i)
    edge.server.send(a, make_text_frame(std::string(10'000, 'x')));
  edge::connection_picture seen;
  REQUIRE(eventually([&] {
    std::atomic<bool> looked{false};
    edge.server.look({a}, 1, [&](std::vector<edge::connection_picture> all) {
      if (!all.empty())
        seen = all[0];
      looked = true;
    });
    return eventually([&] { return looked.load(); }) && seen.waits_for > std::chrono::milliseconds(200);
  }));
  // Twice 64 KB, and the segment that was begun before: the kernel looks only between two, and one over
  // loopback has up to 64 KB.
  CHECK(seen.tcp.unacknowledged_bytes <= 192u << 10);
  CHECK(seen.queued_bytes > 1'000'000);
}

TEST_CASE("outbox: counters tell what happened") {
  edge_fixture edge;
  raw_client http = edge.connect();
  http.send("GET /x HTTP/1.1\r\nHost: test\r\n\r\n");
  http.receive_answer();
  {
    raw_client client = edge.websocket("/a");
    client.send(client_frame(1, "hello"));
    edge.gateway.next_message();
    edge.server.send(edge.gateway.connection("/a"), make_text_frame("x"));
    client.receive_frame();
    const auto now = edge.server.counters();
    CHECK(now.connections == 2);
    CHECK(now.websockets == 1);
    CHECK(now.accepted == 2);
    CHECK(now.requests == 2);
    CHECK(now.messages_in == 1);
    CHECK(now.deliveries == 1);
    CHECK(now.bytes_out > 100);
  }
  CHECK(eventually([&] { return edge.server.counters().connections == 1; }));
  CHECK(edge.server.counters().websockets == 0);
}

TEST_CASE(
    "server: shutdown closes WebSockets with 1001, finishes requests, and refuses new clients") {
  edge_fixture edge;
  raw_client socket = edge.websocket("/a");
  raw_client asking = edge.connect();
  asking.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
  const edge::responder answer = edge.gateway.held();
  raw_client idle = edge.connect();
  idle.send("GET /x HTTP/1.1\r\nHost: test\r\n\r\n");
  idle.receive_answer();

  std::thread stopper([&] { edge.server.shutdown(std::chrono::seconds(20)); });
  const ws_frame last = socket.receive_frame();
  CHECK(last.close_code() == 1001);
  CHECK(edge.gateway.close_code(edge.gateway.connection("/a")) == 1001);
  socket.send(client_frame(8, last.payload));
  CHECK(socket.receive_until_closed().empty());
  CHECK(idle.receive_until_closed().empty());
  answer({200, "text/plain", "in time", {}});
  const http_answer got = asking.receive_answer();
  CHECK(got.body == "in time");
  CHECK(asking.receive_until_closed().empty());
  stopper.join();
  CHECK_THROWS_AS(edge.connect(), client_error);
  // The door is closed, but nobody stumbles over it.
  edge.server.send(1, make_text_frame("x"));
  edge.server.publish(lobby, make_text_frame("x"));
  CHECK(edge.server.counters().connections == 0);
}

TEST_CASE(
    "server: what does not end by itself is cut at the deadline, and late answers go nowhere") {
  edge::responder late;
  {
    edge_fixture edge;
    raw_client socket = edge.websocket("/a");  // never answers the close
    raw_client asking = edge.connect();
    asking.send("GET /hold HTTP/1.1\r\nHost: test\r\n\r\n");
    late = edge.gateway.held();
    edge.server.shutdown(std::chrono::milliseconds(50));
    CHECK(edge.server.counters().connections == 0);
    CHECK(edge.gateway.close_code(edge.gateway.connection("/a")) == 1001);
  }
  late({});  // the server is gone
}

TEST_CASE("server: a stop waits for what is to be flushed, and not long for who does not answer") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = 64'000'000;
  edge_fixture edge(limits);
  raw_client silent = edge.websocket("/silent");
  raw_client behind = edge.websocket("/behind");
  constexpr int frames = 480;  // far more than the kernel takes
  const auto large = make_text_frame(std::string(65'536, 'x'));
  for (int i = 0; i < frames; ++i)
    edge.server.send(edge.gateway.connection("/behind"), large);
  const auto begin = std::chrono::steady_clock::now();
  std::thread stopper([&] { edge.server.shutdown(std::chrono::seconds(20)); });
  CHECK(silent.receive_frame().close_code() == 1001);
  CHECK(silent.receive_until_closed().empty());
  // By now the other one's time to answer would be over too, but it was not told all yet.
  for (int i = 0; i < frames; ++i)
    REQUIRE(behind.receive_frame().payload.size() == 65'536);
  CHECK(behind.receive_frame().close_code() == 1001);
  stopper.join();
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
}

TEST_CASE("server: an address that is taken or makes no sense is refused with a reason") {
  edge_fixture edge;
  noting_gateway gateway;
  const auto start = [&](const std::string& listen) {
    edge::server other({listen, 1, {}}, gateway);
    return other.start();
  };
  const auto taken = start("127.0.0.1:" + std::to_string(edge.port));
  REQUIRE_FALSE(taken);
  CHECK(taken.code() == errc::io_error);
  for (const char* wrong : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536", ""}) {
    CAPTURE(wrong);
    const auto refused = start(wrong);
    REQUIRE_FALSE(refused);
    CHECK(refused.code() == errc::invalid_config);
  }
  CHECK(start("localhost:0"));
}

TEST_CASE("a frame that somebody follows says once which connection's kernel has all of it") {
  edge_fixture edge;
  raw_client first = edge.websocket("/first");
  raw_client second = edge.websocket("/second");
  for (const char* path : {"/first", "/second"})
    edge.server.subscribe(edge.gateway.connection(path), 7);
  std::atomic<int> told{0};
  std::atomic<edge::connection_id> whom{0};
  edge.server.publish(7, make_text_frame("followed", [&](edge::connection_id who) {
                        whom = who;
                        ++told;
                      }));
  CHECK(first.receive_frame().payload == "followed");
  CHECK(second.receive_frame().payload == "followed");
  CHECK(eventually([&] { return told > 0; }));
  CHECK((whom == edge.gateway.connection("/first") || whom == edge.gateway.connection("/second")));
  edge.server.publish(7, make_text_frame("next"));
  CHECK(first.receive_frame().payload == "next");
  CHECK(second.receive_frame().payload == "next");
  CHECK(told == 1);
}

TEST_CASE("a frame that somebody follows is not written while the kernel takes no more") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_queue_max_bytes = 64'000'000;
  edge_fixture edge(limits);
  raw_client slow = edge.websocket("/slow");
  const auto who = edge.gateway.connection("/slow");
  constexpr int frames = 480;  // far more than the kernel takes
  const auto large = make_text_frame(std::string(65'536, 'x'));
  for (int i = 0; i < frames; ++i)
    edge.server.send(who, large);
  std::atomic<bool> written{false};
  edge.server.send(who, make_text_frame("at last", [&](edge::connection_id) { written = true; }));
  REQUIRE(slow.receive_frame().payload.size() == 65'536);
  CHECK_FALSE(written);
  for (int i = 1; i < frames; ++i)
    REQUIRE(slow.receive_frame().payload.size() == 65'536);
  CHECK(slow.receive_frame().payload == "at last");
  CHECK(eventually([&] { return written.load(); }));
}
