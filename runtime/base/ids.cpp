#include "runtime/base/ids.hpp"

#include <algorithm>
#include <charconv>

#include "runtime/base/hash.hpp"
#include "runtime/base/ts_text.hpp"

namespace carillon {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kinds = "TUBACDG";

int digit_value(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'A' && c <= 'Z')
    return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<entity_id> entity_id::parse(std::string_view text) {
  if (text.size() != text_size || kinds.find(text[0]) == std::string_view::npos)
    return std::nullopt;
  std::uint64_t number = 0;
  for (char c : text.substr(1)) {
    int value = digit_value(c);
    if (value < 0)
      return std::nullopt;
    number = number * 36 + static_cast<std::uint64_t>(value);  // 36^12 < 2^63: cannot overflow
  }
  return entity_id{text[0], number};
}

std::string entity_id::text() const {
  if (kind == 0)
    return {};
  std::string out(text_size, '0');
  out[0] = kind;
  std::uint64_t rest = number;
  for (std::size_t i = text_size - 1; i > 0; --i) {
    out[i] = digits[rest % 36];
    rest /= 36;
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
