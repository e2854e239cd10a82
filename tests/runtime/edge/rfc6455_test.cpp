// RFC 6455 as a client sees it, against carillon_echo: every case says something on the wire, right
// or wrong, and checks what comes back. Section numbers are the RFC's. A refused frame is answered
// with a close frame of the right code, and then TCP is closed.
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "tests/runtime/edge/echo_process.hpp"
#include "tests/support/raw_client.hpp"

using namespace carillon::testing;

namespace {

constexpr int continuation = 0, text = 1, binary = 2, close_op = 8, ping = 9, pong = 10;

echo_process& echo() {
  static echo_process one;
  return one;
}

raw_client connect() {
  return open_websocket(echo().port);
}

void check_echo(raw_client& client, int opcode, const std::string& payload) {
  const ws_frame answer = client.receive_frame();
  CHECK(answer.final);
  CHECK(answer.reserved == 0);
  CHECK(answer.opcode == opcode);
  CHECK(answer.payload.size() == payload.size());
  CHECK((answer.payload == payload));  // not printed: may be megabytes
}

// Sends `wire` on a fresh connection; returns the code of the close frame that must answer it.
std::uint16_t refused_with(const std::string& wire) {
  raw_client client = connect();
  client.send(wire);
  const ws_frame answer = client.receive_frame();
  CHECK(answer.opcode == close_op);
  CHECK(client.receive_until_closed().empty());
  return answer.close_code();
}

frame_options open_ended() {
  frame_options how;
  how.final = false;
  return how;
}

}  // namespace

TEST_CASE("rfc6455 5.2: messages of every length form come back whole, in one frame") {
  raw_client client = connect();
  for (std::size_t size : {0, 1, 125, 126, 127, 4'096, 4'097, 65'535, 65'536, 1'000'000}) {
    CAPTURE(size);
    const std::string payload(size, 'm');
    client.send(client_frame(text, payload));
    check_echo(client, text, payload);
    client.send(client_frame(binary, payload));
    check_echo(client, binary, payload);
  }
}

