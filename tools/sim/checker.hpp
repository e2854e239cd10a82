// Knows everything that happened anywhere in a run and holds it against DESIGN section 1. The shells
// report facts as they come about: what a disk truly holds, what a group committed, what a client was
// told. The first fact that does not fit is the violation; a run ends with it.
//
// The names are those of the design, and failing runs and tests go by them. Pure: no time of its
// own, no chance, no effects.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/base/ids.hpp"
#include "runtime/raft/log_store.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"
#include "tools/sim/move_steps.hpp"

namespace carillon::sim {

namespace invariant {
inline constexpr std::string_view validity = "validity";
inline constexpr std::string_view integrity = "integrity";
inline constexpr std::string_view total_order = "total order";
inline constexpr std::string_view durability = "durability";
inline constexpr std::string_view single_owner = "single owner";
inline constexpr std::string_view no_gaps = "seq without gaps";
inline constexpr std::string_view posted_once = "client_msg_id once";
inline constexpr std::string_view recovery = "recovery";
// Of a ring in motion:
inline constexpr std::string_view one_plan = "one plan";          // a generation is one view, everywhere
inline constexpr std::string_view whole_groups = "whole groups";  // nobody goes before another is there
inline constexpr std::string_view ready_voters = "ready voters";  // who votes has caught up
inline constexpr std::string_view counted_logs = "counted logs";  // what a leader counts on is there
inline constexpr std::string_view obedience = "obedience";        // what operators were told is so
// Of devices that come back:
inline constexpr std::string_view nothing_missed = "nothing missed";    // of what is theirs
inline constexpr std::string_view told_once = "told once";              // and in the order of the channel
inline constexpr std::string_view only_theirs = "only theirs";          // from joining to leaving
inline constexpr std::string_view same_everywhere = "same everywhere";  // on all of a person's devices
inline constexpr std::string_view mentions = "mentions counted";
inline constexpr std::string_view sound_cores = "sound cores";  // no ENSURE of theirs fails
}  // namespace invariant

struct violation {
  std::string_view invariant;  // one of the names above
  std::string words;           // what does not fit
};

using post_number = std::uint32_t;

// Whom a post speaks of, and the words after its number which say so.
struct spoken_of {
  std::vector<entity_id> users;
  bool everybody = false;
  std::string words;
};

class checker {
public:
  explicit checker(std::uint32_t slots);

  // -- clients --
  // A client is about to post; the number is the text of the message ("m17").
  post_number posts(const entity_id& channel, const entity_id& author, bool has_client_msg_id,
                    spoken_of whom = {});
  // It was told that this is its message. `again`: as the answer to a retry.
  void acknowledged(post_number post, const wire::channel_event& event);
  // It was told of an edit, a join or the like at this place.
  void acknowledged(const entity_id& channel, const wire::channel_event& event);
  // A live connection got an event; `last` is what it had before of this channel (0: the first).
  void delivered(const entity_id& channel, const wire::channel_event& event,
                 std::optional<std::uint64_t> last);
  // A connection's greeting was followed by history up to `read_to`, then by live events from `first`.
  void missed(const entity_id& channel, std::uint64_t read_to, std::uint64_t first);
  // The end of the channel that everyone was told of by now: what a later read must hold.
  std::uint64_t acknowledged_seq(const entity_id& channel) const;
  using messages = google::protobuf::RepeatedPtrField<wire::chat_message>;
  // The newest page of history. `at_least`: acknowledged_seq when it was asked for; `from_start`: there
  // is nothing before it.
  void read(const entity_id& channel, const messages& newest_first, std::uint64_t last_seq,
            std::uint64_t at_least, bool from_start);

  // -- devices that come back (checker_sync.cpp) --
  // A device was told of an event; `last` is what it had before of this channel (0: nothing).
  void told(const entity_id& user, std::uint64_t device, const entity_id& channel,
            const wire::channel_event& event, std::uint64_t last);
  // The first event after `last` that each of the user's devices must be told of; 0: none.
  std::uint64_t first_owed(const entity_id& user, const entity_id& channel, std::uint64_t last) const;
  // At the end: all that a device was told of a channel, as it came.
  void holds(const entity_id& user, std::uint64_t device, const entity_id& channel,
             const std::vector<std::uint64_t>& seqs);
  // Since when the user is in the channel, as the ts of the joining; nullopt: not in it.
  std::optional<timestamp> joined_at(const entity_id& user, const entity_id& channel) const;
  // At the end: so many mentions since then are counted. Says how many there are.
  std::uint64_t mentioned(const entity_id& user, const entity_id& channel, std::uint64_t counted);
  // Channels that became too large for inboxes; joins and leaves.
  std::uint64_t crossings() const { return crossings_; }
  std::uint64_t comings() const { return comings_; }

  // -- disks --
  // Entries are on the disk of `host` for good: the suffix from `first` on is now these.
  void synced(raft::member_id host, slot_id slot, const std::vector<raft::entry>& entries);
  // What a host finds when it starts is what there is.
  // `whole`: its tables hold everything before the log.
  void found_on_disk(raft::member_id host, slot_id slot, const raft::log_store& log,
                     bool whole = true);
  // The tables as of `index` are on that disk, pulled from another.
  void restored(raft::member_id host, slot_id slot, raft::log_index index);
  void disk_emptied(raft::member_id host);
  // Nothing of the slot is on that disk any more: it has gone to others.
  void erased(raft::member_id host, slot_id slot);

