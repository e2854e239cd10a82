// Which rows of a full outbox give way: those of who has most of them, so that nobody's many cost another one
// the few. Of theirs what is held goes first, then what is only shown, then what waits, each the oldest first;
// for an old push is worth least. Pure.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "actors/slot/push_row.hpp"

namespace carillon {

class push_shares {
public:
  enum class rank : std::uint8_t { held, shown, waiting };

  void add(const push_key& key, rank what, timestamp at);
  void remove(const push_key& key, rank what, timestamp at);
  std::size_t count(rank what) const { return counts_[static_cast<std::size_t>(what)]; }

  // As many as are to give way, or as there are; none of `spared`.
  struct victim {
    push_key key;
    rank what = rank::held;
  };
  std::vector<victim> give_way(std::size_t many, const std::set<push_key>& spared) const;

private:
  struct place {
    rank what = rank::held;
    timestamp at = 0;
    entity_id channel;
    auto operator<=>(const place&) const = default;
  };
  using places = std::set<place>;
  // Who has so many rows, and which is their first to go; the first of these loses it.
  struct stand {
    std::size_t rows = 0;
    place first;
    std::uint64_t user = 0;
    bool operator<(const stand& other) const;
  };
  template <class Change>
  void change(std::uint64_t user, Change what);

  std::map<std::uint64_t, places> people_;  // none is empty
  std::set<stand> order_;
  std::array<std::size_t, 3> counts_{};
};

}  // namespace carillon
