// A 64-bit hash whose values are fixed for ever: slots, DM ids and placement depend on it. FNV-1a
// over the bytes, then the finaliser of MurmurHash3 so that every input bit reaches the high and
// low bits of the result. Pinned by known answers in tests/runtime/base/hash_test.cpp.
// Not for hash tables fed by strangers, not for secrets.
#pragma once

#include <cstdint>
#include <string_view>

namespace carillon {

inline constexpr std::uint64_t stable_hash(std::string_view bytes, std::uint64_t seed = 0) {
  std::uint64_t x = 0xcbf29ce484222325ULL ^ seed;
  for (char c : bytes) {
    x ^= static_cast<unsigned char>(c);
    x *= 0x100000001b3ULL;
  }
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccdULL;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53ULL;
  x ^= x >> 33;
  return x;
}

}  // namespace carillon
