#include "runtime/base/ids.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "runtime/base/hash.hpp"
#include "runtime/base/ts_text.hpp"

namespace carillon {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kinds = "TUBACDG";

// Every post turns ids into text and back some fifteen times: two digits at a step, and what a
// character stands for by one look.
constexpr std::size_t pair_count = 36 * 36;
constexpr auto digit_pairs = [] {
  std::array<char, 2 * pair_count> pairs{};
  for (std::size_t pair = 0; pair < pair_count; ++pair) {
    pairs[2 * pair] = digits[pair / 36];
    pairs[2 * pair + 1] = digits[pair % 36];
  }
  return pairs;
}();

constexpr std::uint8_t no_digit = 0x80;  // no digit's value has that bit
constexpr auto digit_values = [] {
  std::array<std::uint8_t, 256> values{};
  values.fill(no_digit);
  for (std::size_t value = 0; value < digits.size(); ++value)
    values[static_cast<unsigned char>(digits[value])] = static_cast<std::uint8_t>(value);
  return values;
}();

}  // namespace

std::optional<entity_id> entity_id::parse(std::string_view text) {
  if (text.size() != text_size || kinds.find(text[0]) == std::string_view::npos)
    return std::nullopt;
  std::uint64_t number = 0;
  std::uint8_t seen = 0;  // all values or'ed: whether one of them was none
  for (std::size_t i = 1; i < text_size; ++i) {
    const std::uint8_t value = digit_values[static_cast<unsigned char>(text[i])];
    seen |= value;
    number = number * 36 + value;  // 36^12 < 2^63: of digits it cannot overflow
  }
  if (seen & no_digit)
    return std::nullopt;
  return entity_id{text[0], number};
}

std::string entity_id::text() const {
  if (kind == 0)
    return {};
  std::string out(text_size, '0');
  out[0] = kind;
  std::uint64_t rest = number;
  static_assert(text_size % 2 == 1, "behind the kind stand whole pairs");
  for (std::size_t i = text_size; i > 1; i -= 2) {
    std::memcpy(&out[i - 2], &digit_pairs[2 * (rest % pair_count)], 2);
    rest /= pair_count;
  }
  return out;
}

entity_id direct_channel_id(entity_id team, std::vector<entity_id> users) {
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  std::string key = team.text();
  for (const entity_id& user : users)
    key += user.text();
  char kind = users.size() <= 2 ? id_kind::direct : id_kind::group_dm;
  return entity_id{kind, stable_hash(key, 0x6469726563740000ULL) % entity_id::number_end};
}

std::string format_ts(timestamp ts) {
  return std::string(ts_text(ts).view());
}

std::optional<timestamp> parse_ts(std::string_view text) {
  std::size_t point = text.find('.');
  std::string_view seconds_text = text.substr(0, point);
  // Eleven digits of seconds reach the year 5138 and cannot overflow when multiplied below.
  if (seconds_text.empty() || seconds_text.size() > 11)
    return std::nullopt;
  std::uint64_t seconds = 0;
  auto [end, failure] =
      std::from_chars(seconds_text.data(), seconds_text.data() + seconds_text.size(), seconds);
  if (failure != std::errc{} || end != seconds_text.data() + seconds_text.size())
    return std::nullopt;
  std::uint64_t micros = 0;
  if (point != std::string_view::npos) {
    std::string_view fraction = text.substr(point + 1);
    if (fraction.empty() || fraction.size() > 6)
      return std::nullopt;
    for (std::size_t i = 0; i < 6; ++i) {
      char c = i < fraction.size() ? fraction[i] : '0';
      if (c < '0' || c > '9')
        return std::nullopt;
      micros = micros * 10 + static_cast<std::uint64_t>(c - '0');
    }
  }
  return seconds * 1'000'000 + micros;
}

}  // namespace carillon
