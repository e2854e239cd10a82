#include "runtime/base/form_text.hpp"

#include <algorithm>

namespace carillon {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string form_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t plus = text.find('+');
  std::size_t percent = text.find('%');
  for (std::size_t i = 0; i < text.size();) {
    if (plus < i)
      plus = text.find('+', i);
    if (percent < i)
      percent = text.find('%', i);
    const std::size_t plain = std::min({plus, percent, text.size()});
    out.append(text, i, plain - i);
    i = plain;
    if (i == text.size())
      break;
    if (text[i] == '+') {
      out += ' ';
    } else if (i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
    ++i;
  }
  return out;
}

}  // namespace carillon