TEST_CASE("rfc6455 5.2: 16 MiB is echoed, one byte more is closed with 1009") {
  constexpr std::size_t max = 16u * 1'024 * 1'024;
  {
    raw_client client = connect();
    std::string payload(max, '\0');
    for (std::size_t i = 0; i < payload.size(); ++i)
      payload[i] = static_cast<char>(i * 2'654'435'761u >> 24);
    client.send(client_frame(binary, payload));
    check_echo(client, binary, payload);
  }
  // The header alone is refused: nobody waits for what will not be taken.
  CHECK(refused_with(client_frame(binary, std::string(max + 1, 'x')).substr(0, 14)) == 1009);
  // The same by fragments, each of them small enough.
  raw_client client = connect();
  client.send(client_frame(binary, std::string(max, 'x'), open_ended()));
  client.send(client_frame(continuation, "x"));
  CHECK(client.receive_frame().close_code() == 1009);
}

TEST_CASE("rfc6455 5.2: a length that could have been shorter is refused") {
  for (auto [size, bytes] : {std::pair{125, 2}, std::pair{65'535, 8}, std::pair{1, 8}}) {
    frame_options how;
    how.length_bytes = bytes;
    CHECK(refused_with(
              client_frame(binary, std::string(static_cast<std::size_t>(size), 'x'), how)) == 1002);
  }
}

TEST_CASE("rfc6455 5.2: a message of one byte at a time is still a message") {
  raw_client client = connect();
  const std::string payload = "\xec\x95\x88\xeb\x85\x95 \xf0\x9f\x94\x94";
  client.send_one_byte_at_a_time(client_frame(text, payload.substr(0, 4), open_ended()) +
                                 client_frame(ping, "between") +
                                 client_frame(continuation, payload.substr(4)));
  const ws_frame answer = client.receive_frame();
  CHECK(answer.opcode == pong);
  CHECK(answer.payload == "between");
  check_echo(client, text, payload);
}

TEST_CASE("rfc6455 5.2: frames sent along with the handshake are not lost") {
  raw_client client(echo().port);
  client.send(upgrade_request() + client_frame(text, "early") + client_frame(ping, "p"));
  CHECK(client.receive_answer().status == 101);
  ws_frame first = client.receive_frame();
  ws_frame second = client.receive_frame();
  if (first.opcode == pong)
    std::swap(first, second);
  CHECK(first.payload == "early");
  CHECK(second.payload == "p");
}

TEST_CASE("rfc6455 5.2: reserved bits are refused with 1002") {
  for (int bits = 1; bits <= 7; ++bits) {
    frame_options how;
    how.reserved = bits;
    for (int opcode : {text, binary, ping})
      CHECK(refused_with(client_frame(opcode, "x", how)) == 1002);
  }
}

TEST_CASE("rfc6455 5.2: reserved opcodes are refused with 1002") {
  for (int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    CHECK(refused_with(client_frame(opcode, "")) == 1002);
}

TEST_CASE("rfc6455 5.1: an unmasked frame is refused with 1002") {
  frame_options how;
  how.masked = false;
  CHECK(refused_with(client_frame(text, "x", how)) == 1002);
  CHECK(refused_with(client_frame(ping, "", how)) == 1002);
}

TEST_CASE("rfc6455 5.4: fragments are joined, whatever their sizes") {
  raw_client client = connect();
  client.send(client_frame(text, "", open_ended()) + client_frame(continuation, "a", open_ended()) +
              client_frame(continuation, "", open_ended()) + client_frame(continuation, "b"));
  check_echo(client, text, "ab");
  client.send(client_frame(binary, std::string(70'000, '1'), open_ended()) +
              client_frame(continuation, std::string(70'000, '2')));
  check_echo(client, binary, std::string(70'000, '1') + std::string(70'000, '2'));
  client.send(client_frame(text, "", open_ended()) + client_frame(continuation, ""));
  check_echo(client, text, "");
}

TEST_CASE("rfc6455 5.4: a continuation of nothing, or a message inside a message, is refused") {
  CHECK(refused_with(client_frame(continuation, "x")) == 1002);
  CHECK(refused_with(client_frame(continuation, "x", open_ended())) == 1002);
  CHECK(refused_with(client_frame(text, "a", open_ended()) + client_frame(text, "b")) == 1002);
  CHECK(refused_with(client_frame(text, "a", open_ended()) + client_frame(binary, "b")) == 1002);
}

TEST_CASE("rfc6455 5.5: a control frame of 125 bytes is taken, 126 or fragmented is refused") {
  raw_client client = connect();
  client.send(client_frame(ping, std::string(125, 'p')));
  const ws_frame answer = client.receive_frame();
  CHECK(answer.opcode == pong);
  CHECK(answer.payload == std::string(125, 'p'));
  CHECK(refused_with(client_frame(ping, std::string(126, 'p'))) == 1002);
  CHECK(refused_with(client_frame(ping, "p", open_ended())) == 1002);
  CHECK(refused_with(client_frame(pong, "p", open_ended())) == 1002);
  CHECK(refused_with(client_frame(close_op, "", open_ended())) == 1002);
}

TEST_CASE("rfc6455 5.5.2: every ping is answered with its payload, in order") {
  raw_client client = connect();
  std::string wire;
  for (int i = 0; i < 300; ++i)
    wire += client_frame(ping, "ping " + std::to_string(i));
  client.send(wire);
  for (int i = 0; i < 300; ++i) {
    const ws_frame answer = client.receive_frame();
    REQUIRE(answer.opcode == pong);
    REQUIRE(answer.payload == "ping " + std::to_string(i));
  }
}

TEST_CASE("rfc6455 5.5.3: a pong that nobody asked for is ignored") {
  raw_client client = connect();
  client.send(client_frame(pong, "unasked") + client_frame(text, "after"));
  check_echo(client, text, "after");
}

TEST_CASE("rfc6455 5.5.1: a close is answered with its code, and TCP is closed at once") {
  for (std::uint16_t code :
       {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999}) {
    CAPTURE(code);
    CHECK(refused_with(client_frame(close_op, close_payload(code, "bye"))) == code);
  }
  CHECK(refused_with(client_frame(close_op, "")) == 1000);
  CHECK(refused_with(client_frame(close_op, close_payload(1000, std::string(123, 'r')))) == 1000);
}

TEST_CASE("rfc6455 7.4: close codes that must not be sent are refused with 1002") {
  for (std::uint16_t code : {0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535}) {
    CAPTURE(code);
    CHECK(refused_with(client_frame(close_op, close_payload(code))) == 1002);
  }
  CHECK(refused_with(client_frame(close_op, "\x03")) == 1002);  // half a code
  CHECK(refused_with(client_frame(close_op, close_payload(1000, "\xff"))) == 1002);
}

TEST_CASE("rfc6455 5.5.1: what follows a close frame is not looked at") {
  raw_client client = connect();
  client.send(client_frame(close_op, close_payload(1000)) + client_frame(text, "late"));
  CHECK(client.receive_frame().opcode == close_op);
  CHECK(client.receive_until_closed().empty());
}

TEST_CASE("rfc6455 8.1: text may hold every kind of character, NUL among them, cut anywhere") {
  std::string payload("\0a\x7f", 3);
  payload.append("\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"
                 "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
  for (std::size_t cut = 0; cut <= payload.size(); ++cut) {
    CAPTURE(cut);
    raw_client client = connect();
    client.send(client_frame(text, payload.substr(0, cut), open_ended()) +
                client_frame(continuation, payload.substr(cut)));
    check_echo(client, text, payload);
  }
}

TEST_CASE("rfc6455 8.1: text that is not UTF-8 is refused with 1007, whole or cut anywhere") {
  const std::vector<std::string> wrong = {
      "\x80",              // a continuation byte first
      "\xc0\x80",          // overlong, two bytes
      "\xe0\x9f\xbf",      // overlong, three
      "\xf0\x8f\xbf\xbf",  // overlong, four
      "\xed\xa0\x80",      // a surrogate
      "\xf4\x90\x80\x80",  // beyond U+10FFFF
      "\xf5\x80\x80\x80",  // a byte that starts nothing
      "\xfe",
      "\xff",
      "\xc3(",  // a lead byte without its continuation
      "\xe2\x82",
      "\xf0\x9f\x94",
      "\xc3",  // ends too early
  };
  for (const std::string& bytes : wrong) {
    const std::string payload = "ok " + bytes;
    CAPTURE(payload);
    CHECK(refused_with(client_frame(text, payload)) == 1007);
    for (std::size_t cut = 3; cut <= payload.size(); ++cut) {
      CAPTURE(cut);
      CHECK(refused_with(client_frame(text, payload.substr(0, cut), open_ended()) +
                         client_frame(continuation, payload.substr(cut))) == 1007);
    }
    // The same bytes are nobody's business in a binary message.
    raw_client client = connect();
    client.send(client_frame(binary, payload));
    check_echo(client, binary, payload);
  }
}

TEST_CASE("rfc6455 4.2: the accept key is the RFC's, and the status line has its reason") {
  raw_client client(echo().port);
  client.send(upgrade_request());
  const http_answer answer = client.receive_answer();
  CHECK(answer.head.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
  CHECK(answer.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK(answer.header("Sec-WebSocket-Extensions").empty());
}

TEST_CASE("echo: SIGTERM closes with 1001 and ends with status 0") {
  echo_process own;
  raw_client client = open_websocket(own.port);
  client.send(client_frame(text, "x"));
  check_echo(client, text, "x");
  raw_client asked(own.port);
  std::thread stopper([&] { CHECK(own.stop() == 0); });
  const ws_frame last = client.receive_frame();
  CHECK(last.close_code() == 1001);
  client.send(client_frame(close_op, last.payload));
  CHECK(client.receive_until_closed().empty());
  stopper.join();
}

// The undefined-behaviour sanitizer asks the kernel about every object through a pipe: without a
// descriptor left it sees ghosts.
#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("echo: out of descriptors, new clients wait without a busy loop and come in when others "
          "leave") {
  echo_process own(24);
  std::vector<raw_client> clients;
  for (int i = 0; i < 40; ++i)
    clients.emplace_back(own.port);
  clients.front().send(upgrade_request());
  CHECK(clients.front().receive_answer().status == 101);
  raw_client last = std::move(clients.back());
  clients.pop_back();
  last.send(upgrade_request());
  CHECK(last.silent_for(std::chrono::milliseconds(700)));
  clients.clear();
  CHECK(last.receive_answer().status == 101);
  CHECK(own.stop() == 0);
  CHECK(own.cpu_time < std::chrono::milliseconds(500));
}
#endif
