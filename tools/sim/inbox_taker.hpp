// What the leader of users' slots does with a delivery for their inboxes: the users' half of
// actors/slot/slot_inbox.cpp. One proposal for each delivery; answered when it is committed.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "actors/replica.hpp"
#include "actors/slot/inbox_reaches.hpp"
#include "tools/sim/user.hpp"

namespace carillon::sim {

class inbox_taker {
public:
  // What it asks of its slot.
  struct house {
    replica& group;
    const storage::kv& rows;
    slot_id number = 0;
    std::function<timestamp()> wall_now;
    // As replica::propose, with a tag of the slot's own.
    std::function<result<raft::log_index>(std::shared_ptr<const wire::slot_command>, std::uint64_t& tag)> propose;
  };
  explicit inbox_taker(house of);

  // The group serves from now on.
  void begin();
  // REQUIRES: it serves.
  void take(const wire::inbox_delivery& delivery, user_answer answer);
  void committed(std::uint64_t tag) { committed_tag_ = tag; }
  void answer_committed();
  void refuse_all(const error& why);

private:
  struct open_delivery {
    std::uint64_t tag = 0;
    user_answer answer;
  };

  const house of_;
  inbox_reaches reaches_;
  std::uint64_t committed_tag_ = 0;
  std::deque<open_delivery> open_;  // in the order of the log
};

}  // namespace carillon::sim
