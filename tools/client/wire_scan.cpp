#include "tools/client/wire_scan.hpp"

#include <charconv>

namespace carillon::client {
namespace {

// HTTP's header names know no case; `name` is given in lower case.
bool same_name(std::string_view text, std::string_view name) {
  if (text.size() != name.size())
    return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
    if (c != name[i])
      return false;
  }
  return true;
}

template <class Number>
Number number_in(std::string_view text, const char* what) {
  Number value = 0;
  auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end == text.data())
    throw protocol_violation(std::string("not a number in ") + what);
  return value;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes)
    value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

} // namespace

std::optional<std::string_view> find_header(std::string_view head, std::string_view name) {
  std::size_t line = head.find("\r\n");
  while (line != std::string_view::npos) {
    line += 2;
    std::size_t end = head.find("\r\n", line);
    std::string_view text = head.substr(line, end == std::string_view::npos ? end : end - line);
    std::size_t colon = text.find(':');
    if (colon != std::string_view::npos && same_name(text.substr(0, colon), name)) {
      std::string_view value = text.substr(colon + 1);
      while (!value.empty() && value.front() == ' ')
        value.remove_prefix(1);
      return value;
    }
    line = end;
  }
  return std::nullopt;
}

std::optional<http_response_view> scan_http_response(std::string_view bytes) {
  std::size_t end_of_head = bytes.find("\r\n\r\n");
  if (end_of_head == std::string_view::npos)
    return std::nullopt;
  http_response_view response;
  response.head = bytes.substr(0, end_of_head);
  if (response.head.size() < 12 || response.head.substr(0, 7) != "HTTP/1.")
    throw protocol_violation("not an HTTP response");
  response.status = number_in<int>(response.head.substr(9, 3), "the status line");
  std::size_t length = 0;
  if (auto value = find_header(response.head, "content-length"))
    length = number_in<std::size_t>(*value, "Content-Length");
  else if (response.status != 101 && response.status != 204)
    throw protocol_violation("a response without Content-Length");
  if (bytes.size() < end_of_head + 4 + length)
    return std::nullopt;
  response.body = bytes.substr(end_of_head + 4, length);
  response.size = end_of_head + 4 + length;
  if (auto value = find_header(response.head, "retry-after"))
    response.retry_after = number_in<int>(*value, "Retry-After");
  if (auto value = find_header(response.head, "connection"))
    response.close = same_name(*value, "close");
  return response;
}

std::uint16_t ws_frame_view::close_code() const {
  return payload.size() < 2 ? 1005 : static_cast<std::uint16_t>(big_endian(payload.substr(0, 2)));
}

std::optional<ws_frame_view> scan_ws_frame(std::string_view bytes) {
  if (bytes.size() < 2)
    return std::nullopt;
  auto first = static_cast<unsigned char>(bytes[0]);
  auto second = static_cast<unsigned char>(bytes[1]);
  if ((first & 0xf0) != 0x80)
    throw protocol_violation("a fragment or reserved bits");
  if (second & 0x80)
    throw protocol_violation("a masked frame from the server");
  std::size_t head = 2;
  std::uint64_t length = second;
  if (second >= 126) {
    std::size_t width = second == 126 ? 2 : 8;
    if (bytes.size() < head + width)
      return std::nullopt;
    length = big_endian(bytes.substr(head, width));
    head += width;
  }
  if (bytes.size() - head < length)
    return std::nullopt;
  ws_frame_view frame;
  frame.opcode = static_cast<ws_opcode>(first & 0x0f);
  frame.payload = bytes.substr(head, length);
  frame.size = head + length;
  return frame;
}

void append_ws_frame(std::string& out, ws_opcode opcode, std::string_view payload,
                     std::uint32_t mask) {
  out.push_back(static_cast<char>(0x80 | static_cast<unsigned char>(opcode)));
  auto append_number = [&](std::uint64_t value, int width) {
    for (int shift = (width - 1) * 8; shift >= 0; shift -= 8)
      out.push_back(static_cast<char>(value >> shift));
  };
  if (payload.size() < 126) {
    out.push_back(static_cast<char>(0x80 | payload.size()));
  } else if (payload.size() < 65'536) {
    out.push_back(static_cast<char>(0x80 | 126));
    append_number(payload.size(), 2);
  } else {
    out.push_back(static_cast<char>(0x80 | 127));
    append_number(payload.size(), 8);
  }
  append_number(mask, 4);
  for (std::size_t i = 0; i < payload.size(); ++i)
    out.push_back(static_cast<char>(payload[i] ^ static_cast<char>(mask >> (24 - 8 * (i % 4)))));
}

void append_form_value(std::string& out, std::string_view text) {
  static constexpr char digits[] = "0123456789ABCDEF";
  for (char c : text) {
    bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                 c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      auto byte = static_cast<unsigned char>(c);
      out.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
  }
}

} // namespace carillon::client
