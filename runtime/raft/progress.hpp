// What a leader knows about one other member's log, and how it may send to it (shape of
// etcd-io/raft's tracker). Pure value, owned by the leader's raft; one thread.
//
//   probe      the place where the logs agree is being looked for: one append at a time
//   replicate  it is known: appends follow one another without waiting, `in_flight_max` at most
//
//          an answer at or above the probed place
//   probe ----------------------------------------> replicate
//         <---------------------------------------- a refusal above match: an append was lost
#pragma once

#include <deque>

#include "runtime/raft/types.hpp"

namespace carillon::raft {

struct progress {
  enum class mode : std::uint8_t { probe, replicate };

  member_id id = 0;
  log_index match = 0;  // the member has this on its disk. Invariant: match < next
  log_index next = 1;   // first entry to send next; in replicate ahead of what is acknowledged
  mode now = mode::probe;
  bool probe_out = false;     // probe: the one append is sent; an answer or a beat frees it
  bool beat_due = false;      // say something, be it nothing new
  log_index commit_told = 0;  // what it was last told is committed
  std::deque<log_index> in_flight = {};  // last index of each unacknowledged append, rising

  bool may_send(std::size_t in_flight_max) const {
    return now == mode::probe ? !probe_out : in_flight.size() < in_flight_max;
  }

  // An append of entries up to `last` (next-1: of none) leaves.
  void sent(log_index last);
  // The member's log agrees, on its disk, up to `index`. True if this is news.
  bool acknowledged(log_index index);
  // The member refused an append that followed `refused`; its log could match at `hint`.
  // False: an old refusal, overtaken by what is known since.
  bool refused(log_index refused, log_index hint);
};

}  // namespace carillon::raft
