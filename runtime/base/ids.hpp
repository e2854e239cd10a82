// Names of things, as Slack writes them: one capital letter for the kind, then twelve digits of
// base 36 ("C0K3ZT9QW1B7M"). In memory and in keys an id is nine bytes: the letter and a 64-bit
// number, so that member lists and key prefixes stay small and of fixed length.
// Values; any thread.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/clock.hpp"

namespace carillon {

// The letters. They are on disk and in clients: never reused for another kind.
namespace id_kind {
inline constexpr char team = 'T';
inline constexpr char user = 'U';
inline constexpr char bot = 'B';
inline constexpr char app = 'A';
inline constexpr char channel = 'C';   // public or private channel
inline constexpr char direct = 'D';    // DM of two users
inline constexpr char group_dm = 'G';  // DM of three and more
}  // namespace id_kind

struct entity_id {
  char kind = 0;             // 0: no id
  std::uint64_t number = 0;  // < 36^12

  static constexpr std::size_t text_size = 13;
  static constexpr std::uint64_t number_end = 4738381338321616896ULL;  // 36^12

  // Accepts exactly the form above (an unknown letter is refused); anything else is nullopt.
  static std::optional<entity_id> parse(std::string_view text);

  std::string text() const;
  explicit operator bool() const { return kind != 0; }
  bool is_channel() const {
    return kind == id_kind::channel || kind == id_kind::direct || kind == id_kind::group_dm;
  }
  auto operator<=>(const entity_id&) const = default;
};

// Deterministic id of the DM among these users of one team: the same people, in any order, meet
// in the same channel, so conversations.open needs no table to be idempotent. `users` is sorted
// and freed of repeats first. Kind is direct for one (a note to self) or two users.
entity_id direct_channel_id(entity_id team, std::vector<entity_id> users);

// Slack's ts: "1700000000.000123" <-> microseconds. parse_ts takes digits, optionally a point and
// one to six digits ("1700000000" and "1700000000.5" are fine); anything else is nullopt.
std::string format_ts(timestamp ts);
std::optional<timestamp> parse_ts(std::string_view text);

}  // namespace carillon

template <>
struct std::hash<carillon::entity_id> {
  std::size_t operator()(const carillon::entity_id& id) const noexcept {
    std::uint64_t x = id.number ^ (static_cast<std::uint64_t>(id.kind) << 56);
    x ^= x >> 31;
    x *= 0x7fb5d329728ea185ULL;
    x ^= x >> 27;
    return static_cast<std::size_t>(x);
  }
};
