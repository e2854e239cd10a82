#include "runtime/base/random.hpp"

#include <sodium.h>

namespace carillon {

std::uint64_t secure_random::next() {
  std::uint64_t out = 0;
  randombytes_buf(&out, sizeof out);
  return out;
}

std::string random_bytes(std::size_t bytes) {
  std::string out(bytes, '\0');
  randombytes_buf(out.data(), out.size());
  return out;
}

}  // namespace carillon
