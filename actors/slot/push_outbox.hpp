// What waits to be told to the devices of a slot's users, and what they show: the rows of the table, as
// the slot's leader has them in memory, one for each user and channel. A burst is one push: what comes
// while a row waits joins it. A device that could not be told is tried again, later each time; the others
// do not wait for it. What is told and not read stays as `shown`, so that it is taken away when it is read
// elsewhere, and so that the next push says how many there are.
//
// What a connection of the user shows them is held, for it may be dead and nobody knows yet: until it is found
// to be (then what it cannot have shown is told), or until it would have been found by now (then nothing is).
//
// Bounded: when there are outbox_max rows, one gives way to each new one, as push_shares has it. What is under
// way is as well, of all and of each user.
//
// What is told comes after its row is in the table, so that a leader that dies meanwhile leaves it to the next;
// what became of it is written afterwards, and until then may be told again, under the same collapse id.
//
// Pure: time and chance are arguments. Used by one actor.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "actors/slot/push_row.hpp"
#include "actors/slot/push_shares.hpp"
#include "actors/slot/push_turns.hpp"
#include "runtime/push/push_message.hpp"
#include "runtime/raft/types.hpp"

namespace carillon {

// How long to wait after so many attempts (from 1 on). `chance` in [0, 1): those of one outage do not come
// back together. Never before what the provider asked for.
struct push_pauses {
  std::chrono::milliseconds first{1'000};
  std::chrono::milliseconds most{60'000};
};
std::chrono::milliseconds push_pause(const push_pauses& how, std::uint32_t attempts,
                                     std::chrono::milliseconds asked_for, double chance);

class push_outbox {
public:
  struct limits {
    std::size_t rows_max = 5'000;
    std::chrono::milliseconds gather{500};
    push_pauses pauses;
    std::chrono::hours keep{24};
    std::size_t errands_of_user = 4;         // under way at once
    std::chrono::milliseconds hold{35'000};  // a connection that is dead is found to be by then
  };
  struct counts {
    std::uint64_t decided = 0;    // rows that began to wait
    std::uint64_t collapsed = 0;  // news that joined one
    std::uint64_t dropped = 0;    // gave way to others, while they waited
    std::uint64_t expired = 0;
    std::uint64_t clears = 0;     // to be taken away
    std::uint64_t refused = 0;    // by the provider, for good
  };

  explicit push_outbox(limits how) : how_(how), queue_(how.errands_of_user) {}

  // From the table, when a leadership begins; at once to be told where it waits.
  void load(const push_key& key, wire::push_row row, tick_time now);

  // -- what comes --
  // The rows that go with the news, to be written with them; nothing has changed yet.
  struct planned {
    std::vector<wire::user_push> rows;
    std::uint64_t dropped = 0;  // of them: those that waited and give way
    std::map<push_key, bool> held;  // of those with something new: whether a connection shows that
    timestamp at = 0;
  };
  planned plan(const std::vector<push_news>& news, timestamp now) const;
  // They are proposed, with the entry at `index`.
  void accept(const planned& what, raft::log_index index, tick_time now);
  // The tables hold everything up to here: nothing is told before what it is told by can be read.
  void applied(raft::log_index upto) { applied_ = upto; }
  // Of the entry at `index`: the user has read so far; is in the channel no more, since the event left_at
  // (what came later is of a time when they were in it again). Or has no devices any more.
  void read(const push_key& key, timestamp last_read, raft::log_index index, timestamp wall, tick_time now);
  void left(const push_key& key, std::uint64_t left_at, raft::log_index index, timestamp wall, tick_time now);
  void forget(std::uint64_t user);

  // -- what is to be done --
  // In turn, of each user no more than may be under way.
  std::vector<push_key> due(tick_time now, std::size_t most) const;
  std::optional<tick_time> next_due() const;
  // The row, and which of its devices are to be told now. nullopt: none after all (it was given up).
  struct errand {
    std::uint64_t id = 0;
    wire::push_row row;
    std::vector<std::string> devices;
  };
  std::optional<errand> begin(const push_key& key, timestamp wall, tick_time now);
  // Not before then: the user is not to be disturbed; or until they say something else.
  void postpone(const push_key& key, tick_time until);
  void resume(std::uint64_t user);
  // A connection of the user shows what waits: that is over for what it would not have outlived.
  void hold(const push_key& key, timestamp wall, tick_time now);
  bool is_held(const push_key& key) const;
  // The user's last connection is gone, and showed what came until `seen`: what is held and younger is told.
  void gone(std::uint64_t user, timestamp seen, tick_time now);
  bool is_clear(const push_key& key) const;

  struct told {
    struct device {
      std::string name;
      push::push_fate fate = push::push_fate::try_again;
      std::chrono::seconds retry_after{0};
    };
    std::vector<device> devices;
    bool nothing = false;  // as push_told has these
    bool no_news = false;
    timestamp told_ts = 0;
    std::uint64_t upto = 0;
    std::vector<wire::push_item> unread;
  };
  // What became of the errand of that id.
  void ended(const push_key& key, std::uint64_t errand, const told& what, timestamp wall, tick_time now,
             double chance);

  // Rows that differ from the table, as they are to be written; at most `most`.
  bool has_changes() const { return !changed_.empty(); }
  // false: they are of what was held, and if they are lost, the next leader comes to the same; or it tells who is
  // not connected any more.
  bool is_urgent() const { return urgent_; }
  std::vector<wire::user_push> take_changes(std::size_t most);
  void changes_lost(const std::vector<wire::user_push>& rows);

  counts take_counts() { return std::exchange(counts_, {}); }
  std::size_t waiting() const { return shares_.count(push_shares::rank::waiting); }  // and not held
  std::size_t held() const { return shares_.count(push_shares::rank::held); }
  std::size_t shown() const { return shares_.count(push_shares::rank::shown); }
  std::size_t under_way() const { return under_way_; }

private:
  struct line {
    tick_time not_before{};
    std::uint32_t attempts = 0;
  };
  struct entry {
    wire::push_row row;
    std::map<std::string, line> lines;  // of row.devices
    raft::log_index needs = 0;          // to be applied before it is told
    std::uint64_t under_way = 0;        // the errand that is; 0: none
    bool changed_since = false;         // it tells of less, or of something else
    bool errand_clears = false;
    bool held = false;                  // as long as it waits; never while it is under way
    tick_time not_before{};             // whatever is said of each device
    push_times came;
    std::optional<tick_time> queued;    // its place in queue_
    std::optional<std::pair<push_shares::rank, timestamp>> listed;  // and in shares_
  };
  using entries = std::map<push_key, entry>;

  // Everything that follows from a row that is another one now. An entry that is over goes, unless an errand
  // is under way whose devices have to take it away then.
  void settle(entries::iterator at, wire::push_row next, tick_time ready);
  void unlist(const push_key& key, entry& of);
  void list(const push_key& key, entry& of);
  void end_errand(const push_key& key, entry& of);
  void queue(const push_key& key, entry& of);
  void change(entries::iterator at, wire::push_row next, tick_time ready);
  void take_news(entry& of, const wire::user_push& each, const planned& what, tick_time now);
  void relist(entries::iterator at, bool held);
  bool see(entries::iterator at, timestamp seen, tick_time now);

  limits how_;
  entries entries_;
  push_turns queue_;     // of those that wait and are not under way
  push_shares shares_;
  std::set<push_key> changed_;
  bool urgent_ = false;
  raft::log_index applied_ = 0;
  std::uint64_t last_errand_ = 0;
  std::size_t under_way_ = 0;
  counts counts_;
};

}  // namespace carillon
