// What a leader knows about one other member's log, and how it may send to it (shape of
// etcd-io/raft's tracker). Pure value, owned by the leader's raft; one thread.
//
//   probe      the place where the logs agree is being looked for: one append at a time
//   replicate  it is known: appends follow one another without waiting, up to a bound
//   snapshot   it needs entries that are trimmed: it is offered the tables and pulls them
//
//          an answer at or above the probed place
//   probe ----------------------------------------> replicate
//     |   <---------------------------------------- a refusal above match: an append was lost,
//     |                                             or no answer for too long
//     |   what is to be sent next is trimmed
//     +--------------------------------------------> snapshot
//         <----------------------------------------- an answer from which appends can go on
#pragma once

#include <deque>

#include "runtime/raft/types.hpp"

namespace carillon::raft {

struct progress {
  enum class mode : std::uint8_t { probe, replicate, snapshot };
  struct unanswered {
    log_index last = 0;
    std::size_t bytes = 0;
  };

  member_id id = 0;
  log_index match = 0;  // the member has this on its disk. Invariant: match < next
  log_index next = 1;   // first entry to send next; in replicate ahead of what is acknowledged
  mode now = mode::probe;
  bool probe_out = false;        // probe: the one append is sent; snapshot: the offer is
  bool beat_due = false;         // say something, be it nothing new
  bool lost = false;             // its host is: nothing is sent
  log_index vouched = 0;         // the highest match ever: never goes back
  log_index log_lost = 0;        // it said so, up to there: it neither votes nor should it lead
  bool loss_told = false;        // to the operator
  log_index commit_told = 0;     // what it was last told is committed
  log_index commit_known = 0;    // what it said it knows to be
  std::uint64_t read_round = 0;  // the last round of reads that it confirmed
  std::uint32_t silent = 0;      // ticks since it or its host was heard
  bool pulling = false;          // its tables are not whole, by its last word: it should not lead
  std::uint32_t waited = 0;      // ticks without an answer to what it was sent
  std::deque<unanswered> in_flight = {};  // each unacknowledged append, rising
  std::size_t bytes_in_flight = 0;        // their payload

  bool may_send(std::size_t in_flight_max, std::size_t bytes_max) const {
    if (lost)
      return false;
    if (now != mode::replicate)
      return !probe_out;
    return in_flight.empty() || (in_flight.size() < in_flight_max && bytes_in_flight < bytes_max);
  }

  // What its disk lost is committed here, so it gets it back; until then it votes for nobody.
  bool gets_back_lost(log_index commit) const { return log_lost != 0 && log_lost <= commit; }

  // An append of entries up to `last` (next-1: of none) leaves, `bytes` of payload.
  void sent(log_index last, std::size_t bytes);
  // The member's log agrees, on its disk, up to `index`. True if this is news.
  bool acknowledged(log_index index);
  // The member refused an append that followed `refused`; its log could match at `hint`.
  // False: an old refusal, overtaken by what is known since.
  bool refused(log_index refused, log_index hint);
  // Its disk no longer holds what it acknowledged: it stands at `hint`, and knows of `commit`.
  void fell_back(log_index hint, log_index commit);
  // What it was sent may be lost: it is asked again where it stands.
  void probe_again();
  // It cannot be caught up by appends: the next thing to send is an offer.
  void need_snapshot();

private:
  void forget_in_flight();
};

}  // namespace carillon::raft
