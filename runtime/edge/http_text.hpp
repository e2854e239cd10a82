// What HTTP/1.1 says about the text of requests and responses, apart from sockets and time: where a
// head ends, which heads are refused and why, what goes into an answer. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "config/networks.hpp"
#include "runtime/edge/gateway.hpp"

namespace carillon::edge {

using parsed_request = boost::beast::http::request<boost::beast::http::string_body>;

// Where a request head ends, looked for in pieces as they arrive.
struct head_scan {
  enum class verdict { incomplete, complete, malformed };

  std::size_t size = 0;     // complete: bytes of the head with its empty line
  std::size_t scanned = 0;  // how far earlier calls have looked

  // Looks at what was not there last time. malformed: a line feed without its carriage return, or
  // a first byte that no method starts with (a TLS hello, for instance).
  verdict look(std::string_view arrived);
};

// An answer that the edge gives itself.
struct refusal {
  int status;
  const char* reason;
};

// Things a head may say that the parser lets pass and we do not.
std::optional<refusal> check_head(const parsed_request& head);

// Does the client ask for a WebSocket, and if so, does it ask properly (RFC 6455 section 4.2.1)?
bool asks_for_websocket(const parsed_request& head);
std::optional<refusal> check_upgrade(const parsed_request& head);

// The gateway's form of a head; the body follows later, so that no trailer can pose as a header.
http_request to_gateway_request(const parsed_request& head, std::string remote_address);

// Who asks: `peer`, the other end of the connection, unless it is a proxy that is trusted. Then it is
// the last address in X-Forwarded-For that is none of them: what stands before that one, anybody may
// have written. All of them trusted: the first. Where no address stands: whoever said so.
std::string client_address(const parsed_request& head, const std::string& peer,
                           const std::vector<ip_network>& trusted);

struct response_form {
  bool keep_alive;
  bool head_only;  // the answer to HEAD: everything but the body
  std::string_view date;
};
std::string response_text(const http_response& response, const response_form& form);

// Of an answer that is an event stream. The connection ends with it.
std::string stream_head_text(const http_response& response, bool chunked, std::string_view date);

}  // namespace carillon::edge
