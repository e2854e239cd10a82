// Which team a user is in, of users who were looked up lately: that never changes, and a client that
// watches fifty people would cost a row of SQL for each whenever it comes back. Bounded: when it is full,
// it begins anew. Thread-safe.
#pragma once

#include <cstddef>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "runtime/base/ids.hpp"

namespace carillon {

class team_book {
public:
  explicit team_book(std::size_t most) : most_(most) {}

  struct answer {
    std::vector<entity_id> mates;    // in the team
    std::vector<entity_id> unknown;  // nothing is known of them here
  };
  answer look(const std::vector<entity_id>& users, const entity_id& team) const {
    answer out;
    std::lock_guard hold(lock_);
    for (const entity_id& user : users) {
      auto found = teams_.find(user);
      if (found == teams_.end())
        out.unknown.push_back(user);
      else if (found->second == team)
        out.mates.push_back(user);
    }
    return out;
  }

  void learn(const entity_id& user, const entity_id& team) {
    std::lock_guard hold(lock_);
    if (teams_.size() >= most_)
      teams_.clear();
    teams_.emplace(user, team);
  }

private:
  const std::size_t most_;
  mutable std::mutex lock_;
  std::unordered_map<entity_id, entity_id> teams_;
};

}  // namespace carillon
