#include "actors/slack_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "runtime/base/ts_text.hpp"

namespace carillon::slack {
namespace {

bool needs_escape(unsigned char c) {
  return c < 0x20 || c == '"' || c == '\\';
}

// Whether any of eight bytes needs an escape: a subtraction that has to borrow sets its byte's
// highest bit (Bit Twiddling Hacks, "Determine if a word has a byte less than n"). A borrow goes on
// only from a byte that is one: of all eight the answer is exact.
bool any_needs_escape(std::uint64_t eight) {
  constexpr std::uint64_t ones = 0x0101010101010101, high = ones * 0x80;
  auto has_zero = [](std::uint64_t word) { return (word - ones) & ~word; };
  return ((((eight - ones * 0x20) & ~eight) | has_zero(eight ^ (ones * '"')) |
           has_zero(eight ^ (ones * '\\'))) &
          high) != 0;
}

// The first place from `from` on that needs an escape; size() when there is none.
std::size_t next_escape(std::string_view value, std::size_t from) {
  std::uint64_t eight;
  for (; from + sizeof eight <= value.size(); from += sizeof eight) {
    std::memcpy(&eight, value.data() + from, sizeof eight);
    if (any_needs_escape(eight))
      break;
  }
  while (from < value.size() && !needs_escape(static_cast<unsigned char>(value[from])))
    ++from;
  return from;
}

}  // namespace

void append_string(std::string& out, std::string_view value) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  for (std::size_t plain = 0;;) {
    const std::size_t end = next_escape(value, plain);
    out.append(value, plain, end - plain);
    if (end == value.size())
      break;
    plain = end + 1;
    const auto c = static_cast<unsigned char>(value[end]);
    switch (c) {
    case '"':
      out += "\\\"";
      break;
    case '\\':
      out += "\\\\";
      break;
    case '\n':
      out += "\\n";
      break;
    case '\r':
      out += "\\r";
      break;
    case '\t':
      out += "\\t";
      break;
    default:
      out += "\\u00";
      out += hex[c >> 4];
      out += hex[c & 15];
    }
  }
  out += '"';
}

void append_json(std::string& out, std::string_view json) {
  std::size_t start = out.size();
  out += json;
  for (std::size_t i = start; i < out.size(); ++i)
    if (out[i] == '\n' || out[i] == '\r')
      out[i] = ' ';
}

// Fields are put together in place: growing a string is the same work for a byte as for a hundred.
// Returns where the value goes, `room` bytes; keys are our own field names, with nothing to escape.
char* object_text::begin_field(std::string_view key, std::size_t room) {
  const std::size_t at = out_.size();
  out_.resize(at + key.size() + 3 + (first_ ? 0 : 1) + room);
  char* to = out_.data() + at;
  if (!first_)
    *to++ = ',';
  first_ = false;
  *to++ = '"';
  to = std::copy(key.begin(), key.end(), to);
  *to++ = '"';
  *to++ = ':';
  return to;
}

void object_text::name(std::string_view key) {
  begin_field(key, 0);
}

void object_text::string(std::string_view key, std::string_view value) {
  if (next_escape(value, 0) != value.size()) {
    name(key);
    append_string(out_, value);
    return;
  }
  char* to = begin_field(key, value.size() + 2);
  *to++ = '"';
  to = std::copy(value.begin(), value.end(), to);
  *to = '"';
}

void object_text::ts(std::string_view key, timestamp value) {
  const ts_text text(value);
  char* to = begin_field(key, text.view().size() + 2);
  *to++ = '"';
  to = std::copy(text.view().begin(), text.view().end(), to);
  *to = '"';
}

void object_text::number(std::string_view key, std::uint64_t value) {
  char digits[20];
  const char* end = std::to_chars(digits, digits + sizeof digits, value).ptr;  // twenty hold every value
  std::copy(static_cast<const char*>(digits), end,
            begin_field(key, static_cast<std::size_t>(end - digits)));
}

void object_text::boolean(std::string_view key, bool value) {
  name(key);
  out_ += value ? "true" : "false";
}

}  // namespace carillon::slack
