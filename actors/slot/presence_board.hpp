// Which hosts watch which users of a slot, and who of these users is active: soft state of the slot's
// leader, so that watching a user who is not here wakes nobody, and a change goes only to hosts that
// watch. User actors say what changes; hosts say whom they watch, and hear at once how these are. A new
// leader knows nobody as active at first, and says so of nobody: users are unknown until somebody speaks
// for them, or until settle(), when all who are there have been named. Pure. Used by one actor.
#pragma once

#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon {

class presence_board {
public:
  static constexpr raft::member_id this_host = 0;

  void watch(const entity_id& user, raft::member_id host);
  void unwatch(const entity_id& user, raft::member_id host);
  void forget_host(raft::member_id host);
  // It leads no more: all of this is another one's now.
  void clear() { *this = {}; }

  wire::presence_kind state_of(const entity_id& user) const;
  // What others see of the user, as the user's actor says, and whether that is for the sake of a grace
  // period only. true: somebody is to be told.
  bool changed(const entity_id& user, bool active, bool in_grace = false);
  // Active, and by a connection that shows them what comes.
  bool is_reached(const entity_id& user) const { return active_.contains(user) && !in_grace_.contains(user); }
  // Who was not named active until now is away. true: as above.
  bool settle();
  bool settled() const { return settled_; }

  struct news {
    raft::member_id host = 0;
    std::vector<entity_id> active;
    std::vector<entity_id> away;
  };
  // What hosts are to be told since the last time: the last state of each user.
  std::vector<news> take();

  std::size_t watched() const { return watchers_.size(); }
  std::size_t active() const { return active_.size(); }

private:
  bool tell(const entity_id& user, const std::vector<raft::member_id>& hosts);

  // Invariant: no empty list is kept; a host stands in a list once.
  std::unordered_map<entity_id, std::vector<raft::member_id>> watchers_;
  std::unordered_set<entity_id> active_;
  std::unordered_set<entity_id> in_grace_;  // of them
  std::unordered_map<raft::member_id, std::unordered_set<entity_id>> to_tell_;
  bool settled_ = false;
};

}  // namespace carillon