  // -- groups --
  void leads(raft::member_id host, slot_id slot, raft::term_t term);
  // A replica takes an entry for committed. `voters`: of the group, as that replica knows.
  void committed(raft::member_id host, slot_id slot, raft::log_index index, raft::term_t term,
                 const wire::slot_command* command, const std::vector<raft::member_id>& voters);
  // -- a ring in motion (checker_ring.cpp) --
  // A replica knows that this configuration is committed; its entry is at `index` or a little before.
  void members_are(slot_id slot, raft::log_index index, const raft::configuration& members);
  // A leader in `term` with a log up to `last` made a voter of a learner.
  void promoted(slot_id slot, raft::term_t term, raft::member_id who, raft::log_index last);
  // A leader in `term` takes it that this member holds its log up to `match`, and goes by it.
  void counts_on(slot_id slot, raft::term_t term, raft::member_id who, raft::log_index match);
  // A leader lets a voter go: so many are left. `well`: it is there, and nothing was wrong with anybody.
  void let_go(slot_id slot, raft::member_id who, std::size_t left, std::size_t wanted, bool well);
  // A process goes by this view from now on.
  void view_is(raft::member_id host, std::uint64_t life, const wire::ring_view& view);
  // An operator was told that this is so, in a view.
  void obeyed(const wire::ring_command& command, const wire::ring_view& told);
  const move_counts& moves() const { return moves_; }
  // What a replica's tables say at the end.
  void table(raft::member_id host, const entity_id& channel,
             const std::vector<wire::channel_event>& events);
  // Something did not come back after every fault was mended.
  void not_recovered(std::string words);
  // An ENSURE failed: a host would have stopped.
  void core_stopped(std::string words);

  const std::optional<violation>& found() const { return found_; }
  std::uint64_t last_seq(const entity_id& channel) const;
  std::vector<entity_id> channels() const;
  std::uint64_t commits() const { return commits_; }

private:
  struct post {
    entity_id channel;
    entity_id author;
    bool has_client_msg_id = false;
    bool acknowledged = false;
    std::uint64_t seq = 0;  // where it was committed; 0: nowhere yet
    spoken_of whom;
  };
  struct place {  // of a committed event: what everyone must agree on
    timestamp ts = 0;
    wire::event_kind kind = wire::EVENT_UNKNOWN;
    std::uint64_t about = 0;  // seq of the message that is posted, changed or deleted
    std::string author;
    post_number posted = 0;  // 0: not a client's post
    bool deleted = false;    // a later event says so
    bool changed = false;
  };
  struct stay {  // of a user in a channel: these events are theirs
    std::uint64_t from = 0;
    std::uint64_t to = 0;  // 0: they are in it
  };
  struct channel_record {
    std::vector<place> events;  // by seq - 1
    std::uint64_t acknowledged = 0;
    std::map<entity_id, std::vector<stay>> stays;
    std::uint64_t crossed = 0;  // the last event that inboxes hold; 0: all
  };
  struct committed_entry {
    raft::term_t term = 0;
    std::uint64_t content = 0;
  };
  struct group {
    std::vector<committed_entry> log;  // by index - 1; term 0: not seen committed yet
    std::map<raft::term_t, raft::member_id> leaders;
    // Of the configurations that a leader may have gone by for what is committed: the newest that are
    // committed, oldest first, and those that some disk has after them.
    std::vector<std::pair<raft::log_index, raft::configuration>> members;
    std::map<raft::log_index, raft::configuration> members_to_be;
  };
  struct disk_log {
    raft::log_index restored = 0;     // everything up to here is in the tables
    std::vector<raft::term_t> terms;  // by index - 1; what is truly safe
  };

  void fail(std::string_view name, std::string words);
  void append(slot_id slot, const wire::channel_change& change);
  void append_event(const entity_id& id, channel_record& channel, const wire::channel_event& event);
  static bool is_shown(const channel_record& channel, std::uint64_t seq);
  bool may_say(const place& known, const std::string& text) const;
  std::string text_of(post_number post) const;
  void follow_members(channel_record& channel, const wire::channel_change& change);
  static bool is_owed(const channel_record& channel, const stay& of, std::uint64_t seq);
  bool matches(const place& known, const wire::channel_event& event) const;
  disk_log& log_of(raft::member_id host, slot_id slot);
  std::size_t holders(slot_id slot, raft::log_index index, raft::term_t term,
                      const std::vector<raft::member_id>& voters) const;
  bool is_safe(slot_id slot, raft::log_index index, raft::term_t term,
               const std::vector<raft::member_id>& voters) const;
  bool is_newest(slot_id slot, raft::term_t term) const;
  raft::log_index log_end(slot_id slot, raft::member_id who) const;
  void look_at(slot_id slot);
  void follow(const wire::ring_view& view);

  std::optional<violation> found_;
  std::vector<post> posts_;  // by number; the first is nobody's
  std::unordered_map<entity_id, channel_record> channels_;
  std::vector<group> groups_;  // by slot, the meta group last
  std::map<std::pair<raft::member_id, slot_id>, disk_log> disks_;
  std::uint64_t commits_ = 0;
  std::uint64_t crossings_ = 0;
  std::uint64_t comings_ = 0;
  std::map<std::pair<entity_id, entity_id>, std::vector<std::uint64_t>> held_;  // by user and channel
  std::map<std::uint64_t, std::uint64_t> views_;  // by generation, of its bytes
  std::map<raft::member_id, std::pair<std::uint64_t, std::uint64_t>> generations_;  // life, of that
  wire::ring_view newest_;
  move_counts moves_;
};

// The text of a post, and the number in a text; 0: it is no post's.
inline constexpr std::string_view changed_text = "changed";  // what edits make of it
std::string post_text(post_number post);  // words may follow
post_number post_in(std::string_view text);

}  // namespace carillon::sim
