#include "actors/slack_text.hpp"

#include <charconv>
#include <cstring>

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

void object_text::name(std::string_view key) {
  if (!first_)
    out_ += ',';
  first_ = false;
  out_ += '"';
  out_ += key;  // our own field names: nothing to escape
  out_ += "\":";
}

void object_text::number(std::string_view key, std::uint64_t value) {
  char digits[20];
  auto [end, failure] = std::to_chars(digits, digits + sizeof digits, value);
  static_cast<void>(failure);  // twenty digits hold every value
  name(key);
  out_.append(digits, end);
}

void object_text::boolean(std::string_view key, bool value) {
  name(key);
  out_ += value ? "true" : "false";
}

}  // namespace carillon::slack
