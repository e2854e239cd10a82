// Whose inboxes take a channel's events, by the slots of these users, as one slot's leader needs it: read
// once from the tables, then kept by what is committed. Pure.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "actors/slot/inbox_step.hpp"
#include "runtime/base/ids.hpp"
#include "runtime/ring/slot_hash.hpp"

namespace carillon {

using user_list = std::shared_ptr<const std::vector<std::uint64_t>>;  // rising
using users_by_slot = std::map<slot_id, user_list>;
using user_slot_function = std::function<slot_id(std::uint64_t user)>;

// Of one channel.
class inbox_audience {
public:
  struct member {
    std::uint64_t user = 0;
    std::uint64_t joined_seq = 0;  // takes events from here on
  };

  inbox_audience() = default;
  // The tables may be ahead of the step that is next.
  inbox_audience(std::vector<member> members, bool read_at_sync)
      : members_(std::move(members)), read_at_sync_(read_at_sync) {}

  // Who was in it before these steps, by tables that hold none, some or all of them: what they hold is
  // taken back, the last first.
  static std::vector<member> before(const std::deque<inbox_step>& steps, std::vector<member> members);

  // Of each step in its turn: who comes with it takes its events, and so does who goes.
  void let_in(const inbox_step& step);
  void let_go(const inbox_step& step);
  // Who takes the events up to this one; each list is shared until somebody comes or goes.
  const users_by_slot& takers(std::uint64_t seq, const user_slot_function& slot_of);

  bool contains(std::uint64_t user) const;
  bool read_at_sync() const { return read_at_sync_; }
  std::size_t size() const { return members_.size(); }

private:
  std::vector<member> members_;  // by user, rising
  bool read_at_sync_ = false;
  users_by_slot takers_;
  std::uint64_t takers_at_ = 0;  // 0: takers_ is to be made anew
  bool later_joiners_ = false;   // somebody joined after takers_at_
};

}  // namespace carillon
