// Who is a friend of one user: each of two friends sees the other's presence without asking. It is one
// fact with a row in both users' slots; either of the two may change it at any time. Each word has a
// time, above all that its slot knew, and goes to the other slot at least once (actors/slot/projection).
// The greater time counts, and of two words of one time that of the greater id: so both rows come to the
// same in whatever order words arrive. Runs ahead of its commits as user_state does. Pure.
#pragma once

#include <map>
#include <vector>

#include "actors/user/user_state.hpp"

namespace carillon {

class friend_book {
public:
  friend_book(entity_id owner, std::size_t friends_max) : owner_(owner), friends_max_(friends_max) {}

  void load(const std::vector<wire::user_friend>& rows);

  // The owner's word. too_many_users: the owner has as many as one may have. What is so already is
  // answered with `already`.
  user_outcome change(const wire::change_friend& request, timestamp now);
  // The other one's word, as the other's row has it. It is not refused: whoever said it looked before.
  user_outcome project(const wire::project_friend& said);

  std::vector<entity_id> friends() const;  // in the order of their ids
  std::size_t count() const { return count_; }

private:
  struct row {
    bool is_friend = false;
    timestamp changed = 0;
    entity_id by;
  };
  user_decision write(const entity_id& other, row& known, const row& next);

  const entity_id owner_;
  const std::size_t friends_max_;
  std::map<entity_id, row> rows_;
  std::size_t count_ = 0;  // of friends
};

}  // namespace carillon
