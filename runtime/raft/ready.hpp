// What a member is told at its start, and what comes out of it: `options` and `ready`.
// Values without behaviour; pure.
#pragma once

#include <optional>
#include <vector>

#include "runtime/raft/types.hpp"

namespace carillon::raft {

struct options {
  member_id self = 0;
  std::uint32_t election_ticks = 10;  // a timeout is drawn from [election_ticks, 2*election_ticks)
  std::uint32_t lost_ticks = 3;       // the same once the leader's host is known to be lost
  std::uint32_t resend_ticks = 3;     // what nobody answered is said again after so long
  // So many rounds of reads between two ticks ask everybody; those that follow ask a majority.
  std::uint32_t reads_of_all = 2;
  std::uint32_t heartbeat_ticks = 1;  // only without host_beats
  // Liveness comes per pair of hosts: heard_from(), leader_beat() and host_lost() are called, and a
  // group with nothing to say is silent. False: the leader beats itself, with empty appends.
  bool host_beats = true;
  // Whoever asked a follower waits until it has applied the change (the meta group's directory): a
  // new commit index goes out at once, and not with the next tick.
  bool tell_commits = false;
  // A member starts with a timeout as after a loss: when all hosts start at once, nobody leads and
  // nobody is there to be missed. Voters who hear a leader are not disturbed (pre_vote).
  bool hurry_at_start = false;
  bool pre_vote = true;      // section 9.6
  bool check_quorum = true;  // sections 6.2 and 4.2.3: and voters who hear a leader stick to it
  std::size_t readies_in_flight = 4;
  std::size_t entries_per_append = 1'024;  // also how near the end a learner is to be promoted
  std::size_t bytes_per_append = 1u << 20;
  std::size_t appends_in_flight = 64;             // unacknowledged, per member: bounds what a link
  std::size_t bytes_in_flight = 8u << 20;         // buffers; one append always passes
  std::size_t bytes_per_commit = 16u << 20;       // payload handed out as committed in one ready
  std::size_t uncommitted_max_bytes = 64u << 20;  // above it propose() refuses with overloaded
};

// The leader no longer has the entries that follow our log (or request_snapshot() was called): the
// tables as of `index` or later are to be pulled from host `from`, then restored() is called.
struct snapshot_offer {
  member_id from = 0;
  log_index index = 0;
  term_t term = 0;       // of the entry at `index`
  configuration config;  // as of `index`
  // Our log does not hold that entry: it is dropped and begins anew after `index`. False: it stays
  // as it is (its entries were promised to a leader), only the tables are replaced.
  bool restart_log = true;
};

// The answer to read_index(context).
struct read_state {
  std::uint64_t context = 0;
  log_index index = 0;  // serve once this much is applied; 0: refused, leadership is lost
};

// Two members hold different things for true, and both cannot be: one of them has forgotten what it
// promised (an older copy of its data folder was put back), or is not of this group at all.
struct contradiction {
  member_id from = 0;   // whose word it was
  log_index index = 0;  // of an entry that is committed here; 0: we led in the term that it leads in
  term_t ours = 0;
  term_t theirs = 0;
};

// Seen by a leader: a member's disk no longer holds what it acknowledged to us, up to here.
struct lost_log {
  member_id who = 0;
  log_index acknowledged = 0;
};

// Effects, to be carried out in the order of the members:
struct ready {
  // 1. May leave at once, in parallel with the disk (section 10.2.1): a leader's appends.
  std::vector<message> messages;
  // 2. Must be fsynced together: hard state first, then the entries. entries.front().index says
  //    from where the log is replaced (a conflicting suffix is dropped). `log_lost`: entries that
  //    were acknowledged, up to there, are not in the log; to be told to the next process life too
  //    (raft::log_lost), until log_is_whole().
  std::optional<hard_state> hard;
  std::optional<log_index> log_lost;
  std::vector<entry> entries;
  // 3. May leave only after 2 is on disk, that of this ready and of all before it: votes asked for
  //    and given, acknowledgements.
  std::vector<message> messages_after_persist;
  // 4. Committed, in order, each exactly once per process life: to be applied, noops too (they move
  //    the applied index). All were on disk before this ready was taken: applying and answering
  //    need not wait for 2, and can be in one batch with it. One of kind config carries who is in
  //    the group from there on (decode_configuration): to be kept beside the applied index.
  std::vector<entry> committed;
  // 5. Reads that may be served, or not.
  std::vector<read_state> reads;
  // 6. Tables to be pulled. There is no other offer before restored(), or request_snapshot() when
  //    this one's host does not give any more.
  std::optional<snapshot_offer> offer;
  // 7. For the operator. The first: once per member and leadership. The second: once, and the group
  //    goes on without this member (raft::contradicted).
  std::vector<lost_log> others_lost;
  std::optional<contradiction> contradicted;

  bool must_persist() const { return hard || log_lost || !entries.empty(); }
};

}  // namespace carillon::raft
