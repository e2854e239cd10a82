// WebSocket frames as the server writes them, read back by the client's scanner: what was put in comes
// out, cut anywhere. And strangers' bytes in that scanner: the same frames however they arrive.
#include <optional>
#include <string>
#include <utility>

#include "actors/api/text_rules.hpp"
#include "runtime/edge/frame.hpp"
#include "tests/fuzz/input.hpp"
#include "tools/client/wire_scan.hpp"

namespace carillon {
namespace {

using client::scan_ws_frame;
using client::ws_opcode;

struct read_frames {
  std::vector<std::pair<ws_opcode, std::string>> frames;
  bool violated = false;
  std::size_t left = 0;  // bytes of a frame that has not ended

  bool operator==(const read_frames&) const = default;
};

read_frames read_all(const std::vector<std::string_view>& pieces) {
  read_frames out;
  std::string buffer;
  for (std::string_view piece : pieces) {
    buffer += piece;
    try {
      while (auto frame = scan_ws_frame(buffer)) {
        ENSURE(frame->size <= buffer.size() && frame->payload.size() < frame->size,
               "a frame lies within what has arrived");
        out.frames.emplace_back(frame->opcode, frame->payload);
        buffer.erase(0, frame->size);
      }
    } catch (const client::protocol_violation&) {
      out.violated = true;
      return out;
    }
  }
  out.left = buffer.size();
  return out;
}

void check_written(edge::opcode kind, const std::string& payload, std::uint64_t seed) {
  const edge::frame written(kind, payload);
  ENSURE(written.payload() == payload, "a frame holds its payload");
  ENSURE(written.wire().size() <= payload.size() + 10, "a header has ten bytes at most");
  std::string stream(written.wire());
  stream += edge::ping_wire();
  stream += written.wire();
  const read_frames seen = read_all(fuzz::pieces_of(stream, seed));
  const auto code = static_cast<ws_opcode>(kind);
  const read_frames wanted{{{code, payload}, {ws_opcode::ping, ""}, {code, payload}}, false, 0};
  ENSURE(seen == wanted, "what was written is read");
  for (std::size_t cut = 0; cut < std::min<std::size_t>(written.wire().size(), 16); ++cut)
    ENSURE(!scan_ws_frame(written.wire().substr(0, cut)), "half a frame is none");
}

void check_close(std::uint16_t code, std::string_view reason) {
  const std::string wire = edge::close_wire(code, reason);
  const auto read = scan_ws_frame(wire);
  ENSURE(read && read->size == wire.size() && read->opcode == ws_opcode::close,
         "a close frame is one frame");
  ENSURE(read->payload.size() <= 125, "RFC 6455, section 5.5");
  ENSURE(read->close_code() == code, "the code is in front");
  const std::string_view said = read->payload.substr(2);
  ENSURE(reason.starts_with(said), "the reason is cut at its end");
  if (api::is_clean_text(reason)) {
    ENSURE(api::is_clean_text(said), "and at a character's border");
    ENSURE(said.size() == reason.size() || said.size() + 3 >= 123, "no more than needed");
  }
}

void check_ends(std::string_view text) {
  if (!api::is_clean_text(text))
    return;
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view front = text.substr(0, cut);
    ENSURE(edge::ends_inside_character(front) == !api::is_clean_text(front),
           "a text is cut inside a character, or not");
  }
}

}  // namespace
}  // namespace carillon

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  fuzz::input in(data, size);
  const std::uint64_t seed = in.byte();
  const std::uint64_t what = in.byte();
  const std::uint64_t number = in.number(2);
  if (what % 4 == 0) {  // of any length around the borders 125 and 65,535
    std::string payload;
    const std::size_t wanted = what & 0x80 ? number + 2'000 : number % 300;
    while (payload.size() < wanted)
      payload += in.empty() ? std::string_view("x") : in.rest();
    payload.resize(wanted);
    check_written(what & 0x40 ? edge::opcode::text : edge::opcode::binary, payload, seed);
  } else if (what % 4 == 1) {
    check_close(static_cast<std::uint16_t>(number), in.rest());
    check_ends(in.rest().substr(0, 512));
  } else {
    ENSURE(read_all(fuzz::pieces_of(in.rest(), 0)) == read_all(fuzz::pieces_of(in.rest(), seed)),
           "any split of the bytes gives the same frames");
    std::string masked;
    client::append_ws_frame(masked, ws_opcode::text, in.rest(), static_cast<std::uint32_t>(number));
    ENSURE(masked.size() <= in.rest().size() + 14, "a header with its mask has 14 bytes at most");
  }
  return 0;
}
