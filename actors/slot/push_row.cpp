#include "actors/slot/push_row.hpp"

#include <algorithm>

namespace carillon {
namespace {

template <class List>
bool contains(const List& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

void keep_newest(wire::push_row& row) {
  auto& items = *row.mutable_items();
  std::sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.seq() < b.seq(); });
  const int most = static_cast<int>(push_row_items_max);
  if (items.size() > most) {
    row.set_more(row.more() + static_cast<std::uint32_t>(items.size() - most));
    items.DeleteSubrange(0, items.size() - most);
  }
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
    if (items.empty() && news.items.empty())
      row.clear_devices();
  }
  if (news.items.empty())
    return row;
  if (row.clear()) {  // it is shown again instead of taken away
    row.set_clear(false);
    row.mutable_told()->Swap(row.mutable_devices());
    row.clear_devices();
  }
  if (row.items().empty())
    row.set_at(now);
  for (const auto& item : news.items)
    if (std::none_of(row.items().begin(), row.items().end(),
                     [&](const auto& each) { return each.seq() == item.seq(); }))
      *row.add_items() = item;
  keep_newest(row);
  for (const auto& device : news.devices)
    if (!contains(row.devices(), device))
      row.add_devices(device);
  return row;
}

wire::push_row read_until(wire::push_row row, timestamp last_read, timestamp now) {
  if (row.clear())
    return row;
  std::uint64_t read = 0;
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

wire::push_row withdrawn(wire::push_row row, timestamp now) {
  if (!row.clear())
    take_away(row, now);
  return row;
}

}  // namespace carillon
