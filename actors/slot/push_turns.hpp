// Whose row of the outbox is told next: each row at its time, and of those whose time has come one of each user
// in turn, of nobody more than `of_user` at once; so that nobody waits for somebody else's slow devices. Pure.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "actors/slot/push_row.hpp"

namespace carillon {

class push_turns {
public:
  using is_ready = std::function<bool(const push_key&)>;

  explicit push_turns(std::size_t of_user) : of_user_(of_user) {}

  void add(const push_key& key, tick_time when);
  void remove(const push_key& key, tick_time when);
  // An errand of the user is under way, or is no more.
  void began(std::uint64_t user);
  void ended(std::uint64_t user);

  // Of those that are ready.
  std::vector<push_key> due(tick_time now, std::size_t most, const is_ready& ready) const;
  // Of those whose users have no more under way than they may.
  std::optional<tick_time> next(const is_ready& ready) const;

private:
  using place = std::pair<tick_time, entity_id>;
  struct person {
    std::set<place> rows;
    std::size_t under_way = 0;
  };
  template <class Change>
  void change(std::uint64_t user, Change what);
  bool waits(const person& of) const { return !of.rows.empty() && of.under_way < of_user_; }

  std::size_t of_user_;
  std::map<std::uint64_t, person> people_;
  std::set<std::pair<tick_time, std::uint64_t>> turns_;  // who waits, since their first row's time
};

}  // namespace carillon
