// HTTP/1.1 as a client sees it: what is answered and in which order, what keeps a connection and
// what ends it, and both sides of every limit.
#include <string>

#include <doctest/doctest.h>

#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;

namespace {

std::string get(std::string_view target, std::string_view more = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: test\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view target, std::string_view body) {
  return "POST " + std::string(target) +
         " HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

// The status of the answer to `wire` on a connection of its own, which must be closed afterwards.
int refused_with(edge_fixture& edge, const std::string& wire) {
  raw_client client = edge.connect();
  client.send(wire);
  const http_answer answer = client.receive_answer();
  CHECK(answer.header("Connection") == "close");
  CHECK(client.receive_until_closed().empty());
  return answer.status;
}

}  // namespace

TEST_CASE("http: a request reaches the gateway with its parts, and the answer has what it needs") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("POST /api/x?a=%20b HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer t\r\n"
              "Content-Length: 2\r\n\r\nhi");
  const http_answer answer = client.receive_answer();
  CHECK(answer.head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.body == "POST /api/x?a=%20b Bearer t|hi");
  CHECK(answer.header("Content-Type") == "text/plain");
  CHECK(answer.header("Connection") == "keep-alive");
  CHECK(answer.header("Date").ends_with(" GMT"));
}

TEST_CASE("http: the gateway hears of a traceparent, and of when the request was here") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("GET /trace HTTP/1.1\r\nHost: test\r\nTraceparent: 00-1\r\n\r\n");
  CHECK(client.receive_answer().body == "00-1 received");
  // Two of them are none.
  client.send("GET /trace HTTP/1.1\r\nHost: test\r\ntraceparent: 00-1\r\ntraceparent: 00-2\r\n\r\n");
  CHECK(client.receive_answer().body == " received");
}

TEST_CASE("http: the gateway hears which event a client had last") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("GET /trace HTTP/1.1\r\nHost: test\r\nLAST-Event-ID: abc~C1.5\r\n\r\n");
  CHECK(client.receive_answer().body == "abc~C1.5 received");
}

TEST_CASE("http: long answers that clients do not read are held up to the bound of all queues, then refused") {
  settings::edge_settings limits = patient_limits();
  limits.outbound_total_max_mb = 1;
  edge_fixture edge(limits, 1);
  raw_client reader = edge.connect();
  {
    raw_client slow = edge.connect();
    slow.send(get("/large?30000000"));  // far more than the kernels take
    REQUIRE(eventually([&] { return edge.server.counters().waiting_bytes > 1u << 20; }));
    reader.send(get("/large?65537"));
    CHECK(reader.receive_answer().status == 503);
    reader.send(get("/large?65536"));
    CHECK(reader.receive_answer().status == 200);
  }
  REQUIRE(eventually([&] { return edge.server.counters().waiting_bytes == 0; }));
  reader.send(get("/large?65537"));
  CHECK(reader.receive_answer().status == 200);
}

TEST_CASE("http: pipelined requests are answered in order, a held one holds the rest") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(get("/1") + get("/hold") + post("/3", "three") + get("/4"));
  CHECK(client.receive_answer().body == "GET /1? |");
  edge.gateway.held()({200, "text/plain", "second", {}});
  CHECK(client.receive_answer().body == "second");
  CHECK(client.receive_answer().body == "POST /3? |three");
  CHECK(client.receive_answer().body == "GET /4? |");
}

TEST_CASE("http: many pipelined requests with large answers all arrive, to a slow reader too") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.receive_little();
  std::string wire;
  for (int i = 0; i < 100; ++i)
    wire += get("/large?100000");
  client.send(wire);
  for (int i = 0; i < 100; ++i)
    REQUIRE(client.receive_answer().body.size() == 100'000);
}

TEST_CASE("http: a request of one byte at a time is a request") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send_one_byte_at_a_time(post("/slow", "body") + get("/next"));
  CHECK(client.receive_answer().body == "POST /slow? |body");
  CHECK(client.receive_answer().body == "GET /next? |");
}

TEST_CASE("http: chunked bodies are joined; their extensions and trailers change nothing") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("POST /c HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
              "3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nAuthorization: trailer\r\n\r\n" +
              get("/next"));
  CHECK(client.receive_answer().body == "POST /c? |abc0123456789");
  CHECK(client.receive_answer().body == "GET /next? |");
}

