#include "runtime/edge/http_text.hpp"

#include <algorithm>
#include <cctype>

#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>

#include "runtime/base/ensure.hpp"

namespace carillon::edge {

namespace http = boost::beast::http;
using boost::beast::iequals;

namespace {

bool starts_a_method(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0;
}

// 16 random bytes in base 64: 22 digits and two signs of padding.
bool is_websocket_key(std::string_view key) {
  if (key.size() != 24 || key.substr(22) != "==")
    return false;
  return std::all_of(key.begin(), key.begin() + 22,
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; });
}

// "http://host:port/path" may come instead of "/path" (RFC 9112 section 3.2.2).
std::string_view origin_form(std::string_view target) {
  if (target.empty() || target.front() == '/')
    return target;
  const auto scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos)
    return target;
  const auto path = target.find_first_of("/?", scheme_end + 3);
  return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

// Both are ours.
void append_header(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

// A line break inside would let it write headers of its own.
void append_foreign_header(std::string& to, std::string_view name, std::string_view value) {
  const std::size_t begin = to.size();
  to.append(name).append(": ").append(value);
  // Three looks by the library are a tenth of the work of one by hand: some headers are long.
  for (const char breaks : {'\r', '\n', '\0'})
    for (std::size_t i = to.find(breaks, begin); i != std::string::npos; i = to.find(breaks, i + 1))
      to[i] = ' ';
  to.append("\r\n");
}

std::size_t size_of(const http_response& response) {
  std::size_t size = 256 + response.body.size();
  for (const auto& [name, value] : response.headers)
    size += name.size() + value.size() + 4;
  return size;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

// "[2001:db8::1]:443" and "192.0.2.1:443", as some proxies write.
std::string_view without_port(std::string_view text) {
  if (text.starts_with('['))
    return text.substr(1, std::min(text.find(']'), text.size()) - 1);
  const bool is_v4 = text.find(':') == text.rfind(':');
  return is_v4 ? text.substr(0, text.find(':')) : text;
}

bool has_no_body(int status) {
  return status == 204 || status == 304;
}

}  // namespace

head_scan::verdict head_scan::look(std::string_view arrived) {
  if (!arrived.empty() && !starts_a_method(arrived.front()))
    return verdict::malformed;
  for (;;) {
    const auto feed = arrived.find('\n', scanned);
    if (feed == std::string_view::npos) {
      scanned = arrived.size();
      return verdict::incomplete;
    }
    scanned = feed + 1;
    if (feed == 0 || arrived[feed - 1] != '\r')
      return verdict::malformed;
    if (feed >= 3 && arrived[feed - 2] == '\n') {
      size = scanned;
      return verdict::complete;
    }
  }
}

std::optional<refusal> check_head(const parsed_request& head) {
  if (head.version() >= 11 && head.count(http::field::host) != 1)
    return refusal{400, "exactly one Host header is required"};
  if (const auto count = head.count(http::field::transfer_encoding); count > 0) {
    if (head.version() < 11 || count > 1)
      return refusal{400, "Transfer-Encoding is not allowed here"};
    if (!iequals(head[http::field::transfer_encoding], "chunked"))
      return refusal{501, "only the chunked Transfer-Encoding is understood"};
  }
  if (head.count(http::field::expect) > 0 && !iequals(head[http::field::expect], "100-continue"))
    return refusal{417, "only Expect: 100-continue is understood"};
  return std::nullopt;
}

bool asks_for_websocket(const parsed_request& head) {
  return http::token_list(head[http::field::upgrade]).exists("websocket");
}

std::optional<refusal> check_upgrade(const parsed_request& head) {
  if (head.method() != http::verb::get || head.version() < 11)
    return refusal{400, "a WebSocket is opened with GET and HTTP/1.1"};
  if (!http::token_list(head[http::field::connection]).exists("upgrade"))
    return refusal{400, "Connection: Upgrade is missing"};
  if (head.count(http::field::sec_websocket_version) != 1 ||
      head[http::field::sec_websocket_version] != "13")
    return refusal{426, "only version 13 of the WebSocket protocol is understood"};
  if (head.count(http::field::sec_websocket_key) != 1 ||
      !is_websocket_key(head[http::field::sec_websocket_key]))
    return refusal{400, "Sec-WebSocket-Key is missing or malformed"};
  return std::nullopt;
}

http_request to_gateway_request(const parsed_request& head, std::string remote_address) {
  http_request request;
  request.method = std::string(head.method_string());
  const std::string_view target = origin_form(head.target());
  const auto question = target.find('?');
  const auto path = target.substr(0, question);
  request.path = std::string(path.empty() ? std::string_view("/") : path);
  if (question != std::string_view::npos)
    request.query = std::string(target.substr(question + 1));
  int traceparents = 0;
  for (const auto& field : head) {
    std::string* into = nullptr;
    switch (field.name()) {
    case http::field::authorization:
      into = &request.authorization;
      break;
    case http::field::content_type:
      into = &request.content_type;
      break;
    case http::field::host:
      into = &request.host;
      break;
    case http::field::accept_language:
      into = &request.accept_language;
      break;
    case http::field::unknown:
      if (iequals(field.name_string(), "traceparent") && ++traceparents == 1)
        into = &request.traceparent;
      else if (iequals(field.name_string(), "Last-Event-ID"))
        into = &request.last_event_id;
      break;
    default:
      break;
    }
    if (into != nullptr && into->empty())  // of two, the first that says something
      into->assign(field.value().data(), field.value().size());
  }
  // Two of them are none (W3C Trace Context, section 4.2).
  if (traceparents > 1)
    request.traceparent.clear();
  request.remote_address = std::move(remote_address);
  return request;
}

std::string client_address(const parsed_request& head, const std::string& peer,
                           const std::vector<ip_network>& trusted) {
  const auto is_trusted = [&](std::string_view text) {
    const auto address = parse_address(text);
    return address && std::any_of(trusted.begin(), trusted.end(), [&](const ip_network& each) {
             return each.contains(*address);
           });
  };
  if (trusted.empty() || !is_trusted(peer))
    return peer;
  std::string list;  // several headers are one list (RFC 9110 section 5.3)
  for (const auto& field : head)
    if (iequals(field.name_string(), "X-Forwarded-For"))
      list.append(list.empty() ? "" : ",").append(field.value().data(), field.value().size());
  std::string who = peer;
  for (std::string_view rest = list; !rest.empty();) {
    const auto comma = rest.rfind(',');
    const std::string_view last = comma == std::string_view::npos ? rest : rest.substr(comma + 1);
    const std::string_view address = without_port(trimmed(last));
    if (!parse_address(address))
      break;
    who = address;
    if (!is_trusted(address))
      break;
    rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  return who;
}

std::string response_text(const http_response& response, const response_form& form) {
  ENSURE(response.status >= 200 && response.status <= 599, "an answer has a final status");
  std::string text;
  text.reserve(size_of(response));
  text.append("HTTP/1.1 ").append(std::to_string(response.status)).push_back(' ');
  // Some clients refuse a status line without its reason phrase.
  text.append(http::obsolete_reason(http::int_to_status(response.status))).append("\r\n");
  append_header(text, "Date", form.date);
  if (!has_no_body(response.status)) {
    if (!response.content_type.empty())
      append_foreign_header(text, "Content-Type", response.content_type);
    append_header(text, "Content-Length", std::to_string(response.body.size()));
  }
  append_header(text, "Connection", form.keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers)
    append_foreign_header(text, name, value);
  text.append("\r\n");
  if (!form.head_only && !has_no_body(response.status))
    text.append(response.body);
  return text;
}

std::string stream_head_text(const http_response& response, bool chunked, std::string_view date) {
  std::string text = "HTTP/1.1 200 OK\r\n";
  append_header(text, "Date", date);
  append_header(text, "Content-Type", "text/event-stream");
  append_header(text, "Cache-Control", "no-store");
  if (chunked)
    append_header(text, "Transfer-Encoding", "chunked");
  append_header(text, "Connection", "close");
  for (const auto& [name, value] : response.headers)
    append_foreign_header(text, name, value);
  text.append("\r\n");
  return text;
}

}  // namespace carillon::edge
