// One group's replica on this host: its raft member, its log, what of it is in the tables, what it
// has proposed, and the way back when the tables are behind or damaged. Decides, and does nothing:
// messages, ticks, proposals and finished writes go in; one `effects` comes out. Used by slot_actor,
// meta_actor (both through replica_actor) and the simulator. Pure; one owner at a time.
//
// Use:   feed (tick / step / nominate / propose / read_barrier / written / chunk_arrived / ...)
//        for (effects e = r.take_effects(); !e.empty(); e = r.take_effects())
//          carry e out in the order of its members
// Feeding several proposals before one take_effects makes one batch of them.
//
// Catching up. A replica whose next entry the leader has trimmed, or whose tables are damaged, pulls
// the group's rows from the leader: first a mark that the tables are mixed is on disk, then chunks
// replace the rows, span by span, then the mark goes (with the log's new start, after an offer).
// While the mark stands the replica neither serves nor campaigns, and applies nothing; a restart
// starts the pull again. Rows may be newer than the index that the pull is for: entries applied
// over them later end in the same tables, because a command carries its outcome, and nobody serves
// before an entry of its own term is applied.
//
// A replica whose log lost entries that it once acknowledged follows, but neither votes nor campaigns
// until everything up to there is committed here again (storage/slot_start.hpp says why). It finds that
// out at its start, when an entry cannot be read, or from a leader that remembers more than it has. One
// that is told something else of an entry that it knows to be committed takes no further part in the
// group: another host has an older copy of its data folder, and only an operator can say which.
//
// A disk may hang without failing: nothing is written, nothing is refused, and the host still beats. An
// entry is answered for only from the leader's own disk (raft::ready), so a leader whose disk is at one
// write for disk_patience_ticks hands its leadership over as soon as another voter's disk is seen to be
// ahead, and does not campaign until the disk goes on. (Hosts that wait for the same thing stay as they are.)
// Ticks and not time: a process that was frozen has not waited for its disk.
//
// The projections' cursor (set_projected) is told to the followers in the `context` of appends, so
// that each replica keeps the log that a next leader's projections may need, and no more.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/random.hpp"
#include "runtime/base/result.hpp"
#include "runtime/raft/raft.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "runtime/wire/peer.pb.h"
#include "storage/journal_write.hpp"
#include "storage/log_store.hpp"

namespace carillon {

class replica {
public:
  struct setup {
    slot_id slot = 0;
    raft::options raft;
    raft::configuration founders;           // the members, while the disk knows of no others
    raft::log_index log_keep_entries = 0;   // kept below what is applied and projected
    std::uint32_t chunk_bytes = 256u << 10; // of rows, in one answer to a pull
    std::uint32_t retry_ticks = 5;          // between pulls that failed
    std::uint32_t pin_ticks = 300;          // the log is kept for who pulls, so long after its last
    std::uint32_t disk_patience_ticks = 30; // with one write of the host's disk
  };
  struct place {
    raft::member_id leader = 0;  // 0: nobody, as far as known
    raft::term_t term = 0;
    bool operator==(const place&) const = default;
  };
  struct committed_entry {
    raft::log_index index = 0;
    raft::term_t term = 0;
    std::shared_ptr<const wire::slot_command> command;
    std::uint64_t tag = 0;  // of the proposal, when mine
    bool mine = false;      // proposed here in this leadership, and not lost meanwhile
  };
  struct fetch {
    std::uint64_t id = 0;  // for chunk_arrived
    raft::member_id from = 0;
    wire::fetch_chunk what;
  };

  struct alarm {
    raft::member_id host = 0;  // of which this is said; may be this one
    std::string words;
  };

  // Effects, to be carried out in the order of the members:
  struct effects {
    // 1. May leave at once. What has to wait for the disk comes out after written().
    std::vector<raft::message> send;
    // 2. To be written, in this order; `done` is empty. written() is owed for each, in order.
    std::vector<storage::journal_write> writes;
    // 3. Committed commands, in order, each once per process life. They are in the tables when
    //    applied() says so. (Members and noops are left out: they only move the indexes.)
    std::vector<committed_entry> committed;
    // 4. Every proposal that did not come out committed until now will not come out as mine.
    std::optional<error> lost;
    // 5. leader(), serves() or both are not what they were.
    bool leadership_changed = false;
    // 6. Barriers: leadership was confirmed after they were asked for, and what was committed then
    //    is applied; or this replica does not lead (any more).
    std::vector<std::uint64_t> readable;
    std::vector<std::uint64_t> unreadable;
    // 7. The tables were replaced: what was derived from them is to be read again. Commands that the
    //    new tables hold already do not come out in `committed`.
    bool tables_replaced = false;
    // 8. Rows to be asked for. One is out at a time; chunk_arrived() is owed for it.
    std::optional<fetch> pull;
    // 9. For the log: damage that is being mended, or rows that could not be used.
    std::optional<error> trouble;
    // 10. For the log, as errors: what an operator has to look at. Each once.
    std::vector<alarm> alarms;

