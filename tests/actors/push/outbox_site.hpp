// An outbox of pushes under test, and the table that follows it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "actors/slot/push_outbox.hpp"

namespace carillon::test {

using push::push_fate;
using std::chrono::milliseconds;

constexpr tick_time start{std::chrono::hours(1)};
constexpr timestamp wall = 1'000'000'000'000;

inline push_key key_of(std::uint64_t user) {
  return {user, {id_kind::channel, 10}};
}
inline push_news news(std::uint64_t user, std::uint64_t seq, std::vector<std::string> devices = {"phone"}) {
  push_news out{key_of(user), {}, std::move(devices), {}};
  auto& item = out.items.emplace_back();
  item.set_seq(seq);
  item.set_ts(100 * seq);
  item.set_kind(wire::MENTION_USER);
  return out;
}

struct outbox_site {
  push_outbox box;
  std::map<push_key, wire::push_row> table;
  raft::log_index index = 0;

  explicit outbox_site(push_outbox::limits how = {.rows_max = 100, .gather = milliseconds(0), .pauses = {}, .keep = std::chrono::hours(24)})
      : box(how) {}

  void write(const std::vector<wire::user_push>& rows) {
    for (const auto& each : rows)
      if (each.has_row())
        table[{each.user(), *entity_id::parse(each.channel_id())}] = each.row();
      else
        table.erase({each.user(), *entity_id::parse(each.channel_id())});
  }
  void come(const push_news& what, tick_time now = start, timestamp at = wall) {
    const auto plan = box.plan({what}, at);
    box.accept(plan, ++index, now);
    box.applied(index);
    write(plan.rows);
  }
  void settle() {
    while (box.has_changes())
      write(box.take_changes(2));
  }
  push_outbox::errand begin(std::uint64_t user, tick_time now = start) {
    REQUIRE(box.due(now, 10) == std::vector{key_of(user)});
    auto out = box.begin(key_of(user), wall, now);
    REQUIRE(out);
    return *out;
  }
  void end(std::uint64_t user, const push_outbox::errand& of, push_fate fate, tick_time now = start,
           std::chrono::seconds retry_after = {}) {
    push_outbox::told told;
    for (const auto& device : of.devices)
      told.devices.push_back({device, fate, retry_after});
    told.told_ts = of.row.items().empty() ? 0 : of.row.items().rbegin()->ts();
    box.ended(key_of(user), of.id, told, wall, now, 0);
    settle();
  }
};

}  // namespace carillon::test
