#include "storage/crc32c.hpp"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace carillon::storage {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t x = byte;
    for (int bit = 0; bit < 8; ++bit)
      x = x & 1 ? x >> 1 ^ 0x82f63b78u : x >> 1;  // the polynomial, bits reversed
    table[byte] = x;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> crc_table = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32c_by_instruction(std::string_view bytes,
                                                                      std::uint32_t before) {
  std::uint64_t x = ~before;
  const char* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; at += 8, left -= 8) {
    std::uint64_t word;
    std::memcpy(&word, at, 8);
    x = _mm_crc32_u64(x, word);
  }
  auto low = static_cast<std::uint32_t>(x);
  for (; left > 0; ++at, --left)
    low = _mm_crc32_u8(low, static_cast<unsigned char>(*at));
  return ~low;
}
#endif

}  // namespace

std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t before) {
  std::uint32_t x = ~before;
  for (char c : bytes)
    x = x >> 8 ^ crc_table[(x ^ static_cast<unsigned char>(c)) & 0xff];
  return ~x;
}

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2");
  if (has_instruction)
    return crc32c_by_instruction(bytes, before);
#endif
  return crc32c_by_table(bytes, before);
}

}  // namespace carillon::storage