    bool empty() const;
  };

  // `from` and `log` as read from the disk. `random` outlives this.
  replica(setup how, const storage::slot_start& from, std::unique_ptr<storage::log_store> log,
          random_source& random);
  replica(const replica&) = delete;
  replica& operator=(const replica&) = delete;

  // A single voter takes the lead at once; others wait to be nominated or for their patience to end.
  void start();

  // -- time and messages --
  // One tick passed; these hosts were heard in it, these were lost, and one of them says it leads
  // this group (`led`, {0, 0} when none does). Writes are of all groups: all learn of a disk that hangs.
  struct heard {
    std::vector<raft::member_id> alive;
    std::vector<raft::member_id> lost;
    place led;
    std::uint64_t writing = 0;  // names the write that this host's disk is at; 0: none
  };
  void tick(const heard& what);
  void step(std::vector<raft::message> messages);
  // The ring actor names this replica the next leader, because `lost` is gone. Ignored when `term`
  // is older than the group's.
  void nominate(raft::term_t term, raft::member_id lost);
  // Leadership is to go to `to`; nothing happens on a follower.
  void transfer(raft::member_id to);
  void step_down();
  // This host is about to stop: hands over, and does not campaign any more.
  void retire();

  // -- proposals and reads --
  // Errors: not_owner, overloaded, invalid_arguments (the command cannot be read back: text that is
  // not UTF-8), the failure() of the disk. `tag` comes back with the commit.
  result<raft::log_index> propose(std::shared_ptr<const wire::slot_command> command,
                                  std::uint64_t tag);
  // The number that comes back in effects.readable or .unreadable. All that wait share one round.
  std::uint64_t read_barrier();

  // -- members (one change at a time; errors as raft's) --
  result<raft::log_index> add_learner(raft::member_id id);
  result<raft::log_index> promote(raft::member_id id);
  result<raft::log_index> remove(raft::member_id id);

  // -- what was carried out --
  // The oldest write that was given out is on disk, or failed. After a failure nothing is written or
  // acknowledged any more; with other voters the leadership goes to one of them.
  void written(const status& outcome);
  // The answer to the pull of this id. Rows that cannot be used are asked for again.
  void chunk_arrived(std::uint64_t id, result<wire::chunk> answer);
  // Everything up to `index` is projected: stored with the next write, told to followers, and the
  // log is kept from there on. A lower one than before changes nothing.
  void set_projected(raft::log_index index);
  // Something on this host alone (its directory's file) goes on from the log after `index`, which is
  // therefore kept here, whatever is projected elsewhere. Never called: there is no such thing.
  void keep_log_after(raft::log_index index) { kept_after_ = index; }
  // Records of this group on this disk are not what was written. With other voters the replica hands
  // over, pulls the rows anew and then takes part as before. A single voter can only go on.
  void damaged(const error& what);
  // Whoever pulls from here needs the log from `index` on; asked before each chunk is read. False:
  // not to be served from here now (not_owner).
  bool pin_log(raft::member_id who, raft::log_index index);

  effects take_effects();

