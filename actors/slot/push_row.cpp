#include "actors/slot/push_row.hpp"

#include <algorithm>

namespace carillon {
namespace {

template <class List>
bool contains(const List& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

// Of those that go, what the inbox does not count is counted here.
void keep_newest(wire::push_row& row) {
  auto& items = *row.mutable_items();
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.seq() < b.seq(); });
  const int too_many = items.size() - static_cast<int>(push_row_items_max);
  if (too_many <= 0)
    return;
  const auto counted = std::count_if(items.begin(), items.begin() + too_many,
                                     [](const auto& each) { return !is_counted_by_inbox(each.kind()); });
  row.set_more(row.more() + static_cast<std::uint32_t>(counted));
  items.DeleteSubrange(0, too_many);
}

// It may speak of the user in more than one way.
void add_item(wire::push_row& row, const wire::push_item& item) {
  auto& items = *row.mutable_items();
  const auto same = std::find_if(items.begin(), items.end(), [&](const auto& each) { return each.seq() == item.seq(); });
  if (same == items.end())
    *row.add_items() = item;
  else if (is_counted_by_inbox(item.kind()))
    *same = item;
}

void forget_items(wire::push_row& row) {
  row.clear_items();
  row.set_more(0);
}

// Nothing is left to tell: who shows it is to take it away.
void take_away(wire::push_row& row, timestamp now) {
  forget_items(row);
  row.clear_devices();
  if (row.told_size() == 0)
    return;
  row.mutable_devices()->Swap(row.mutable_told());
  row.set_clear(true);
  row.set_at(now);
}

}  // namespace

bool is_waiting(const wire::push_row& row) {
  return row.devices_size() > 0;
}

bool is_shown(const wire::push_row& row) {
  return row.devices_size() == 0 && row.told_size() > 0;
}

wire::push_row joined(wire::push_row row, const push_news& news, timestamp now) {
  for (const timestamp ts : news.withdrawn) {
    auto& items = *row.mutable_items();
    const auto kept = std::remove_if(items.begin(), items.end(), [&](const auto& each) { return each.ts() == ts; });
    if (kept == items.end())
      continue;
    items.erase(kept, items.end());
    if (!has_news(row) && news.items.empty())
      row.clear_devices();
    if (items.empty() && row.more() == 0 && news.items.empty() && !row.clear())
      take_away(row, now);  // all that is shown was deleted
  }
  if (news.items.empty())
    return row;
  if (row.clear()) {  // it is shown again instead of taken away
    row.set_clear(false);
    row.mutable_told()->Swap(row.mutable_devices());
    row.clear_devices();
  }
  if (!has_news(row))
    row.set_at(now);
  for (const auto& item : news.items)
    add_item(row, item);
  keep_newest(row);
  for (const auto& device : news.devices)
    if (!contains(row.devices(), device))
      row.add_devices(device);
  return row;
}

wire::push_row read_until(wire::push_row row, timestamp last_read, timestamp now) {
  if (row.clear())
    return row;
  std::uint64_t read = row.told_ts() <= last_read ? row.told_seq() : 0;
  for (const auto& item : row.items())
    if (item.ts() != 0 && item.ts() <= last_read)
      read = std::max(read, item.seq());
  auto& items = *row.mutable_items();
  // Who has read one has read those before it, also where their times are not known.
  items.erase(std::remove_if(items.begin(), items.end(), [&](const auto& each) { return each.seq() <= read; }),
              items.end());
  if (read != 0)
    row.set_more(0);
  if (items.empty() && row.told_ts() <= last_read)
    take_away(row, now);
  return row;
}

// Who has seen one has seen those before it.
wire::push_row seen_until(wire::push_row row, timestamp seen, const push_times& came) {
  if (row.clear() || !is_waiting(row))
    return row;
  const auto time_of = [&](const wire::push_item& item) {
    const auto known = came.find(item.seq());
    const timestamp at = known == came.end() ? row.at() : known->second;
    return item.ts() == 0 ? at : known == came.end() ? item.ts() : std::min(item.ts(), at);
  };
  std::uint64_t told = row.told_seq();
  for (const auto& item : row.items())
    if (time_of(item) <= seen)
      told = std::max(told, item.seq());
  const auto left = std::find_if(row.items().begin(), row.items().end(), [&](const auto& each) { return each.seq() > told; });
  if (left == row.items().end())
    row.clear_devices();
  else if (told != row.told_seq())
    row.set_at(time_of(*left));
  row.set_told_seq(told);
  return row;
}

wire::push_row withdrawn(wire::push_row row, timestamp now) {
  if (!row.clear())
    take_away(row, now);
  return row;
}

wire::push_row without_news(wire::push_row row) {
  auto& items = *row.mutable_items();
  items.erase(std::remove_if(items.begin(), items.end(), [&](const auto& each) { return each.seq() > row.told_seq(); }),
              items.end());
  row.clear_devices();
  return row;
}

void count_only(wire::push_row& row) {
  if (!row.items().empty())
    row.set_told_seq(std::max(row.told_seq(), row.items().rbegin()->seq()));
}

void keep_unread(wire::push_row& row, std::uint64_t upto, const std::vector<wire::push_item>& unread) {
  auto& items = *row.mutable_items();
  const auto find = [&](const wire::push_item& item) {
    return std::find_if(unread.begin(), unread.end(), [&](const auto& each) { return each.seq() == item.seq(); });
  };
  items.erase(std::remove_if(items.begin(), items.end(),
                             [&](const auto& each) { return each.seq() <= upto && find(each) == unread.end(); }),
              items.end());
  for (auto& item : items)
    if (const auto known = find(item); known != unread.end())
      item.set_ts(known->ts());
}

}  // namespace carillon