TEST_CASE("http: a chunked body may come a byte at a time, each one read alone, the empty one too") {
  edge_fixture edge;
  raw_client client = edge.connect();
  for (const std::string body :
       {"0\r\n\r\n", "00\r\n\r\n", "0;x\r\nName: t\r\n\r\n", "1\r\na\r\n0\r\n\r\n"}) {
    client.send("POST /c HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char& byte : body) {
      CHECK(client.silent_for(std::chrono::milliseconds(10)));
      client.send({&byte, 1});
    }
    CHECK(client.receive_answer().body == (body[0] == '1' ? "POST /c? |a" : "POST /c? |"));
  }
}

TEST_CASE("http: empty lines before a request are forgiven, at once or one by one") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("\r\n\r\n\r\n" + get("/at-once"));
  CHECK(client.receive_answer().body == "GET /at-once? |");
  for (int i = 0; i < 3; ++i) {
    client.send("\r\n");
    CHECK(client.silent_for(std::chrono::milliseconds(10)));
  }
  client.send(get("/one-by-one"));
  CHECK(client.receive_answer().body == "GET /one-by-one? |");
}

TEST_CASE("http: HEAD is answered without a body, and the next request is not confused by it") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("HEAD /h HTTP/1.1\r\nHost: test\r\n\r\n" + get("/next"));
  CHECK(client.receive_answer(true).header("Content-Length") == "10");
  CHECK(client.receive_answer().body == "GET /next? |");
}

TEST_CASE("http: Connection: close is obeyed; HTTP/1.0 closes unless asked to keep") {
  edge_fixture edge;
  {
    raw_client client = edge.connect();
    client.send(get("/x", "Connection: close\r\n"));
    CHECK(client.receive_answer().header("Connection") == "close");
    CHECK(client.receive_until_closed().empty());
  }
  {
    raw_client client = edge.connect();
    client.send("GET /x HTTP/1.0\r\n\r\n");
    CHECK(client.receive_answer().status == 200);
    CHECK(client.receive_until_closed().empty());
  }
  raw_client client = edge.connect();
  client.send("GET /x HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(client.receive_answer().header("Connection") == "keep-alive");
  client.send("GET /y HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(client.receive_answer().status == 200);
}

TEST_CASE("http: a client that half closes after its request still gets the answer") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(get("/hold"));
  client.shut_down_sending();
  edge.gateway.held()({200, "text/plain", "there", {}});
  CHECK(client.receive_answer().body == "there");
  CHECK(client.receive_until_closed().empty());
}

TEST_CASE("http: Expect: 100-continue is answered before the body, and only then") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("POST /e HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n"
              "Expect: 100-continue\r\n\r\n");
  CHECK(client.receive_answer().status == 100);
  client.send("body");
  CHECK(client.receive_answer().body == "POST /e? |body");
  // Its body came along: nothing to ask for.
  client.send("POST /e HTTP/1.1\r\nHost: test\r\nContent-Length: 4\r\n"
              "Expect: 100-continue\r\n\r\nbody");
  CHECK(client.receive_answer().status == 200);
  CHECK(refused_with(edge, get("/e", "Expect: miracles\r\n")) == 417);
}

