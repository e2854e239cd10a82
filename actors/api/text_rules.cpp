#include "actors/api/text_rules.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace carillon::api {
namespace {

constexpr std::size_t handle_max_characters = 80;

struct code_point {
  char32_t value = 0;
  std::size_t bytes = 0;  // 0: not well-formed
};

// Unicode 15, table 3-7: the second byte's range depends on the first, the others are 80..BF.
code_point decode(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  if (first < 0x80)
    return {first, 1};
  std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                       : first >= 0xE0 && first <= 0xEF ? 3
                       : first >= 0xF0 && first <= 0xF4 ? 4
                                                        : 0;
  if (length == 0 || text.size() < length)
    return {};
  unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (byte(1) < low || byte(1) > high)
    return {};
  char32_t value = first & (0xFF >> (length + 1));
  value = value << 6 | (byte(1) & 0x3F);
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF)
      return {};
    value = value << 6 | (byte(i) & 0x3F);
  }
  return {value, length};
}

bool between(char32_t c, char32_t first, char32_t last) {
  return c >= first && c <= last;
}

// Beyond ASCII: capitals of the scripts that have case and are likely in a name. Latin Extended-A
// alternates capital and small letter, with the parity turning twice.
bool is_capital(char32_t c) {
  if (between(c, 0xC0, 0xDE))
    return c != 0xD7;
  if (between(c, 0x100, 0x137) || between(c, 0x14A, 0x177))
    return c % 2 == 0;
  if (between(c, 0x139, 0x148) || between(c, 0x178, 0x17E))
    return c % 2 == 1 || c == 0x178;
  return between(c, 0x386, 0x38F) || between(c, 0x391, 0x3AB) || between(c, 0x400, 0x42F);
}

// Blanks, controls, punctuation and pictures; what remains is letters, marks and digits.
bool is_sign(char32_t c) {
  return between(c, 0x80, 0xA9) || between(c, 0xAB, 0xB1) || c == 0xB4 || between(c, 0xB6, 0xB8) ||
         c == 0xBB || c == 0xBF || c == 0xD7 || c == 0xF7 || between(c, 0x2000, 0x206F) ||
         between(c, 0x20A0, 0x20CF) || between(c, 0x2190, 0x2BFF) || between(c, 0x2E00, 0x2E7F) ||
         between(c, 0x3000, 0x3004) || between(c, 0x3008, 0x3020) || c == 0x3030 ||
         between(c, 0xD800, 0xF8FF) || between(c, 0xFE00, 0xFE0F) || between(c, 0xFE30, 0xFE6F) ||
         between(c, 0xFEFF, 0xFF0F) || between(c, 0xFF1A, 0xFF20) || between(c, 0xFFE0, 0xFFFF) ||
         between(c, 0x1F000, 0x1FAFF) || c >= 0xE0000;
}

bool is_name_letter(char32_t c) {
  if (c < 0x80)
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
  return !is_capital(c) && !is_sign(c);
}

// Nearly all text is ASCII, and then eight bytes are looked at together: none above 0x7F, none zero.
void skip_plain_ascii(std::string_view& text) {
  constexpr std::uint64_t ones = 0x0101010101010101, high = ones * 0x80;
  std::uint64_t eight;
  while (text.size() >= sizeof eight) {
    std::memcpy(&eight, text.data(), sizeof eight);
    if (((eight | (eight - ones)) & high) != 0)
      return;
    text.remove_prefix(sizeof eight);
  }
}

}  // namespace

bool is_clean_text(std::string_view text) {
  for (skip_plain_ascii(text); !text.empty();) {
    auto c = static_cast<unsigned char>(text[0]);
    if (c == 0)
      return false;
    std::size_t bytes = c < 0x80 ? 1 : decode(text).bytes;
    if (bytes == 0)
      return false;
    text.remove_prefix(bytes);
    if (c >= 0x80)
      skip_plain_ascii(text);
  }
  return true;
}

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // not a continuation byte
  }));
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::string ascii_lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z')
      c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 64));
  for (char& c : out)
    if (c < 0x20 || c > 0x7E)
      c = '?';
  return out;
}

status check_channel_name(std::string_view name, std::size_t most) {
  if (name.empty())
    return errc::invalid_name_required;
  if (count_characters(name) > most)
    return make_error(errc::invalid_name_maxlength, std::to_string(most) + " characters at most");
  bool letters = false;
  for (std::string_view rest = name; !rest.empty();) {
    code_point next = decode(rest);
    if (next.bytes == 0)
      return errc::invalid_utf8;
    bool letter = is_name_letter(next.value);
    if (!letter && next.value != '-' && next.value != '_')
      return make_error(errc::invalid_name_specials, "lower case letters, digits, - and _ only");
    letters = letters || letter;
    rest.remove_prefix(next.bytes);
  }
  if (!letters)
    return errc::invalid_name_punctuation;
  return ok;
}

bool is_email(std::string_view text) {
  std::size_t at = text.find('@');
  if (text.size() > 254 || at == std::string_view::npos || at == 0 ||
      text.find('@', at + 1) != std::string_view::npos)
    return false;
  std::string_view domain = text.substr(at + 1);
  bool blank = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == ',' || c == '<' || c == '>';
  });
  if (blank || domain.empty() || domain.front() == '.' || domain.back() == '.')
    return false;
  return domain == "localhost" || domain.find('.') != std::string_view::npos;
}

std::string handle_of(std::string_view name) {
  std::string out;
  std::size_t characters = 0;
  std::string lower = ascii_lower(std::string(trimmed(name)));
  for (std::string_view rest = lower; !rest.empty() && characters < handle_max_characters;) {
    code_point next = decode(rest);
    if (next.bytes == 0)
      break;
    std::string_view bytes = rest.substr(0, next.bytes);
    rest.remove_prefix(next.bytes);
    bool sign = next.value == '-' || next.value == '_' || next.value == '.';
    if (next.value == ' ')
      bytes = ".";
    else if (!sign && !is_name_letter(next.value) && !is_capital(next.value))
      continue;
    out += bytes;
    ++characters;
  }
  return out.empty() ? "user" : out;
}

void append_percent_encoded(std::string& to, std::string_view text) {
  constexpr char digits[] = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
        c == '.' || c == '_' || c == '~') {
      to += c;
      continue;
    }
    to += '%';
    to += digits[byte >> 4];
    to += digits[byte & 15];
  }
}

}  // namespace carillon::api
