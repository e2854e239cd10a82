#include "runtime/edge/frame.hpp"

#include <algorithm>
#include <utility>

namespace carillon::edge {

namespace {

constexpr std::size_t control_payload_max = 125;  // RFC 6455 section 5.5

void append_header(std::string& to, opcode kind, std::size_t payload_size) {
  constexpr std::uint8_t final_bit = 0x80;
  to.push_back(static_cast<char>(final_bit | static_cast<std::uint8_t>(kind)));
  int length_bytes = 0;
  if (payload_size <= 125) {
    to.push_back(static_cast<char>(payload_size));
  } else if (payload_size <= 0xffff) {
    to.push_back(126);
    length_bytes = 2;
  } else {
    to.push_back(127);
    length_bytes = 8;
  }
  for (int i = length_bytes - 1; i >= 0; --i)
    to.push_back(static_cast<char>((static_cast<std::uint64_t>(payload_size) >> (8 * i)) & 0xff));
}

bool is_continuation_byte(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

// Length of the sequence that starts with this byte, by its high bits.
std::size_t sequence_length(char first) {
  const auto byte = static_cast<unsigned char>(first);
  if (byte >= 0xf0)
    return 4;
  if (byte >= 0xe0)
    return 3;
  if (byte >= 0xc0)
    return 2;
  return 1;
}

}  // namespace

frame::frame(opcode kind, std::string_view payload, written_hook written) {
  if (written) {
    follower_ = std::make_unique<follower>();
    follower_->written = std::move(written);
  }
  constexpr std::size_t header_size_max = 10;
  wire_.reserve(header_size_max + payload.size());
  append_header(wire_, kind, payload.size());
  header_size_ = wire_.size();
  wire_.append(payload);
}

frame::frame(opcode kind, std::string_view payload, log_position at, role what, std::string log,
             written_hook written)
    : frame(kind, payload, std::move(written)) {
  at_ = at;
  log_ = std::move(log);
  role_ = what;
}

frame::written_hook frame::claim_hook() const {
  return follower_->claimed.test_and_set() ? written_hook() : std::move(follower_->written);
}

frame_ptr make_text_frame(std::string payload) {
  return std::make_shared<const frame>(opcode::text, payload);
}

frame_ptr make_text_frame(std::string payload, std::function<void(connection_id)> written) {
  return std::make_shared<const frame>(opcode::text, payload, std::move(written));
}

frame_ptr make_binary_frame(std::string payload) {
  return std::make_shared<const frame>(opcode::binary, payload);
}

frame_ptr make_event_frame(std::string payload, log_position at, std::string log,
                           std::function<void(connection_id)> written) {
  return std::make_shared<const frame>(opcode::text, payload, at, frame::role::live, std::move(log),
                                       std::move(written));
}

frame_ptr make_late_frame(std::string payload, log_position at, std::string log) {
  return std::make_shared<const frame>(opcode::text, payload, at, frame::role::late, std::move(log));
}

frame_ptr make_page_end(log_position reached, bool complete) {
  return std::make_shared<const frame>(opcode::text, std::string_view(), reached,
                                       complete ? frame::role::log_end : frame::role::page_end);
}

std::string_view payload_of(const frame& what) {
  return what.payload();
}

std::string_view ping_wire() {
  return std::string_view("\x89\x00", 2);
}

std::string close_wire(std::uint16_t code, std::string_view reason) {
  std::size_t size = std::min(reason.size(), control_payload_max - 2);
  while (size > 0 && size < reason.size() && is_continuation_byte(reason[size]))
    --size;
  std::string wire;
  append_header(wire, opcode::close, 2 + size);
  wire.push_back(static_cast<char>(code >> 8));
  wire.push_back(static_cast<char>(code & 0xff));
  wire.append(reason.substr(0, size));
  return wire;
}

bool ends_inside_character(std::string_view text) {
  for (std::size_t back = 1; back <= std::min<std::size_t>(3, text.size()); ++back) {
    const char c = text[text.size() - back];
    if (!is_continuation_byte(c))
      return sequence_length(c) > back;
  }
  return false;
}

}  // namespace carillon::edge
