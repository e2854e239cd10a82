#include "runtime/edge/event_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace carillon::edge {

namespace {

constexpr std::string_view data_field = "data: ";
constexpr std::string_view line_end = "\r\n";  // of HTTP

// A line break in it would begin another field, so each line is a `data` of its own; the client joins
// them with line feeds. Ours are one line of JSON.
template <class Visit>
void for_each_line(std::string_view text, Visit visit) {
  while (true) {
    const auto end = std::min(text.find('\n'), text.find('\r'));
    visit(text.substr(0, end));
    if (end == std::string_view::npos)
      return;
    text.remove_prefix(end + 1);
  }
}

void append_chunk_header(std::string& to, std::size_t size) {
  std::array<char, 16> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  to.append(digits.data(), end).append(line_end);
}

std::string as_chunk(std::string_view bytes) {
  std::string out;
  append_chunk_header(out, bytes.size());
  return out.append(bytes).append(line_end);
}

// Into a string of JSON. Reasons are words of ours: what stands for a control character does not matter.
void append_quoted(std::string& to, std::string_view text) {
  to += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\')
      to += '\\';
    to += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  to += '"';
}

}  // namespace

std::string_view event_text::of(const frame& what, bool chunked) {
  if (made_of_ != &what) {
    made_of_ = &what;
    std::size_t size = 1;  // of the event: its lines, and an empty one
    for_each_line(what.payload(), [&](std::string_view line) { size += data_field.size() + line.size() + 1; });
    chunk_.clear();
    append_chunk_header(chunk_, size);
    event_begin_ = chunk_.size();
    for_each_line(what.payload(),
                  [&](std::string_view line) { chunk_.append(data_field).append(line).push_back('\n'); });
    chunk_ += '\n';
    chunk_.append(line_end);
  }
  if (chunked)
    return chunk_;
  return std::string_view(chunk_).substr(event_begin_, chunk_.size() - event_begin_ - line_end.size());
}

void event_text::forget() {
  made_of_ = nullptr;
  if (chunk_.capacity() > kept_max)
    chunk_ = {};
}

std::string event_id_text(std::string_view mark, bool chunked) {
  std::string line = "id: ";
  line.append(mark).push_back('\n');
  return chunked ? as_chunk(line) : line;
}

std::string_view heartbeat_text(bool chunked) {
  return chunked ? "2\r\n:\n\r\n" : ":\n";
}

std::string close_event_text(std::uint16_t code, std::string_view reason, bool chunked) {
  std::string event = "event: close\ndata: {\"code\":" + std::to_string(code) + ",\"reason\":";
  append_quoted(event, reason);
  event += "}\n\n";
  return chunked ? as_chunk(event) + "0\r\n\r\n" : event;
}

}  // namespace carillon::edge
