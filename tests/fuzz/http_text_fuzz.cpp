// What is decided about heads as text: where one ends, however it arrives; which header values are
// refused; and that no value of an answer can write headers of its own.
#include <exception>
#include <iterator>
#include <string>

#include "runtime/edge/http_text.hpp"
#include "tests/fuzz/input.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon {
namespace {

using edge::head_scan;

void check_scan(std::string_view text, std::uint64_t seed) {
  head_scan whole;
  const auto verdict = whole.look(text);
  head_scan cut;
  auto last = head_scan::verdict::incomplete;
  std::size_t arrived = 0;
  for (std::string_view piece : fuzz::pieces_of(text, seed)) {
    arrived += piece.size();
    last = cut.look(text.substr(0, arrived));
    if (last != head_scan::verdict::incomplete)
      break;
  }
  ENSURE(last == verdict && cut.size == whole.size, "a head ends where it ends, in pieces too");
  if (verdict == head_scan::verdict::complete)
    ENSURE(text.substr(0, whole.size).ends_with("\r\n\r\n") &&
               text.find("\r\n\r\n") + 4 == whole.size,
           "behind the first empty line");
}

void check_request(fuzz::input& in) {
  edge::parsed_request head;
  try {
    head.version(in.byte() % 2 ? 11 : 10);
    head.method_string(in.text(12));
    head.target(in.text(200));
    for (int i = in.byte() % 12; i > 0; --i) {
      constexpr std::string_view names[] = {
          "Host",    "Transfer-Encoding", "Expect",        "Upgrade",      "Connection",
          "Sec-WebSocket-Version", "Sec-WebSocket-Key",    "Traceparent",  "Authorization"};
      const std::string_view name = names[in.byte() % std::size(names)];
      head.insert(name, in.text(100));
    }
  } catch (const std::exception&) {
    return;  // what Beast itself does not take
  }
  for (const auto& refused : {edge::check_head(head), edge::check_upgrade(head)})
    ENSURE(!refused || (refused->status >= 400 && refused->status < 600), "a refusal has its status");
  edge::asks_for_websocket(head);
  const edge::http_request request = edge::to_gateway_request(head, "127.0.0.1");
  ENSURE(!request.path.empty() && request.path.find('?') == std::string::npos,
         "a path has no query in it");
  ENSURE(request.path.size() + request.query.size() <= head.target().size() + 1,
         "no more than the target had");
}

void check_response(fuzz::input& in) {
  constexpr int statuses[] = {200, 204, 304, 400, 404, 429, 500, 503, 599};
  edge::http_response response;
  response.status = statuses[in.byte() % std::size(statuses)];
  response.content_type = in.text(60);
  for (int i = in.byte() % 4; i > 0; --i) {
    const std::string_view name = in.text(20), value = in.text(60);
    response.headers.emplace_back("X-" + std::string(name), value);
  }
  const bool keep_alive = in.byte() % 2 == 0;
  response.body = in.rest();
  const std::string text =
      edge::response_text(response, {keep_alive, false, "Thu, 01 Jan 1970 00:00:00 GMT"});
  const std::size_t end = text.find("\r\n\r\n");
  ENSURE(end != std::string::npos, "an answer has a head");
  const bool has_body = response.status != 204 && response.status != 304;
  ENSURE(text.substr(end + 4) == (has_body ? response.body : ""), "and its body behind it");
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = text.find('\n', at)) < end; ++at) {
    ENSURE(text[at - 1] == '\r', "lines end with both");
    ++lines;
  }
  const std::size_t ours = 2 + (has_body ? 1 + !response.content_type.empty() : 0);
  ENSURE(lines == ours + response.headers.size(), "no value writes a header of its own");
  if (has_body) {
    const auto read = client::scan_http_response(text);
    ENSURE(read && read->status == response.status && read->body == response.body &&
               read->close == !keep_alive,
           "a client reads what was said");
  }
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  fuzz::input in(data, size);
  switch (in.byte() % 3) {
    case 0: {
      const std::uint64_t seed = in.byte();
      check_scan(in.rest(), seed + 1);
      break;
    }
    case 1:
      check_request(in);
      break;
    default:
      check_response(in);
  }
  return 0;
}
