#include "actors/slack_text.hpp"

#include <charconv>

namespace carillon::slack {

void append_string(std::string& out, std::string_view value) {
  static constexpr char hex[] = "0123456789abcdef";
  out += '"';
  std::size_t plain = 0;  // start of what needs no escape and is not yet copied
  for (std::size_t i = 0; i < value.size(); ++i) {
    auto c = static_cast<unsigned char>(value[i]);
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    out.append(value, plain, i - plain);
    plain = i + 1;
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
  out.append(value, plain, value.size() - plain);
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
