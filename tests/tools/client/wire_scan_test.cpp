// The client's scanning of HTTP responses and WebSocket frames: complete at exactly the last byte,
// and strict about what our server never sends.
#include <doctest/doctest.h>

#include "tools/client/wire_scan.hpp"

namespace carillon::client {
namespace {

const std::string response_bytes = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n"
                                   "content-length: 5\r\nConnection: close\r\n\r\nhello";

std::string server_frame(ws_opcode opcode, const std::string& payload) {
  std::string masked;
  append_ws_frame(masked, opcode, payload, 0);
  std::size_t mask_at = masked.size() - payload.size() - 4;
  masked.erase(mask_at, 4);
  masked[1] = static_cast<char>(masked[1] & 0x7f);
  return masked;
}

} // namespace

TEST_CASE("http scan: a response is found when its last byte is there and not before") {
  for (std::size_t size = 0; size < response_bytes.size(); ++size)
    CHECK_FALSE(scan_http_response(std::string_view(response_bytes).substr(0, size)));
  std::string with_more = response_bytes + "HTTP/1.1 200";
  auto response = scan_http_response(with_more);
  REQUIRE(response);
  CHECK(response->status == 503);
  CHECK(response->body == "hello");
  CHECK(response->retry_after == 7);
  CHECK(response->close);
  CHECK(response->size == response_bytes.size());
}

TEST_CASE("http scan: 101 needs no length, 200 does") {
  CHECK(scan_http_response("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"));
  CHECK_THROWS_AS(scan_http_response("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
                  protocol_violation);
  CHECK_THROWS_AS(scan_http_response("SSH-2.0-OpenSSH_9.2 is not it\r\n\r\n"), protocol_violation);
}

TEST_CASE("frame scan: all three length forms, on both sides of their borders") {
  for (std::size_t size : {0u, 1u, 125u, 126u, 65'535u, 65'536u}) {
    CAPTURE(size);
    std::string payload(size, 'p');
    std::string bytes = server_frame(ws_opcode::text, payload);
    auto frame = scan_ws_frame(bytes);
    REQUIRE(frame);
    CHECK(frame->payload == payload);
    CHECK(frame->size == bytes.size());
    CHECK_FALSE(scan_ws_frame(std::string_view(bytes).substr(0, bytes.size() - 1)));
  }
}

TEST_CASE("frame scan: fragments, reserved bits and masked frames are no server's") {
  CHECK_THROWS_AS(scan_ws_frame(std::string("\x01\x00", 2)), protocol_violation);
  CHECK_THROWS_AS(scan_ws_frame(std::string("\xc1\x00", 2)), protocol_violation);
  CHECK_THROWS_AS(scan_ws_frame(std::string("\x81\x80", 2)), protocol_violation);
}

TEST_CASE("frame scan: a close frame tells its code, an empty one 1005") {
  auto with_code = server_frame(ws_opcode::close, std::string("\x03\xe9 bye", 6));
  CHECK(scan_ws_frame(with_code)->close_code() == 1001);
  auto without = server_frame(ws_opcode::close, "");
  CHECK(scan_ws_frame(without)->close_code() == 1005);
}

TEST_CASE("frame writing: the payload is masked byte by byte with the mask in the frame") {
  std::string bytes;
  append_ws_frame(bytes, ws_opcode::text, "Hello", 0x37fa213d);
  // The example of RFC 6455, section 5.7.
  CHECK(bytes == std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11));
}

TEST_CASE("form values: everything but unreserved characters is percent-encoded") {
  std::string out;
  append_form_value(out, "a-Z_0.9~ &=+%\xec\x95\x88");
  CHECK(out == "a-Z_0.9~%20%26%3D%2B%25%EC%95%88");
}

} // namespace carillon::client
