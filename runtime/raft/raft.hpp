// One Raft group's member: decides, and does nothing. Messages, ticks and proposals go in; a
// `ready` (ready.hpp) comes out, whose parts say in which order to carry them out. The shape is
// that of etcd-io/raft; the rules are those of Ongaro's dissertation, named by section in the
// files:
//   elections.cpp   who leads               liveness.cpp   who is heard, what is said again
//   replication.cpp what is in the log,     transfer.cpp   handing leadership over
//                   what is committed       changes.cpp    who is in the group
//   reads.cpp       read-index              snapshots.cpp  members that appends cannot catch up
//   promises.cpp    members that forgot what they promised, and words that cannot be true
//
// Use:   step / tick / propose / ...
//        while (has_ready())
//          r = take_ready()
//          log_store.append(r.entries)      at once: before any further call to this raft
//          start carrying r out, in the order of its members
//          ... when everything of r is done, 2 on disk and the rows of 4 readable: advance()
// Up to options.readies_in_flight readies may be out, so that the next one's appends travel while
// this one is fsynced (and some more with nothing but messages and reads: these need not wait for a
// slow disk). Each is advanced once, and advance() always means the oldest one: disk writes must
// become durable in the order in which they were handed out.
//
// The log_store is read only up to what advance() confirmed as on disk; entries that are not there
// yet stay in this object. So the store may know more than is asked for, never less: telling it
// right after take_ready() makes sure of that. Trimming it is the shell's decision: only entries
// that were handed out as committed and whose ready was advanced. A member whose next entry is
// trimmed is offered a snapshot.
//
// No clock: a tick is a call. No randomness: election timeouts are drawn from the source handed in.
// Messages may be lost, repeated and reordered; what matters is said again. Used by one actor at a
// time; needs no lock.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/raft/log_store.hpp"
#include "runtime/raft/log_window.hpp"
#include "runtime/raft/membership.hpp"
#include "runtime/raft/progress.hpp"
#include "runtime/raft/ready.hpp"
#include "runtime/raft/types.hpp"

namespace carillon::raft {

class raft {
public:
  // Starts as a follower with what the disk held. `as_of_applied`: who was in the group as of
  // `applied`, the state machine's index (empty: not known, waits to hear from a leader); entries
  // up to it are not handed out again. Configurations after it are read from the log.
  // `log` and `random` must outlive this.
  // REQUIRES: the log reaches from `applied` + 1 or below to `applied` or above, and no entry has a
  // term above from_disk.term.
  raft(options how, hard_state from_disk, configuration as_of_applied, log_index applied,
       const log_store& log, random_source& random);
  raft(const raft&) = delete;
  raft& operator=(const raft&) = delete;

  // -- what happens to it --

  // Time passes by one tick. Followers may campaign, leaders look whether they still lead, and what
  // was not answered is said again.
  void tick();
  // A message of the group. One to another member is dropped, one of an older term is dropped or
  // answered as the paper says; it never throws. Who may talk to this host at all is not decided
  // here: the sender need not be in the configuration that we know (section 4.1).
  void step(message m);
  // The member's host is alive: counts for check-quorum, and ends what host_lost() began.
  void heard_from(member_id id);
  // Its host says that `leader` leads this group in `term`: as good as an empty append.
  void leader_beat(member_id leader, term_t term);
  // Its host is dead or silent: if it led us, nobody leads, others get our (pre-)votes at once, and
  // we campaign within [lost_ticks, 2*lost_ticks), again and again until somebody leads. If we
  // lead, it is sent nothing until heard_from.
  void host_lost(member_id id);

  // -- what it is asked to do --

  // Starts an election now. `force`: the nomination by the ring actor, the start of a single voter:
  // without a pre-vote, and voters answer even if they hear a leader. Nothing happens on a leader,
  // or if self is no voter or not electable.
  void campaign(bool force = true);
  // Appends to the leader's log; the index it will have if this leadership lasts.
  // Errors: not_owner (not the leader, or handing over), overloaded (uncommitted_max_bytes; one
  // proposal is always taken when nothing waits, however large). REQUIRES: payload is not null.
  result<log_index> propose(std::shared_ptr<const std::string> payload);
  // Section 6.4: comes back in ready.reads with the index to be applied first, once a majority
  // confirmed that we led after this call; with index 0 if leadership is (or gets) lost before.
  void read_index(std::uint64_t context);
  // Section 3.10: the leader brings `to` up to date, then tells it to campaign. Proposals are
  // refused meanwhile; given up after an election timeout. Nothing happens unless `to` is another
  // voter and we lead.
  void transfer(member_id to);
  // A leader sends each follower an append, without entries if there are none: what their `context` says
  // is news.
  void say_something();
  // A leader hands over to its best follower; if there is none, or it does not take over within an
  // election timeout, just stops leading.
  void step_down();
  // False: never campaigns, also not when told to. It goes on voting, and a leader goes on leading.
  void set_electable(bool electable);

