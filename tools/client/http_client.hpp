// One keep-alive HTTP/1.1 connection with at most one request on it. Connects when first used and
// again after it was lost. One thread: the loop's.
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/client/stream.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon::client {

// Arguments of a Web API call, sent as a form.
using form = std::vector<std::pair<std::string, std::string>>;

// The bytes of a POST to /api/`method`. `token` may be empty.
std::string api_request(const endpoint& where, std::string_view method, std::string_view token,
                        const form& arguments);
// The same around a body that is encoded already: for posts by the hundred thousand.
std::string api_request_with_body(const endpoint& where, std::string_view method,
                                  std::string_view token, std::string_view body);
std::string get_request(const endpoint& where, std::string_view path);

class http_client final : stream_owner {
public:
  // null: the connection was lost before the answer; whether the request took effect is unknown.
  // The view is valid during the call. May send the next request from inside.
  using answer = std::function<void(const http_response_view* response)>;

  http_client(event_loop& loop, endpoint where) : where_(std::move(where)), stream_(loop, *this) {}

  // REQUIRES: !is_busy().
  void send(std::string_view request, answer then);
  bool is_busy() const { return static_cast<bool>(then_); }
  // Drops the connection; an answer on the way is not heard of any more.
  void close();

private:
  std::size_t on_bytes(std::string_view bytes) override;
  void on_lost(std::string_view why) override;

  endpoint where_;
  stream stream_;
  answer then_; // set while an answer is awaited
};

} // namespace carillon::client
