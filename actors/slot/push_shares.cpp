#include "actors/slot/push_shares.hpp"

#include <tuple>

namespace carillon {

bool push_shares::stand::operator<(const stand& other) const {
  return std::tie(other.rows, first, user) < std::tie(rows, other.first, other.user);
}

template <class Change>
void push_shares::change(std::uint64_t user, Change what) {
  const auto at = people_.try_emplace(user).first;
  places& of = at->second;
  if (!of.empty())
    order_.erase({of.size(), *of.begin(), user});
  what(of);
  if (of.empty())
    people_.erase(at);
  else
    order_.insert({of.size(), *of.begin(), user});
}

void push_shares::add(const push_key& key, rank what, timestamp at) {
  change(key.user, [&](places& of) { counts_[static_cast<std::size_t>(what)] += of.insert({what, at, key.channel}).second; });
}

void push_shares::remove(const push_key& key, rank what, timestamp at) {
  change(key.user, [&](places& of) { counts_[static_cast<std::size_t>(what)] -= of.erase({what, at, key.channel}); });
}

std::vector<push_shares::victim> push_shares::give_way(std::size_t many, const std::set<push_key>& spared) const {
  struct loser {
    places::const_iterator at, end;
  };
  std::map<stand, loser> losers;  // who may be next, as they stand after what was taken from them
  const auto enlist = [&](std::uint64_t user, std::size_t rows, loser of) {
    while (of.at != of.end && spared.contains({user, of.at->channel}))
      ++of.at;
    if (of.at != of.end)
      losers.emplace(stand{rows, *of.at, user}, of);
  };
  std::vector<victim> out;
  auto next = order_.begin();
  while (out.size() < many) {
    for (; next != order_.end() && (losers.empty() || *next < losers.begin()->first); ++next) {
      const places& of = people_.at(next->user);
      enlist(next->user, next->rows, {of.begin(), of.end()});
    }
    if (losers.empty())
      break;
    auto taken = losers.extract(losers.begin());
    const auto& [rows, first, user] = taken.key();
    out.push_back({{user, first.channel}, first.what});
    enlist(user, rows - 1, {std::next(taken.mapped().at), taken.mapped().end});
  }
  return out;
}

}  // namespace carillon
