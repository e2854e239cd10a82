// What happened in runs, counted: so that one sees that the rare paths were walked, and how often. A
// value; sums add up over seeds.
#pragma once

#include <cstdint>
#include <ostream>

#include "tools/sim/journal.hpp"
#include "tools/sim/move_steps.hpp"
#include "tools/sim/network.hpp"

namespace carillon::sim {

// Of devices that come back, and of what is kept for them meanwhile.
struct sync_counts {
  std::uint64_t rounds = 0;               // of one device: cut off, come back, and all that was missed
  std::uint64_t answers = 0;              // pages that a device took
  std::uint64_t answers_lost = 0;
  std::uint64_t refused = 0;
  std::uint64_t resumes = 0;              // greeted with what was missed
  std::uint64_t told = 0;                 // events by pages
  std::uint64_t told_live = 0;            // and on connections
  std::uint64_t letters = 0;              // of slots of channels for slots of users, and
  std::uint64_t deliveries = 0;           // what the courier made of them, and
  std::uint64_t deliveries_failed = 0;
  std::uint64_t deliveries_repeated = 0;
  std::uint64_t taken_up = 0;             // projections, by leaders
  std::uint64_t crossings = 0;            // channels that became too large for inboxes
  std::uint64_t comings = 0;              // joins and leaves
  std::uint64_t mentions = 0;             // counted at the end
};

struct coverage {
  // clients
  std::uint64_t posts = 0;             // begun by a client, each once
  std::uint64_t acknowledged = 0;      // posts, edits, joins and the like
  std::uint64_t refused = 0;
  std::uint64_t retries = 0;           // the same post again, after an answer that did not come
  std::uint64_t edits = 0;
  std::uint64_t reads = 0;
  std::uint64_t deliveries = 0;        // events on connections
  std::uint64_t reconnects = 0;
  // asking
  std::uint64_t forwarded = 0;         // to another host
  std::uint64_t not_owner = 0;         // asked the wrong host, or at the wrong time
  std::uint64_t duplicates = 0;        // posts that were recognised as posted before
  // groups
  std::uint64_t leaders = 0;           // leaderships taken
  std::uint64_t nominations = 0;
  std::uint64_t hand_backs = 0;
  std::uint64_t lost_proposals = 0;
  std::uint64_t refused_proposals = 0;
  std::uint64_t pulls = 0;             // chunks asked for by replicas behind or damaged
  std::uint64_t pulls_done = 0;        // tables that were replaced
  std::uint64_t repairs = 0;           // damage found, by reading or at start
  std::uint64_t activations = 0;       // of channels
  std::uint64_t gaps = 0;              // subscriptions asked for anew
  std::uint64_t affirmed = 0;          // leaders, by a follower's link and not its replica
  std::uint64_t messages_lost = 0;     // raft messages, behind the link
  std::uint64_t messages_repeated = 0;
  std::uint64_t messages_late = 0;
  // machines
  std::uint64_t starts = 0;            // of processes
  std::uint64_t faults = 0;
  std::uint64_t tasks = 0;             // of the timeline
  move_counts moves;                   // of the ring
  sync_counts sync;
  journal::counters disk;
  network::counters net;

  void add(const coverage& other);
};
void print(std::ostream& to, const coverage& sum);

}  // namespace carillon::sim