  // -- what is so, now --
  bool serves() const;  // may answer for the group: leads, own term applied, tables whole
  bool leads() const { return core_.current_role() == raft::role::leader; }
  place leader() const { return {core_.leader(), core_.term()}; }
  bool alone() const;   // the only voter
  // The term of the leader that it follows, and of which it would affirm that it does; 0: of none.
  raft::term_t follows() const;
  bool is_catching_up() const { return mixed_; }
  const raft::raft& core() const { return core_; }
  const storage::log_store& log() const { return *log_; }
  // The end of what was ever acknowledged from this disk, be it still there or not.
  raft::log_index vouched() const {
    return std::max(core_.last_index(), core_.lost_up_to().value_or(0));
  }
  raft::log_index applied() const { return applied_; }      // readable in the tables
  raft::log_index committed() const { return handed_out_; } // given out in effects.committed
  raft::log_index projected() const { return projected_; }  // the cursor, own or heard
  const std::optional<error>& failure() const { return failed_; }
  bool disk_hangs() const { return disk_hangs_; }
  std::string describe() const;

private:
  struct proposal {
    raft::log_index index = 0;
    raft::term_t term = 0;
    std::shared_ptr<const wire::slot_command> command;
    std::uint64_t tag = 0;
  };
  // A ready of the core that is not advanced yet.
  struct ready_out {
    bool persists = false;
    bool written = false;
    std::vector<raft::message> then_send;
  };
  enum class write_kind : std::uint8_t {
    ready,  // of the oldest ready that is not written
    mark,   // the tables are mixed
    rows,   // a pulled chunk
    whole,  // the mark is gone
    log_whole,
  };
  struct write_out {
    write_kind kind = write_kind::ready;
    raft::log_index applied = 0;  // what the tables hold after it
  };
  struct confirmed_read {
    raft::log_index index = 0;
    std::uint64_t id = 0;
  };
  struct pin {
    raft::log_index index = 0;
    std::uint32_t ticks_left = 0;
  };
  // A pull of the group's rows that is under way. Invariant: present while mixed_.
  struct pull_state {
    std::optional<raft::snapshot_offer> offer;  // none: it was asked for
    raft::log_index index = 0;                  // the rows must be at least as new
    wire::fetch_chunk asked_for;
    bool busy = false;                          // a question or a write is out
    bool asked = false;                         // it is a question, `id`
    std::uint64_t id = 0;
    std::uint32_t wait_ticks = 0;
    std::size_t span = 0;                       // of storage::pulled_families()
    std::string after_key;
  };

  // -- readies, proposals, reads (replica.cpp) --
  void collect();
  bool may_take_ready() const;
  void take_ready();
  void hand_out(const std::vector<raft::entry>& entries, storage::journal_write& write);
  void advance_written();
  void lose_if_deposed();
  void ask_round();
  void answer_reads();
  void on_round(const raft::read_state& answer);
  void trim(storage::journal_write& write);
  void may_be_elected();
  void watch_disk(std::uint64_t writing);
  raft::member_id voter_ahead_of_disk() const;
  void hand_over_at_once(raft::member_id best);
  void mend_log();
  void sound_alarms(const raft::ready& from);
  void give_out(write_kind kind, storage::journal_write write);
  void post_send(std::vector<raft::message> messages);
  void fail(const error& why);

  // -- catching up (replica_pull.cpp) --
  void begin_pull(std::optional<raft::snapshot_offer> offer);
  void drive_pull();
  bool pull_is_at_end() const;
  void end_pull();
  void pull_ended();

  const setup how_;
  std::unique_ptr<storage::log_store> log_;
  raft::raft core_;
  effects out_;

  std::deque<ready_out> readies_;             // oldest first
  std::deque<write_out> writes_;              // in the order of written()
  std::deque<proposal> proposals_;            // by rising index, all of one term; not yet committed
  raft::log_index handed_out_;                // highest committed index given out
  raft::log_index applied_;                   // the tables hold this
  raft::log_index projected_;
  raft::log_index projected_told_ = 0;  // what the last append said of it
  std::optional<raft::log_index> kept_after_;
  raft::log_index last_config_ = 0;           // newest change of members handed out
  std::optional<error> failed_;
  bool retired_ = false;
  std::uint64_t writing_ = 0;                 // as of the last tick
  std::uint32_t writing_ticks_ = 0;           // since it is that one
  bool disk_hangs_ = false;
  bool gives_way_ = false;                    // for that: does not campaign, and leads no more
  bool damage_trimmed_ = false;

  std::uint64_t last_read_ = 0;
  std::uint64_t last_round_ = 0;
  std::uint32_t round_ticks_ = 0;             // since last_round_ was asked
  std::vector<std::uint64_t> reads_waiting_;  // for the next round
  std::vector<std::uint64_t> reads_asked_;    // in last_round_
  std::deque<confirmed_read> reads_confirmed_;

  std::optional<raft::log_index> mending_log_;  // the disk is being told that this is here again

  bool mixed_ = false;
  std::optional<pull_state> pull_;
  std::uint64_t last_pull_ = 0;
  std::map<raft::member_id, pin> pins_;

  place last_leader_;
  bool last_serves_ = false;
};

}  // namespace carillon
