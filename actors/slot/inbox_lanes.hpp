// What a slot's leader has for the inboxes of users, here and on other slots: a lane for each slot of
// users, in which one delivery is under way at a time. So a delivery is never overtaken by a later one,
// its receiver knows what came before (api.proto: inbox_delivery), and what gathers meanwhile goes
// together: the busier, the fewer and larger the deliveries. An index is over when all that it brought is
// delivered; the projections' cursor waits for that (slot_projections.cpp).
//
// Pure: time is an argument, who is in a channel comes from the caller when it is asked for.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "actors/slot/inbox_audience.hpp"
#include "actors/slot/inbox_step.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/wire/api.pb.h"

namespace carillon {

class inbox_lanes {
public:
  struct limits {
    std::size_t queued_max = 65'536;     // items; above it nothing more is taken: see is_full()
    std::size_t members_max = 16'384;    // remembered, of channels that nothing waits for
    std::size_t runs_max = 1'024;         // of one delivery
  };

  inbox_lanes(limits how, user_slot_function slot_of) : how_(how), slot_of_(std::move(slot_of)) {}

  // A committed change, in the order of the log. REQUIRES: !is_full().
  void take(inbox_step step);
  // A user of that slot leaves with this index, which is taken next; and: that slot knows it. Their inbox is
  // not told of it before, or a device that has read it there would come back as a member, and hear what is
  // said after it.
  void leaving(raft::log_index index, slot_id slot) { leaving_.emplace(index, slot); }
  void left(raft::log_index index, slot_id slot);
  bool is_full() const { return queued_ >= how_.queued_max; }
  // One that is not taken, because something before it was not: who came and went with it is missing, or too
  // much, when members are read for what was taken.
  void pass_over(const inbox_step& step);
  bool is_idle() const { return queued_ == 0; }  // nothing waits, nothing is under way

  // Channels whose members are to be read, each once; the caller owes each a loaded() or not_loaded().
  struct question {
    entity_id channel;
    bool everybody = false;  // of a channel that is read at sync, too
  };
  std::vector<question> questions();
  // `members`: all of them, or none of a channel that is read at sync, unless everybody was asked for.
  void loaded(const entity_id& channel, std::vector<inbox_audience::member> members,
              bool read_at_sync);
  void not_loaded(const entity_id& channel);  // it is asked for again
  // Of a channel that is read at sync: is this user in it, by tables that hold the log up to `applied`?
  // REQUIRES: set before take().
  std::function<bool(const entity_id& channel, std::uint64_t user)> is_member;
  std::function<raft::log_index()> applied;

  // Lanes whose turn it is; each is to be delivered to now. left() may bring more.
  std::vector<slot_id> due(tick_time now);
  // When one of those that pause is due; nullopt: none pauses.
  std::optional<tick_time> next_due() const;
  // The next delivery of a lane that is due, or (after a failure) the same one again.
  std::shared_ptr<const wire::inbox_delivery> deliver(slot_id to);
  // Somebody waits until that slot has what is of this index and before.
  void hurry(slot_id to, raft::log_index index);
  // Slots for which something is sent that is waited for; each is told once of each delivery.
  std::vector<slot_id> urgent() { return std::exchange(urgent_, {}); }
  // Any user of that slot, by whom it is found.
  std::uint64_t someone_of(slot_id slot) const { return lanes_.at(slot).someone; }
  // It was taken. The indexes that are over with it.
  std::vector<raft::log_index> delivered(slot_id to);
  // It is due again, as it was, after `pause`.
  void failed(slot_id to, tick_time now, std::chrono::milliseconds pause);
  // Indexes that are over without a delivery; each is told once.
  std::vector<raft::log_index> over();

  // Something of this channel, up to this index, is still to come into the inboxes of that slot (or may be:
  // nobody knows yet for whom it is).
  bool owes(slot_id to, const entity_id& channel, raft::log_index index) const;

  std::size_t queued() const { return queued_; }

private:
  struct item {
    raft::log_index index = 0;
    entity_id channel;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    user_list users;  // null: none
    std::vector<wire::inbox_mention> mentions;
    bool read_at_sync = false;
    bool has_leaver = false;
    std::uint64_t someone = 0;  // a user of the lane's slot
  };
  struct lane {
    std::deque<item> queue;
    struct part {
      raft::log_index index = 0;
      entity_id channel;
    };
    std::vector<part> under_way_of;  // one for each item
    std::shared_ptr<const wire::inbox_delivery> under_way;
    bool sent = false;  // and not answered
    raft::log_index waited_for = 0;
    std::uint64_t someone = 0;
  };
  struct book {
    std::optional<inbox_audience> audience;
    std::deque<inbox_step> waiting;  // for the audience
    std::deque<inbox_step> passed_over;  // behind those; what is needed of them
    struct move {
      raft::log_index index = 0;
      std::uint64_t user = 0;
      bool inside = false;
    };
    std::deque<move> moves;  // of one that is read at sync: what the tables may not hold yet
    bool asked = false;
    bool everybody_asked = false;
    std::uint64_t used = 0;
  };

  void work_off(const entity_id& channel, book& of);
  void note_moves(const inbox_step& step, book& of) const;
  bool is_inside(const entity_id& channel, const book& of, std::uint64_t user) const;
  void spread(const inbox_step& step, book& of);
  void spread_mentions(const inbox_step& step, const users_by_slot& takers, const book& of,
                       std::map<slot_id, item>& items);
  void queue(const inbox_step& step, std::map<slot_id, item> items);
  bool is_held(slot_id slot, const item& of) const {
    return of.has_leaver && leaving_.contains({of.index, slot});
  }
  static bool is_waited_for(const lane& of);  // REQUIRES: something is under way
  void finish_one(raft::log_index index, std::vector<raft::log_index>& over);
  void forget_unneeded();

  const limits how_;
  const user_slot_function slot_of_;
  std::unordered_map<entity_id, book> books_;
  std::unordered_map<slot_id, lane> lanes_;
  std::set<slot_id> ready_;              // have something, nothing of it is sent, none pauses
  std::map<slot_id, tick_time> pausing_;
  std::multiset<std::pair<raft::log_index, slot_id>> leaving_;
  std::map<raft::log_index, std::size_t> open_;  // items and waiting steps of each index
  std::vector<raft::log_index> over_;
  std::vector<slot_id> urgent_;
  std::vector<question> questions_;
  std::size_t queued_ = 0;   // items in lanes and under way, and waiting steps
  std::size_t members_ = 0;  // in all books
  std::uint64_t uses_ = 0;
};

}  // namespace carillon
