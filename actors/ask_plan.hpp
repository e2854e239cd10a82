// Where to ask next for something that only the leader of a slot can do, and when: the whole wisdom
// of an asker that does not know, or was told wrong, who leads. One per question; pure: what this
// host knows, the time and a little chance are arguments. ask.hpp and the hub carry it out.
//
//   ask --answered--> over
//    |--refused (not_owner, no link)--> a new hint: ask that at once, twice in a row at most
//    |                                  otherwise: wait 2..5 ms (twice as long each
//    |                                  time, up to 20..50), then ask the hint or the next replica
//    |--unanswered (patience)---------> the same
//    +--deadline--> timed_out           cut off from the others--> cut_off, at once
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/raft/types.hpp"

namespace carillon {

// What this host knows at the moment of asking.
struct ask_knowledge {
  raft::member_id self = 0;                // not 0
  raft::member_id leader = 0;              // by the locator; 0: nobody known
  bool replica_here = false;
  bool cut_off = false;
  std::vector<raft::member_id> replicas;   // by the ring view, preferred leader first; may be empty
};

struct ask_step {
  enum class kind : std::uint8_t { ask, wait, refuse };
  kind what = kind::refuse;
  raft::member_id to = 0;              // ask: `self` is the slot's replica here
  std::chrono::milliseconds time{0};   // ask: patience with a peer; wait: how long
  errc why = errc::timed_out;          // refuse: for the caller
};

class ask_plan {
public:
  explicit ask_plan(tick_time give_up) : give_up_(give_up) {}

  // next() will need ask_knowledge::replicas if this is the leader known.
  bool in_doubt(raft::member_id leader) const { return leader == 0 || leader == refused_by_; }
  // After a wait, and after each refused() or unanswered(), it is asked again.
  ask_step next(const ask_knowledge& known, tick_time now, std::uint64_t chance);

  // Who was asked last does not lead, or cannot be reached.
  void refused();
  // Who was asked last may or may not have done it: its patience is over.
  void unanswered();

  raft::member_id asked_last() const { return asked_last_; }
  std::uint32_t asked() const { return asked_; }  // how often

private:
  raft::member_id next_replica(const ask_knowledge& known);

  tick_time give_up_;
  raft::member_id asked_last_ = 0;
  raft::member_id refused_by_ = 0;
  std::uint32_t asked_ = 0;
  std::uint32_t unanswered_ = 0;
  std::uint32_t waits_ = 0;
  std::uint32_t turn_ = 0;   // among the replicas
  std::uint32_t hops_ = 0;   // hints followed without a wait
  bool waited_ = false;
};

}  // namespace carillon
