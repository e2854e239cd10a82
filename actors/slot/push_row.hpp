// One row of the outbox of pushes, as news join it and what it speaks of is read. Pure.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/push_items.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

// The newest of one row; older ones are only counted.
inline constexpr std::size_t push_row_items_max = 16;

struct push_key {
  std::uint64_t user = 0;
  entity_id channel;
  auto operator<=>(const push_key&) const = default;
};

struct push_news {
  push_key key;
  std::vector<wire::push_item> items;     // each once, in any order
  std::vector<std::string> devices;       // to be told of them; none without items
  std::vector<timestamp> withdrawn;       // messages that speak of the user no more
  bool held = false;                      // a connection of theirs shows the items, unless that is dead
};

bool is_waiting(const wire::push_row& row);  // somebody is to be told something
bool is_shown(const wire::push_row& row);    // all are told, and somebody shows it still
inline bool is_over(const wire::push_row& row) { return !is_waiting(row) && !is_shown(row); }

// The row with the news in it.
wire::push_row joined(wire::push_row row, const push_news& news, timestamp now);
// The user has read the channel up to `last_read`: what is left of it. What is shown and read is to be taken
// away.
wire::push_row read_until(wire::push_row row, timestamp last_read, timestamp now);
// When items came, by their seq, as far as is known.
using push_times = std::map<std::uint64_t, timestamp>;
// A connection of theirs showed what came until then: that is only counted. `at` becomes that of the first
// that is left to tell. Of an item the time of its message counts, but none after that at which it came.
wire::push_row seen_until(wire::push_row row, timestamp seen, const push_times& came);
// Nothing of it is their business any more.
wire::push_row withdrawn(wire::push_row row, timestamp now);
// Its news need not be told: what was told before stays.
wire::push_row without_news(wire::push_row row);
// Nobody waits for its news any more: they are counted until they are read.
void count_only(wire::push_row& row);
// Of its items up to `upto` those that are unread and others', with their times.
void keep_unread(wire::push_row& row, std::uint64_t upto, const std::vector<wire::push_item>& unread);

}  // namespace carillon
