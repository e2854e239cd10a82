// One Raft group's member: decides, and does nothing. Messages, ticks and proposals go in; one
// `ready` comes out, whose parts say in which order to carry them out. The shape is that of
// etcd-io/raft; the rules are those of Ongaro's dissertation, named by section in elections.cpp
// (who leads) and replication.cpp (what is in the log, and what of it is committed).
//
// Use:   step / tick / propose / campaign
//        while (has_ready())
//          r = take_ready()
//          log_store.append(r.entries)      at once: before any further call to this raft
//          carry r out, in the order of its members
//          advance()
// One ready is out at a time. Meanwhile proposals, messages and ticks may go on arriving; what
// follows from them waits for the next ready, which is how a batch grows while the disk is busy.
//
// The log_store is read only up to what advance() confirmed as on disk; entries that are not there
// yet stay in this object. So the store may know more than is asked for, never less: telling it
// right after take_ready() makes sure of that. Trimming it is the shell's decision: only entries
// that were handed out as committed and are applied. A member whose next entry is trimmed cannot
// be caught up by appends.
//
// No clock: a tick is a call. No randomness: election timeouts are drawn from the source handed in.
// Used by one actor at a time; needs no lock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/raft/log_store.hpp"
#include "runtime/raft/log_window.hpp"
#include "runtime/raft/progress.hpp"
#include "runtime/raft/types.hpp"
#include "runtime/raft/voters.hpp"

namespace carillon::raft {

struct options {
  member_id self = 0;
  std::vector<member_id> voters;      // with self
  std::uint32_t election_ticks = 10;  // a timeout is drawn from [election_ticks, 2*election_ticks)
  std::uint32_t heartbeat_ticks = 1;
  std::size_t entries_per_append = 1'024;
  std::size_t bytes_per_append = 1u << 20;
  std::size_t appends_in_flight = 64;  // unacknowledged, per member: bounds what a link buffers
  std::size_t bytes_per_commit = 16u << 20;       // payload handed out as committed in one ready
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
  // 3. May leave only after 2 is on disk: votes asked for and given, acknowledgements.
  std::vector<message> messages_after_persist;
  // 4. Committed, in order, each exactly once per process life: to be applied, noops too (they move
  //    the applied index). All were on disk before this ready was taken: applying and answering
  //    need not wait for 2, and can be in one batch with it.
  std::vector<entry> committed;

  bool must_persist() const { return hard.has_value() || !entries.empty(); }
};

class raft {
public:
  // Starts as a follower with what the disk held. `applied`: the state machine's index; entries up
  // to it are not handed out again. `log` and `random` must outlive this.
  // REQUIRES: the log reaches from `applied` + 1 or below to `applied` or above, and no entry has a
  // term above from_disk.term.
  raft(options how, hard_state from_disk, log_index applied, const log_store& log,
       random_source& random);
  raft(const raft&) = delete;
  raft& operator=(const raft&) = delete;

  // Time passes by one tick. Followers may campaign, leaders beat.
  void tick();
  // A message from a member. One from a stranger or to another is dropped, one of an older term is
  // dropped or answered as the paper says; it never throws.
  void step(message m);
  // Starts an election now: the nomination by the ring actor, or the start of a single voter.
  // Nothing happens on a leader, or if self is no voter.
  void campaign();
  // Appends to the leader's log; the index it will have if this leadership lasts.
  // Errors: not_owner (not the leader), overloaded (uncommitted_max_bytes; one proposal is always
  // taken when nothing waits, however large). REQUIRES: payload is not null.
  result<log_index> propose(std::shared_ptr<const std::string> payload);

  // False while a ready is out.
  bool has_ready() const;
  // REQUIRES: the last ready was advanced.
  ready take_ready();
  // Everything of the last ready is done: 2 is on disk, 1 and 3 are sent, 4 is handed over.
  // REQUIRES: a ready is out.
  void advance();

  // -- what is so, now --
  role current_role() const { return role_; }
  term_t term() const { return hard_.term; }
  member_id leader() const { return leader_; }  // 0: not known
  log_index commit_index() const { return commit_; }
  log_index last_index() const { return log_.last_index(); }      // with what is not on disk yet
  log_index persisted_index() const { return log_.persisted(); }  // confirmed by advance()
  // Leader, and an entry of its own term is committed and handed out: only then may its actors
  // serve (section 6.4 and DESIGN 4). False again as soon as the leadership is lost.
  bool may_serve() const;
  std::string describe() const;  // one line, for logs, scripts and the inspector

private:
  // elections.cpp
  void become_follower(term_t term, member_id leader);
  void become_leader();
  void draw_timeout();
  void on_request_vote(const message& m);
  void on_vote_reply(const message& m);
  void record_vote(member_id from, bool granted);

  // replication.cpp
  bool has(log_index index, term_t term) const;
  void on_append(message m);
  void on_append_reply(const message& m);
  void send_appends(progress& to, std::vector<message>& out);
  void send_append(progress& to, log_index last, std::vector<message>& out);
  bool has_news_for(const progress& to) const;
  void append_own(entry_kind kind, std::shared_ptr<const std::string> payload);
  void advance_commit();
  void commit_up_to(log_index index);

  // raft.cpp
  message reply_to(const message& m, message_kind kind) const;
  log_index committable() const;
  std::vector<entry> hand_out_committed();
  progress* find(member_id id);

  const options how_;
  const voters voters_;
  random_source& random_;

  // Persistent state (figure 3.1), as it should be; the log with it.
  hard_state hard_;
  log_window log_;
  // What take_ready() handed out last; on disk once that ready is advanced.
  hard_state hard_out_;
  bool ready_out_ = false;

  // Volatile state.
  role role_ = role::follower;
  member_id leader_ = 0;
  log_index commit_ = 0;      // Invariant: handed_out_ <= commit_ <= last_index()
  log_index handed_out_ = 0;  // as committed, to be applied. Invariant: <= persisted_index()
  std::uint32_t ticks_ = 0;   // since the leader was heard; as leader: since the last beat
  std::uint32_t timeout_ = 0;
  std::vector<message> after_persist_;

  // Candidate: votes of this term.
  std::vector<member_id> granted_;
  std::vector<member_id> refused_;

  // Leader.
  std::vector<progress> others_;
  log_index first_own_ = 0;            // the noop this leadership began with
  std::size_t uncommitted_bytes_ = 0;  // payload of own proposals not handed out as committed
};

}  // namespace carillon::raft
