// One Raft group's member: decides, and does nothing. Messages, ticks and proposals go in; one
// `ready` comes out, whose parts say in which order to carry them out. The shape is that of
// etcd-io/raft; the rules are those of Ongaro's dissertation, named by section in raft.cpp.
//
// Use:   step / tick / propose / campaign  ->  has_ready()?  r = take_ready()
//        -> carry r out -> advance(r's token) -> has_ready()? ...
// One ready is out at a time: take_ready() REQUIRES that the last one was advanced. Meanwhile
// proposals and messages may go on arriving; they wait for the next ready, which is how a batch
// grows while the disk is busy.
//
// No clock: a tick is a call. No randomness: election timeouts are drawn from the source handed in.
// Used by one actor at a time; needs no lock.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/raft/log_store.hpp"
#include "runtime/raft/types.hpp"

namespace carillon::raft {

struct options {
  member_id self = 0;
  std::vector<member_id> voters;       // with self
  std::uint32_t election_ticks = 10;   // a timeout is drawn from [election_ticks, 2*election_ticks)
  std::uint32_t heartbeat_ticks = 1;
  std::size_t entries_per_append = 1'024;
  std::size_t bytes_per_append = 1u << 20;
  std::size_t uncommitted_max_bytes = 64u << 20;  // above it propose() refuses with overloaded
};

// Effects, to be carried out in the order of the members:
struct ready {
  // 1. May leave at once, in parallel with the disk (section 10.2.1): a leader's appends.
  std::vector<message> messages;
  // 2. Must be fsynced together: hard state first, then the entries. entries.front().index says
  //    from where the log is replaced (a conflicting suffix is dropped).
  std::optional<hard_state> hard;
  std::vector<entry> entries;
  // 3. May leave only after 2 is on disk: votes, acknowledgements.
  std::vector<message> messages_after_persist;
  // 4. Committed, in order, each exactly once per process life: to be applied.
  std::vector<entry> committed;

  bool must_persist() const { return hard.has_value() || !entries.empty(); }
};

class raft {
public:
  // Starts as a follower with what the disk held. `applied`: the state machine's index; entries up
  // to it are not handed out again. `log` and `random` must outlive this.
  raft(options how, hard_state from_disk, log_index applied, const log_store& log,
       random_source& random);

  // Time passes by one tick. Followers may campaign, leaders beat.
  void tick();
  // A message from a member. One of another group's member or of an older term is dropped or
  // answered as the paper says; it never throws.
  void step(message m);
  // Starts an election now: the nomination by the ring actor, or the start of a single voter.
  void campaign();
  // Appends to the leader's log; the index it will have if this leadership lasts.
  // Errors: not_owner (not the leader), overloaded (uncommitted_max_bytes).
  result<log_index> propose(std::shared_ptr<const std::string> payload);

  bool has_ready() const;
  ready take_ready();
  // Everything of the last ready is done: 2 is on disk, 1 and 3 are sent, 4 is handed over.
  void advance();

  // -- what is so, now --
  role current_role() const;
  term_t term() const;
  member_id leader() const;         // 0: not known
  log_index commit_index() const;
  log_index last_index() const;     // with entries that are not on disk yet
  // Leader, and an entry of its own term is committed: only then may its actors serve (DESIGN 4).
  bool may_serve() const;
  std::string describe() const;  // one line, for logs, scripts and the inspector
};

}  // namespace carillon::raft