  // Sections 4.1 and 4.2: one change at a time; the index of its entry, done when that is
  // committed. Errors: not_owner; overloaded (another change is under way, nothing of the own term
  // is committed yet, or a learner is too far behind to be promoted: try again); invalid_arguments
  // (there is nothing to change, or nobody would be left to vote).
  result<log_index> add_learner(member_id id);
  result<log_index> promote(member_id learner);
  // Also of self: the leader leads without counting itself until the entry is committed (4.2.2).
  result<log_index> remove(member_id id);

  // The tables are damaged or mixed: nothing more is handed out as committed, and the leader is
  // asked for a snapshot, until restored(). A leader steps down first. Votes and acknowledgements
  // go on, since the log is whole; self only campaigns when nobody else does for long, and as a
  // leader refuses proposals and hands over once others have its log: so set_electable(false) is
  // not needed for this. Again after an offer: asks for another, the earlier one is void.
  // Nothing happens where self is the only voter.
  void request_snapshot();
  // The disk has lost entries that it acknowledged, up to here (~0: nobody knows what): called at the
  // start, of what a ready or the disk said. Others may have counted them, so until log_is_whole()
  // self neither votes nor campaigns; it follows, and asks the leader for them.
  void log_lost(log_index acknowledged);
  // REQUIRES: log_came_back(), and the disk no longer says that anything is lost.
  void log_is_whole();
  // The tables were pulled and are on disk as of `index` (of an offer), at least. Call right after
  // the log_store was told: if the offer said restart_log, its first index is index+1 and it is
  // empty; else it is unchanged.
  // REQUIRES: index was offered, and every earlier ready with entries was advanced.
  void restored(log_index index, term_t term, configuration config);

  // -- what comes out --

  bool has_ready() const;
  // REQUIRES: has_ready().
  ready take_ready();
  // Everything of the oldest ready that is out is done: 2 is on disk, 1 and 3 are sent, the rows of
  // 4 can be read. REQUIRES: a ready is out.
  void advance();
  std::size_t readies_out() const { return out_.size(); }

  // -- what is so, now --

  role current_role() const { return role_; }
  member_id self() const { return how_.self; }
  term_t term() const { return hard_.term; }
  member_id leader() const { return leader_; }  // 0: not known
  log_index commit_index() const { return commit_; }
  std::size_t uncommitted_bytes() const { return uncommitted_bytes_; }  // a leader's own proposals
  log_index last_index() const { return log_.last_index(); }      // with what is not on disk yet
  log_index persisted_index() const { return log_.persisted(); }  // confirmed by advance()
  log_index applied_index() const { return applied_; }            // likewise
  // Leader, and an entry of its own term is committed and handed out: only then may its actors
  // serve (section 6.4 and DESIGN 4). False again as soon as the leadership is lost.
  bool may_serve() const;
  // A leader that is handing over: 0, or to whom.
  member_id transferring_to() const { return transfer_to_; }
  // What log_lost() or a ready said, and all of it is committed and on disk here again.
  const std::optional<log_index>& lost_up_to() const { return lost_up_to_; }
  bool log_came_back() const;
  // A peer said what cannot be true beside what we know. From then on this object is deaf and mute:
  // it neither acknowledges nor votes nor leads. What it holds stays as evidence.
  const std::optional<contradiction>& contradicted() const { return contradicted_; }
  // Between an offer, or request_snapshot(), and restored().
  bool is_restoring() const { return restoring_ != restoring::no; }

  const configuration& members() const { return members_.now(); }  // committed or not
  bool is_voter() const { return members_.is_voter(how_.self); }
  bool is_learner() const { return members_.is_learner(how_.self); }
  // A change of membership is in the log and not committed.
  bool is_changing() const { return members_.since() > commit_; }
  // Leader: what a member has on disk; of self too. 0: not known, or not the leader.
  log_index match_of(member_id id) const;
  // Leader: its book of everyone but self; otherwise empty or of an earlier leadership.
  const std::vector<progress>& others() const { return others_; }
  std::string describe() const;  // one line, for logs, scripts and the inspector

private:
  // What one ready handed out, until it is advanced.
  struct handed_out {
    hard_state hard;
    log_index committed = 0;
    bool only_words = false;  // nothing for the disk, taken while it was busy
  };
  enum class restoring : std::uint8_t { no, wanted, offered };
  struct pending_read {
    std::uint64_t context = 0;
    log_index index = 0;
    std::uint64_t round = 0;
  };

  // elections.cpp
  void become_follower(term_t term, member_id leader);
  void become_pre_candidate();
  void become_candidate(bool force);
  void become_leader();
  void draw_timeout();
  void hear_leader(member_id leader);
  bool may_campaign() const;
  void run_for_leader(bool force);
  bool hears_leader() const;
  bool would_elect(const message& m) const;
  void ask_for_votes(bool only_silent);
  void on_pre_vote(const message& m);
  void on_pre_vote_reply(const message& m);
  void on_request_vote(const message& m);
  void on_vote_reply(const message& m);
  void record_vote(member_id from, bool granted);

