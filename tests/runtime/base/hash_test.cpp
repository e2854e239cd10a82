// Known answers of the hash that placement and DM ids stand on. They were computed by a second,
// independent implementation of the two published algorithms and never change: data is where these
// numbers say.
#include <doctest/doctest.h>

#include <set>

#include "runtime/base/hash.hpp"

namespace carillon {

static_assert(stable_hash("") == 0xefd01f60ba992926ULL, "also at compile time");

TEST_CASE("hash: known answers") {
  CHECK(stable_hash("") == 0xefd01f60ba992926ULL);
  CHECK(stable_hash("a") == 0x82a2a958a9bece5bULL);
  CHECK(stable_hash("carillon") == 0x29afdaf0a8c93decULL);
  CHECK(stable_hash("C0K3ZT9QW1B7M") == 0x078de327d2130fa7ULL);
}

TEST_CASE("hash: another seed is another hash") {
  CHECK(stable_hash("", 1) == 0x12aa8dd8fb8b9885ULL);
  CHECK(stable_hash("carillon", 1) == 0xfa5787f9a0eae0bfULL);
}

TEST_CASE("hash: bytes above 127 count as what they are, whatever the sign of char") {
  CHECK(stable_hash("\x80") != stable_hash(std::string_view("\0", 1)));
  std::set<std::uint64_t> seen;
  for (int byte = 0; byte < 256; ++byte) {
    char c = static_cast<char>(byte);
    seen.insert(stable_hash({&c, 1}));
  }
  CHECK(seen.size() == 256);
}

TEST_CASE("hash: one bit of input moves about half of the bits of the result") {
  int moved = 0;
  int rounds = 0;
  for (int byte = 0; byte < 128; ++byte) {
    for (int bit = 0; bit < 7; ++bit, ++rounds) {
      std::string one{"C0000000000", 11};
      std::string other = one;
      one.push_back(static_cast<char>(byte));
      other.push_back(static_cast<char>(byte ^ (1 << bit)));
      moved += __builtin_popcountll(stable_hash(one) ^ stable_hash(other));
    }
  }
  CHECK(moved / rounds >= 30);
  CHECK(moved / rounds <= 34);
}

}  // namespace carillon
