#include "tools/chaos/svg.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace carillon::chaos {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "\xE2\x80\xA6";

// How many bytes the character at the text's beginning has; 0: it is not UTF-8, or not for XML.
std::size_t character_length(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80)
    return byte(0) >= 0x20 || byte(0) == '\t' || byte(0) == '\n' || byte(0) == '\r' ? 1 : 0;
  const std::size_t length = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < length)
    return 0;
  std::uint32_t code = byte(0) & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80)
      return 0;
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::uint32_t shortest[] = {0, 0, 0x80, 0x800, 0x10000};
  bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < shortest[length] || code > 0x10FFFF || is_surrogate || code == 0xFFFE || code == 0xFFFF)
    return 0;
  return length;
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

// Of the font's size, in the usual sans-serif fonts.
double width_of(char c) {
  if (!begins_character(c))
    return 0;
  if (std::string_view(" .,:;'|!iIjl()[]/").find(c) != std::string_view::npos)
    return 0.36;
  if (c == 'm' || c == 'w' || c == '%' || c == '@' || (c >= 'A' && c <= 'Z'))
    return c == 'm' || c == 'M' || c == 'W' || c == '%' || c == '@' ? 0.95 : 0.74;
  return static_cast<unsigned char>(c) >= 0xE3 ? 1 : 0.58; // the former: wide scripts
}

} // namespace

std::string join(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (std::string_view part : parts)
    whole.append(part);
  return whole;
}

std::string escape_xml(std::string_view text) {
  std::string safe;
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    switch (text[0]) {
    case '&': safe.append("&amp;"); break;
    case '<': safe.append("&lt;"); break;
    case '>': safe.append("&gt;"); break;
    case '"': safe.append("&quot;"); break;
    case '\'': safe.append("&#39;"); break;
    default: safe.append(length == 0 ? replacement : text.substr(0, length));
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return safe;
}

std::string number_text(double value, int decimals) {
  char digits[352]; // the longest double, without an exponent
  auto end = std::to_chars(digits, digits + sizeof digits, value, std::chars_format::fixed, decimals);
  std::string text(digits, end.ptr);
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
      text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string count_text(double value) {
  std::string text = number_text(value, 0);
  for (std::size_t at = text.size(); at > 3 && text[at - 4] != '-'; at -= 3)
    text.insert(at - 3, 1, ',');
  return text;
}

double width_of(std::string_view text, double font_size) {
  double sum = 0;
  for (char c : text)
    sum += width_of(c);
  return sum * font_size;
}

std::string shorten(std::string_view text, double width, double font_size) {
  if (width_of(text, font_size) <= width)
    return std::string(text);
  double room = width / font_size - 1; // for the dots
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    room -= width_of(text[end]);
    if (room < 0)
      break;
  }
  while (end > 0 && !begins_character(text[end]))
    --end;
  while (end > 0 && text[end - 1] == ' ')
    --end;
  return join({text.substr(0, end), ellipsis});
}

void drawing::rect(const box& where, std::string_view look, std::string_view hint) {
  elements_ += join({"<rect x=\"", number_text(where.x), "\" y=\"", number_text(where.y), "\" width=\"",
                     number_text(where.width), "\" height=\"", number_text(where.height), "\" ", look});
  if (hint.empty())
    elements_ += "/>\n";
  else
    elements_ += join({"><title>", escape_xml(hint), "</title></rect>\n"});
}

void drawing::text(double x, double y, std::string_view words, std::string_view look) {
  elements_ += join({"<text x=\"", number_text(x), "\" y=\"", number_text(y), "\" ", look, ">",
                     escape_xml(words), "</text>\n"});
}

void drawing::path(std::string_view steps, std::string_view look) {
  if (!steps.empty())
    elements_ += join({"<path d=\"", steps, "\" ", look, "/>\n"});
}

void drawing::horizontal(double x, double y, double length, std::string_view look) {
  path(join({"M", number_text(x), " ", number_text(y), "h", number_text(length)}), look);
}

void drawing::vertical(double x, double y, double length, std::string_view look) {
  path(join({"M", number_text(x), " ", number_text(y), "v", number_text(length)}), look);
}

std::string drawing::finish(double width, double height, std::string_view title,
                            std::string_view style) const {
  return join({"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
               "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 ",
               number_text(width), " ", number_text(height), "\" style=\"width:100%;height:auto;max-width:",
               number_text(width * 1.5), "px;display:block;margin:0 auto;background:#fff\">\n<title>",
               escape_xml(title), "</title>\n<style>", style, "</style>\n", elements_, "</svg>\n"});
}

} // namespace carillon::chaos
