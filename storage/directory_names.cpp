#include "storage/directory_names.hpp"

#include <cstdint>

namespace carillon::storage {
namespace {

constexpr std::size_t domain_max_bytes = 60;  // leaves room for "-2" in a DNS label of 63

// The small letter of a capital of two UTF-8 bytes (U+0080..U+07FF); others as they are.
std::uint32_t small_letter(std::uint32_t letter) {
  bool latin = letter >= 0xc0 && letter <= 0xde && letter != 0xd7;  // À..Þ without ×
  bool greek = letter >= 0x391 && letter <= 0x3a9;                  // Α..Ω
  bool cyrillic = letter >= 0x410 && letter <= 0x42f;               // А..Я
  if (latin || greek || cyrillic)
    return letter + 0x20;
  if (letter >= 0x400 && letter <= 0x40f)  // Ѐ..Џ
    return letter + 0x50;
  return letter;
}

char small_ascii(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::string fold_case(std::string_view name) {
  std::string out;
  out.reserve(name.size());
  for (std::size_t i = 0; i < name.size(); ++i) {
    auto first = static_cast<unsigned char>(name[i]);
    auto second = i + 1 < name.size() ? static_cast<unsigned char>(name[i + 1]) : 0U;
    if (first >= 0xc2 && first <= 0xdf && (second & 0xc0U) == 0x80U) {
      std::uint32_t letter = small_letter((first & 0x1fU) << 6 | (second & 0x3fU));
      out += static_cast<char>(0xc0U | letter >> 6);
      out += static_cast<char>(0x80U | (letter & 0x3fU));
      ++i;
    } else {
      out += small_ascii(name[i]);
    }
  }
  return out;
}

std::string domain_of(std::string_view team_name) {
  std::string out;
  bool dash = false;
  for (char any : team_name) {
    char c = small_ascii(any);
    bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (!plain) {
      dash = !out.empty();
      continue;
    }
    if (out.size() + (dash ? 2 : 1) > domain_max_bytes)
      break;
    if (dash)
      out += '-';
    dash = false;
    out += c;
  }
  return out.empty() ? "team" : out;
}

}  // namespace carillon::storage
