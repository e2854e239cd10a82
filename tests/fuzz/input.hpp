// What a fuzz target gets, taken apart: a few numbers from the front decide what is done, the rest is
// what the parser reads. A text file with such a front is a readable corpus entry.
//
// A target states what must hold with ENSURE, and returns. It holds no state that one input could
// leave for the next, so that a finding repeats by itself.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "runtime/base/ensure.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace carillon::fuzz {

class input {
public:
  input(const std::uint8_t* data, std::size_t size)
      : rest_(reinterpret_cast<const char*>(data), size) {}

  bool empty() const { return rest_.empty(); }

  // 0 when nothing is left.
  std::uint8_t byte() {
    if (rest_.empty())
      return 0;
    const auto out = static_cast<std::uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return out;
  }
  std::uint64_t number(int bytes) {
    std::uint64_t out = 0;
    for (int i = 0; i < bytes; ++i)
      out = out << 8 | byte();
    return out;
  }
  // At most `most` bytes, by the next number; fewer at the end.
  std::string_view text(std::size_t most) {
    const std::size_t wanted = number(most > 255 ? 2 : 1) % (most + 1);
    const std::string_view out = rest_.substr(0, wanted);
    rest_.remove_prefix(out.size());
    return out;
  }
  std::string_view rest() const { return rest_; }

private:
  std::string_view rest_;
};

// `text` as a network might deliver it: cut into pieces by `seed`, single bytes among them, the last of
// `most_pieces` with all that is left. 0: whole.
inline std::vector<std::string_view> pieces_of(std::string_view text, std::uint64_t seed,
                                               std::size_t most_pieces = ~std::size_t{0}) {
  std::vector<std::string_view> out;
  std::uint64_t state = seed * 0x9e3779b97f4a7c15ULL;
  while (!text.empty()) {
    state ^= state >> 27;
    state *= 0x2545f4914f6cdd1dULL;
    const std::size_t wanted = (state >> 40) % 3 == 0 ? 1 : 1 + (state >> 44) % 64;
    const bool last = seed == 0 || out.size() + 1 == most_pieces;
    const std::size_t size = last ? text.size() : std::min(text.size(), wanted);
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

}  // namespace carillon::fuzz
