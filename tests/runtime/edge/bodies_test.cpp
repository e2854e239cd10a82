// Bodies of requests take memory while they are read and until they are answered: what all of them
// take together has a limit, and who would pass it is told before it sends.
#include <limits>
#include <string>

#include <doctest/doctest.h>

#include "runtime/edge/pressure.hpp"
#include "tests/runtime/edge/edge_fixture.hpp"

using namespace carillon;
using namespace carillon::testing;

namespace {

struct small_sum {
  explicit small_sum(std::size_t bytes) { edge::process_pressure().bodies_max_bytes = bytes; }
  ~small_sum() {
    edge::process_pressure().bodies_max_bytes = std::numeric_limits<std::size_t>::max();
  }
};

std::string head(std::size_t body_bytes) {
  return "POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: " + std::to_string(body_bytes) +
         "\r\n\r\n";
}

bool nothing_is_held() {
  const auto deadline = steady_now() + std::chrono::seconds(30);
  while (edge::process_pressure().bodies_bytes != 0 && steady_now() < deadline)
    std::this_thread::yield();
  return edge::process_pressure().bodies_bytes == 0;
}

}  // namespace

TEST_CASE("bodies: one that does not fit beside the others is refused with 429 before it is sent") {
  small_sum limit(50'000);
  edge_fixture edge;
  raw_client first = edge.connect();
  first.send(head(40'000) + "the beginning");
  while (edge::process_pressure().bodies_bytes < 40'000)
    std::this_thread::yield();  // ctest ends a test that hangs
  raw_client second = edge.connect();
  second.send(head(20'000));
  const http_answer refused = second.receive_answer();
  CHECK(refused.status == 429);
  CHECK(refused.header("Connection") == "close");
  raw_client small = edge.connect();
  small.send(head(5) + "hello");
  CHECK(small.receive_answer().status == 200);

  first.send(std::string(40'000 - std::string_view("the beginning").size(), 'x'));
  CHECK(first.receive_answer().status == 200);
  CHECK(nothing_is_held());
  raw_client third = edge.connect();
  third.send(head(40'000) + std::string(40'000, 'x'));
  CHECK(third.receive_answer().status == 200);
  CHECK(nothing_is_held());
}

TEST_CASE("bodies: one in chunks counts as it grows, and a connection that is gone holds nothing") {
  small_sum limit(50'000);
  edge_fixture edge;
  {
    raw_client client = edge.connect();
    client.send("POST /x HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 4; ++i)
      client.send("4000\r\n" + std::string(0x4000, 'x') + "\r\n");
    CHECK(client.receive_answer().status == 429);
  }
  CHECK(nothing_is_held());
  {
    raw_client client = edge.connect();
    client.send(head(30'000) + "no more comes");
    while (edge::process_pressure().bodies_bytes == 0)
      std::this_thread::yield();
  }
  CHECK(nothing_is_held());
}
