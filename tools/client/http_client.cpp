#include "tools/client/http_client.hpp"

#include "runtime/base/ensure.hpp"

namespace carillon::client {

std::string api_request_with_body(const endpoint& where, std::string_view method,
                                  std::string_view token, std::string_view body) {
  std::string request;
  request.reserve(256 + body.size());
  request.append("POST /api/").append(method).append(" HTTP/1.1\r\nHost: ");
  request.append(where.authority());
  if (!token.empty())
    request.append("\r\nAuthorization: Bearer ").append(token);
  request.append("\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ");
  request.append(std::to_string(body.size())).append("\r\n\r\n").append(body);
  return request;
}

std::string api_request(const endpoint& where, std::string_view method, std::string_view token,
                        const form& arguments) {
  std::string body;
  for (const auto& [name, value] : arguments) {
    if (!body.empty())
      body.push_back('&');
    append_form_value(body, name);
    body.push_back('=');
    append_form_value(body, value);
  }
  return api_request_with_body(where, method, token, body);
}

std::string get_request(const endpoint& where, std::string_view path) {
  std::string request("GET ");
  request.append(path).append(" HTTP/1.1\r\nHost: ").append(where.authority());
  return request.append("\r\n\r\n");
}

void http_client::send(std::string_view request, answer then) {
  ENSURE(!is_busy(), "one request at a time on a connection");
  if (!stream_.is_open())
    stream_.connect(where_);
  then_ = std::move(then);
  stream_.send(request);
}

void http_client::close() {
  stream_.close();
  then_ = nullptr;
}

std::size_t http_client::on_bytes(std::string_view bytes) {
  auto response = scan_http_response(bytes);
  if (!response)
    return 0;
  if (!is_busy())
    throw protocol_violation("a response that nobody asked for");
  std::size_t size = response->size;
  if (size != bytes.size())
    throw protocol_violation("bytes after the response");
  answer then = std::exchange(then_, nullptr);
  // Before the answer is handed on: whoever hears it may send again, on a new connection then.
  bool end = response->close;
  if (end)
    stream_.close();
  then(&*response);
  return size;
}

void http_client::on_lost(std::string_view) {
  // An idle keep-alive connection may be closed by the server at any time: the next send() reopens.
  if (answer then = std::exchange(then_, nullptr))
    then(nullptr);
}

} // namespace carillon::client
