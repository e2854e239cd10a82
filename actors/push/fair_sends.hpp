// What waits for its turn at one provider: of all so many are under way, of one user and to one origin fewer, so
// that a user whose devices' services are slow, or such a service, leaves room for the others. Of what may go,
// one of each origin in turn, and there one of each user. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace carillon {

template <class Thing>
class fair_sends {
public:
  struct limits {
    std::size_t all = 1;
    std::size_t of_user = 1;
    std::size_t of_origin = 1;
  };
  explicit fair_sends(limits how) : how_(how) {}

  void add(std::uint64_t user, const std::string& origin, Thing what) {
    line& at = lines_[origin];
    auto& things = at.things[user];
    if (things.empty())
      at.turns.push_back(user);
    things.push_back(std::move(what));
    ++waiting_;
  }

  // That may go now: from here on it is under way.
  std::optional<Thing> next() {
    if (waiting_ == 0 || under_way_ >= how_.all)
      return std::nullopt;
    // From behind the one that had its turn last.
    auto at = lines_.upper_bound(last_);
    for (std::size_t seen = 0; seen < lines_.size(); ++seen, ++at) {
      if (at == lines_.end())
        at = lines_.begin();
      if (at->second.under_way < how_.of_origin)
        if (auto out = take(at->second)) {
          last_ = at->first;
          return out;
        }
    }
    return std::nullopt;
  }

  void ended(std::uint64_t user, const std::string& origin) {
    --under_way_;
    if (--users_.at(user) == 0)
      users_.erase(user);
    const auto at = lines_.find(origin);
    if (--at->second.under_way == 0 && at->second.turns.empty())
      lines_.erase(at);
  }

  std::size_t waiting() const { return waiting_; }
  std::size_t under_way() const { return under_way_; }

private:
  struct line {
    std::deque<std::uint64_t> turns;  // who has something here, once
    std::unordered_map<std::uint64_t, std::deque<Thing>> things;
    std::size_t under_way = 0;
  };

  std::optional<Thing> take(line& from) {
    for (auto turn = from.turns.begin(); turn != from.turns.end(); ++turn) {
      const std::uint64_t user = *turn;
      if (const auto busy = users_.find(user); busy != users_.end() && busy->second >= how_.of_user)
        continue;
      from.turns.erase(turn);
      const auto found = from.things.find(user);
      Thing out = std::move(found->second.front());
      found->second.pop_front();
      if (found->second.empty())
        from.things.erase(found);
      else
        from.turns.push_back(user);
      --waiting_;
      ++under_way_;
      ++from.under_way;
      ++users_[user];
      return out;
    }
    return std::nullopt;
  }

  const limits how_;
  std::map<std::string, line> lines_;  // by origin; none without anything
  std::unordered_map<std::uint64_t, std::size_t> users_;  // what is under way
  std::string last_;
  std::size_t waiting_ = 0, under_way_ = 0;
};

}  // namespace carillon
