// A timestamp as Slack writes it, "1700000000.000123", without a string of its own: seventeen
// characters are more than a std::string holds in place, and every message has some. A value; any
// thread. format_ts (ids.hpp) makes a string of it.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/base/clock.hpp"

namespace carillon {

class ts_text {
public:
  explicit ts_text(timestamp ts) {
    char* at = std::to_chars(text_, text_ + seconds_max, ts / 1'000'000).ptr;
    *at = '.';
    auto micros = static_cast<std::uint32_t>(ts % 1'000'000);
    for (int digit = 6; digit > 0; --digit) {
      at[digit] = static_cast<char>('0' + micros % 10);
      micros /= 10;
    }
    size_ = static_cast<std::size_t>(at + 7 - text_);
  }

  std::string_view view() const { return {text_, size_}; }

private:
  static constexpr std::size_t seconds_max = 20;  // digits of any 64 bits

  char text_[seconds_max + 7];
  std::size_t size_ = 0;
};

}  // namespace carillon