TEST_CASE("http: the head may have its limit, not a byte more") {
  settings::edge_settings limits = patient_limits();
  limits.header_max_bytes = 1'000;
  edge_fixture edge(limits);
  const std::string frame = get("/", "X: \r\n");
  raw_client client = edge.connect();
  client.send(get("/", "X: " + std::string(1'000 - frame.size(), 'x') + "\r\n"));
  CHECK(client.receive_answer().status == 200);
  CHECK(refused_with(edge, get("/", "X: " + std::string(1'001 - frame.size(), 'x') + "\r\n")) ==
        431);
  CHECK(refused_with(edge, get("/" + std::string(1'000, 'p'))) == 431);
  // Without an end it is refused when the limit is reached.
  CHECK(refused_with(edge, "GET / HTTP/1.1\r\nX: " + std::string(981, 'x')) == 431);
}

TEST_CASE("http: a body may have its limit, not a byte more, announced or chunked") {
  settings::edge_settings limits = patient_limits();
  limits.body_max_bytes = 1'000;
  edge_fixture edge(limits);
  const auto chunked = [](std::size_t size) {
    std::string wire = "POST /b HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (; size > 0; --size)
      wire += "1\r\nb\r\n";
    return wire + "0\r\n\r\n";
  };
  raw_client client = edge.connect();
  client.send(post("/b", std::string(1'000, 'b')) + chunked(1'000));
  CHECK(client.receive_answer().body.size() == 10 + 1'000);
  CHECK(client.receive_answer().body.size() == 10 + 1'000);
  CHECK(refused_with(edge, post("/b", std::string(1'001, 'b'))) == 413);
  CHECK(refused_with(edge, chunked(1'001)) == 413);
  // What is announced is refused before it is sent.
  CHECK(refused_with(edge, "POST /b HTTP/1.1\r\nHost: test\r\nContent-Length: 1001\r\n\r\n") ==
        413);
}

TEST_CASE("http: a refusal is read in full although the client goes on sending") {
  settings::edge_settings limits = patient_limits();
  limits.body_max_bytes = 1'000;
  edge_fixture edge(limits);
  raw_client client = edge.connect();
  client.send("POST /b HTTP/1.1\r\nHost: test\r\nContent-Length: 3000000\r\n\r\n" +
              std::string(3'000'000, 'b'));
  CHECK(client.receive_answer().status == 413);
}

TEST_CASE("http: what is not HTTP/1.1 is refused with 400, in the gateway's words") {
  edge_fixture edge;
  const std::string wrong[] = {
      "GARBAGE\r\n\r\n",
      "GET /\r\n\r\n",
      "GET / HTTP/2.0\r\nHost: test\r\n\r\n",
      "GET / HTTP/1.1\nHost: test\n\n",  // bare line feeds
      "\x16\x03\x01\x02",                // a TLS hello
      "GET / HTTP/1.1\r\n\r\n",          // no Host
      "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
      // Two ways to say where the body ends: a proxy may believe the other one.
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
      "chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
      "3\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
  };
  for (const std::string& wire : wrong) {
    CAPTURE(wire);
    CHECK(refused_with(edge, wire) == 400);
  }
  CHECK(refused_with(edge, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n") == 501);
}

TEST_CASE("http: one empty line before a request is forgiven") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send("\r\n" + get("/a") + "\r\n" + get("/b"));
  CHECK(client.receive_answer().body == "GET /a? |");
  CHECK(client.receive_answer().body == "GET /b? |");
}

TEST_CASE("http: the absolute form of a target means the same as its path") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(get("http://host:1/p?q=/r") + get("http://host") + get("/api/a?url=http://b/c"));
  CHECK(client.receive_answer().body == "GET /p?q=/r |");
  CHECK(client.receive_answer().body == "GET /? |");
  CHECK(client.receive_answer().body == "GET /api/a?url=http://b/c |");
}

TEST_CASE("http: a line break in a header of the gateway's does not become a header") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(get("/evil"));
  const http_answer answer = client.receive_answer();
  CHECK(answer.header("X-Injected").empty());
  CHECK(answer.header("X-Evil") == "a  X-Injected: b");
}

TEST_CASE("http: a request that the gateway lets go of gets the gateway's 504") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(get("/lose") + get("/next"));
  CHECK(client.receive_answer().status == 504);
  CHECK(client.receive_answer().body == "GET /next? |");
}

TEST_CASE("http: an answer that may wait goes out with a nudge, or with the next answer") {
  edge_fixture edge(patient_limits(), 1);
  raw_client first = edge.connect();
  raw_client second = edge.connect();
  edge::http_response patient, hasty;
  patient.body = "patient";
  patient.may_wait = true;
  hasty.body = "hasty";
  first.send(get("/hold"));
  edge.gateway.held()(patient);
  edge.server.nudge();
  CHECK(first.receive_answer().body == "patient");

  first.send(get("/hold"));
  auto answer_first = edge.gateway.held();
  second.send(get("/hold"));
  auto answer_second = edge.gateway.held();
  answer_first(patient);
  answer_second(hasty);
  CHECK(first.receive_answer().body == "patient");
  CHECK(second.receive_answer().body == "hasty");
}

TEST_CASE("http: requests of any size follow one another on a connection, and its end is noticed") {
  edge_fixture edge;
  {
    raw_client client = edge.connect();
    for (const std::size_t size : {0, 10, 3'000, 5, 70'000, 1, 2'048, 400'000, 60}) {
      const std::string body(size, 'b');
      client.send(post("/of", body));
      CHECK(client.receive_answer().body == "POST /of? |" + body);
    }
    CHECK(edge.server.counters().connections == 1);
  }
  CHECK(eventually([&] { return edge.server.counters().connections == 0; }));
}

TEST_CASE("http: requests of many connections at once are all answered, each on its own") {
  edge_fixture edge(patient_limits(), 1);
  std::vector<raw_client> clients;
  for (int i = 0; i < 200; ++i)
    clients.push_back(edge.connect());
  for (std::size_t i = 0; i < clients.size(); ++i)
    clients[i].send(get("/of/" + std::to_string(i)));
  for (std::size_t i = 0; i < clients.size(); ++i)
    CHECK(clients[i].receive_answer().body == "GET /of/" + std::to_string(i) + "? |");
}

TEST_CASE("http: an upgrade that is not proper is refused: 426 for the version, 400 for the rest") {
  edge_fixture edge;
  const auto without = [](std::string_view line) {
    std::string wire = upgrade_request();
    const auto at = wire.find(line);
    REQUIRE(at != std::string::npos);
    return wire.erase(at, wire.find("\r\n", at) + 2 - at);
  };
  const auto with = [](std::string_view old_text, std::string_view new_text) {
    std::string wire = upgrade_request();
    return wire.replace(wire.find(old_text), old_text.size(), new_text);
  };
  CHECK(refused_with(edge, without("Connection:")) == 400);
  CHECK(refused_with(edge, without("Sec-WebSocket-Key:")) == 400);
  CHECK(refused_with(edge, with("dGhlIHNhbXBsZSBub25jZQ==", "c2hvcnQ=")) == 400);
  CHECK(refused_with(edge, with("GET", "POST")) == 400);
  CHECK(refused_with(edge, with("HTTP/1.1", "HTTP/1.0")) == 400);
  CHECK(refused_with(edge, without("Sec-WebSocket-Version:")) == 426);
  raw_client client = edge.connect();
  client.send(with("Version: 13", "Version: 8"));
  const http_answer answer = client.receive_answer();
  CHECK(answer.status == 426);
  CHECK(answer.header("Sec-WebSocket-Version") == "13");
}

TEST_CASE("http: an upgrade may follow other requests, and be refused by the gateway") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(get("/before") + upgrade_request("/no") + get("/between") + upgrade_request("/yes"));
  CHECK(client.receive_answer().body == "GET /before? |");
  CHECK(client.receive_answer().status == 403);
  CHECK(client.receive_answer().body == "GET /between? |");
  CHECK(client.receive_answer().status == 101);
  client.send(client_frame(1, "hello"));
  CHECK(edge.gateway.next_message().payload == "hello");
}

TEST_CASE("http: an Origin of any kind, and an Upgrade to something else, do not matter") {
  edge_fixture edge;
  raw_client client = edge.connect();
  client.send(get("/x", "Upgrade: h2c\r\nConnection: upgrade\r\n"));
  CHECK(client.receive_answer().status == 200);
  std::string wire = upgrade_request();
  wire.insert(wire.size() - 2, "Origin: https://api.slack.com\r\n");
  client.send(wire);
  CHECK(client.receive_answer().status == 101);
}

TEST_CASE("http: connections over the limit get a 503, and there is room again when one leaves") {
  settings::edge_settings limits = patient_limits();
  limits.connections_max = 2;
  edge_fixture edge(limits);
  raw_client first = edge.websocket("/first");
  {
    raw_client second = edge.connect();
    second.send(get("/x"));
    CHECK(second.receive_answer().status == 200);
    raw_client third = edge.connect();
    CHECK(third.receive_answer().status == 503);
    CHECK(third.receive_until_closed().empty());
  }
  CHECK(eventually([&] { return edge.server.counters().connections == 1; }));
  raw_client fourth = edge.connect();
  fourth.send(get("/x"));
  CHECK(fourth.receive_answer().status == 200);
  CHECK(edge.server.counters().refused == 1);
}
