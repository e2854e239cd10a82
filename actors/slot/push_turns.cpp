#include "actors/slot/push_turns.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace carillon {

template <class Change>
void push_turns::change(std::uint64_t user, Change what) {
  const auto at = people_.try_emplace(user).first;
  person& of = at->second;
  if (waits(of))
    turns_.erase({of.rows.begin()->first, user});
  what(of);
  if (waits(of))
    turns_.insert({of.rows.begin()->first, user});
  if (of.rows.empty() && of.under_way == 0)
    people_.erase(at);
}

void push_turns::add(const push_key& key, tick_time when) {
  change(key.user, [&](person& of) { of.rows.insert({when, key.channel}); });
}

void push_turns::remove(const push_key& key, tick_time when) {
  change(key.user, [&](person& of) { of.rows.erase({when, key.channel}); });
}

void push_turns::began(std::uint64_t user) {
  change(user, [](person& of) { ++of.under_way; });
}

void push_turns::ended(std::uint64_t user) {
  change(user, [](person& of) {
    ENSURE(of.under_way > 0, "what ends was under way");
    --of.under_way;
  });
}

std::vector<push_key> push_turns::due(tick_time now, std::size_t most, const is_ready& ready) const {
  struct one {
    std::uint64_t user;
    std::set<place>::const_iterator at, end;
    std::size_t room;
  };
  std::vector<push_key> out;
  const auto take = [&](one& of) {
    for (; of.room > 0 && of.at != of.end && of.at->first <= now; ++of.at)
      if (const push_key key{of.user, of.at->second}; ready(key)) {
        out.push_back(key);
        --of.room;
        ++of.at;
        return true;
      }
    return false;
  };
  std::vector<one> open;
  for (auto turn = turns_.begin(); turn != turns_.end() && turn->first <= now && out.size() < most; ++turn) {
    const person& of = people_.at(turn->second);
    if (one each{turn->second, of.rows.begin(), of.rows.end(), of_user_ - of.under_way}; take(each))
      open.push_back(each);
  }
  while (!open.empty() && out.size() < most)
    std::erase_if(open, [&](one& each) { return out.size() == most || !take(each); });
  return out;
}

std::optional<tick_time> push_turns::next(const is_ready& ready) const {
  std::optional<tick_time> out;
  for (const auto& [first, user] : turns_) {
    if (out && *out <= first)
      break;
    for (const auto& [when, channel] : people_.at(user).rows)
      if (ready({user, channel})) {
        out = out ? std::min(*out, when) : when;
        break;
      }
  }
  return out;
}

}  // namespace carillon