  // replication.cpp
  bool has(log_index index, term_t term);
  bool follow(const message& from_leader);
  void acknowledge(log_index index);
  void refuse(const message& append);
  void on_append(message m);
  void take_in(std::vector<entry> entries);
  void on_append_reply(const message& m);
  void send_appends(progress& to, std::vector<message>& out);
  void send_append(progress& to, log_index last, std::vector<message>& out);
  bool has_news_for(const progress& to) const;
  void append_own(entry_kind kind, std::shared_ptr<const std::string> payload);
  void advance_commit();
  void commit_up_to(log_index index);

  // promises.cpp
  void give_up(contradiction why);
  void compare_promises(const message& from_leader);
  void lose(log_index acknowledged);
  void ask_for_lost();
  void hear_of_loss(progress& from, const message& reply);

  // liveness.cpp
  void tick_leader();
  bool hears_majority() const;
  bool waits_for(const progress& to) const;
  void refuse_stale(member_id to, message_kind kind, log_index index);

  // transfer.cpp
  void begin_transfer(member_id to);
  void go_on_with_transfer(bool again);
  void end_transfer();
  member_id best_follower() const;
  void on_timeout_now(const message& m);

  // changes.cpp
  result<log_index> change(configuration to);
  void members_changed();
  void leave_if_removed();

  // reads.cpp
  void start_read_round(std::vector<message>& out);
  std::size_t missing_for_reads() const;
  void send_read_checks(std::vector<message>& out, std::size_t most);
  void on_read_check(const message& m);
  void on_read_check_reply(const message& m);
  void confirm_reads();
  void refuse_reads();

  // snapshots.cpp
  bool needs_snapshot(const progress& to) const;
  void send_snapshot(member_id to, std::vector<message>& out) const;
  void on_snapshot(const message& m);
  void ask_for_snapshot();

  // raft.cpp
  void read_configurations();
  bool has_words() const;
  message to_member(member_id to, message_kind kind) const;
  log_index committable() const;
  std::vector<entry> hand_out_committed();
  progress* find(member_id id);
  const progress* find(member_id id) const;

  const options how_;
  random_source& random_;

  // Persistent state (figure 3.1), as it should be; the log with it.
  hard_state hard_;
  log_window log_;
  membership members_;
  // What take_ready() handed out last, and the readies that are out, oldest first.
  hard_state hard_out_;
  std::deque<handed_out> out_;
  hard_state hard_persisted_;

  // Volatile state.
  role role_ = role::follower;
  member_id leader_ = 0;
  bool electable_ = true;
  log_index commit_ = 0;      // Invariant: handed_out_ <= commit_ <= last_index()
  log_index handed_out_ = 0;  // as committed, to be applied. Invariant: <= persisted_index()
  log_index applied_ = 0;     // of that, in readies that were advanced
  std::uint32_t ticks_ = 0;   // since the leader was heard; as leader: since the last beat
  std::uint32_t timeout_ = 0;
  bool hurried_ = false;  // the leader's host was lost, and nobody was heard to lead since
  std::vector<message> at_once_;
  std::vector<message> after_persist_;

  // What is not as it was promised.
  std::optional<log_index> lost_up_to_;
  bool lost_is_news_ = false;
  std::uint32_t lost_ticks_ = 0;  // since the leader was asked for it, or wrote
  std::uint32_t lost_wait_ = 0;   // it is asked again after so many
  std::optional<contradiction> contradicted_;
  bool contradiction_is_news_ = false;

  // Catching up by snapshot.
  restoring restoring_ = restoring::no;
  bool restarting_log_ = false;  // offered, and the log will be dropped
  std::uint32_t restore_ticks_ = 0;
  std::optional<snapshot_offer> offer_;

  // Candidate and pre-candidate: the votes.
  bool forced_ = false;
  std::vector<member_id> granted_;
  std::vector<member_id> refused_;

  // Leader.
  std::vector<progress> others_;       // everyone in members() but self
  log_index first_own_ = 0;            // the noop this leadership began with
  std::size_t uncommitted_bytes_ = 0;  // payload of own proposals not handed out as committed
  member_id transfer_to_ = 0;
  std::uint32_t transfer_ticks_ = 0;
  bool transfer_told_ = false;
  bool stepping_down_ = false;
  std::deque<pending_read> pending_reads_;  // rising round; round 0: not sent yet, at the end
  std::uint64_t read_round_ = 0;
  std::uint32_t read_ticks_ = 0;  // since the last round was asked, or asked again
  bool reads_of_all_asked_ = false;  // then
  std::uint32_t rounds_in_tick_ = 0;
  std::vector<read_state> reads_done_;
  std::vector<lost_log> others_lost_;  // to be told
};

}  // namespace carillon::raft
