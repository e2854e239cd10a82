#include "actors/cursor.hpp"

#include <cstdint>

namespace carillon {
namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string encode(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j)
      group = group << 8 | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0u);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j <= bytes.size() ? alphabet[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  while (text.ends_with('='))
    text.remove_suffix(1);
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (char c : text) {
    std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos)
      return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(value)) & 0xFFFF;
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFF);
    }
  }
  return out;
}

}  // namespace

std::string make_cursor(std::string_view type, std::string_view position) {
  return encode(std::string(type) + ':' + std::string(position));
}

std::optional<std::string> read_cursor(std::string_view type, std::string_view cursor,
                                       std::size_t max_bytes) {
  if (cursor.size() > max_bytes)
    return std::nullopt;
  std::optional<std::string> plain = decode(cursor);
  if (!plain || plain->size() <= type.size() || !plain->starts_with(type) ||
      (*plain)[type.size()] != ':')
    return std::nullopt;
  return plain->substr(type.size() + 1);
}

}  // namespace carillon
