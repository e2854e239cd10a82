// A client's bytes behind a proper upgrade, through the real WebSocket session: any split of them
// gives the same messages and the same end.
#include <string>

#include "tests/fuzz/edge_client.hpp"
#include "tests/fuzz/input.hpp"

namespace {

constexpr std::string_view upgrade =
    "GET /ws HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  if (size > 3'000)
    return 0;
  fuzz::input in(data, size);
  const std::uint64_t seed = in.byte();
  std::string all(upgrade);
  all += in.rest();
  const fuzz::edge_trip whole = fuzz::talk_to_edge({all});
  // The head in one piece: what is cut is the stream of frames.
  std::vector<std::string_view> pieces = fuzz::pieces_of(in.rest(), seed + 1, fuzz::pieces_most);
  pieces.insert(pieces.begin(), upgrade);
  const fuzz::edge_trip cut = fuzz::talk_to_edge(pieces);
  ENSURE(whole.events == cut.events, "any split of the bytes gives the same messages");
  ENSURE(whole.events.size() >= 3 && whole.events[0].starts_with("upgrade") &&
             whole.events[1] == "open" && whole.events.back().starts_with("close"),
         "every WebSocket is opened and closed once");
  for (const std::string& event : whole.events)
    ENSURE(event.size() <= 256 + 7 || event.starts_with("upgrade"), "a message is within the limit");
  fuzz::check_answer(whole.answer, false);
  fuzz::check_answer(cut.answer, false);
  return 0;
}
