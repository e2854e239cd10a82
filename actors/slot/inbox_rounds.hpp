// What all slots of channels that this host leads have for one slot of users goes together: one
// envelope, one proposal there, one row for each user, whatever the number of channels. In rounds: the
// first letter goes at once, what comes within `gather` of a round goes with the next one, and to each
// slot one mail is under way at a time. Rounds take a share of what the host can do: a mail is an entry in
// the log of a slot, whatever is in it, and a row for each user. Slots for which there is no room wait their
// turn, up to `gather_max`, and what gathers for them meanwhile is written at once. So inboxes take a small
// part of a busy host, never all of it for a while, and are late there. What is not used is saved: on a host
// that is not busy a message to many goes at once, and a busy one pauses until it has saved enough for many
// slots together, whose entries then share syncs and frames.
// The order in which a sender brings its letters for a slot is kept by the sender, who brings the next
// when it has the receipt of the one before (inbox_lanes.hpp).
//
// Pure: time is an argument.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "actors/inbox_letter.hpp"
#include "runtime/base/clock.hpp"

namespace carillon {

class inbox_rounds {
public:
  // Who brought letters (an actor's id), and since which beginning of theirs.
  using sender = std::pair<std::uint64_t, std::uint64_t>;
  struct limits {
    std::chrono::milliseconds gather{0};      // between two rounds; 0: each takes all there is
    std::chrono::milliseconds gather_max{0};  // until each slot that waits has had its turn
    std::chrono::milliseconds saved_max{0};   // of the share, on a host that is not busy
    std::chrono::milliseconds together{0};    // so much of it a busy host saves before its next round
    // So much of it is begun at a time; before the next part of a round everybody else has as long again as
    // it takes. 0: a round begins at once.
    std::chrono::milliseconds at_a_time{0};
    // Ten times what they cost (cost_factor), so that inboxes take a tenth of a core.
    std::chrono::microseconds per_mail{0};
    std::chrono::microseconds per_row{50};
    int runs_max = 4'096;  // of one mail; a letter is not divided, and what is left goes next, in its round
  };
  struct mail {
    slot_id to = 0;
    std::uint64_t someone = 0;
    wire::inbox_delivery what;
  };
  using receipts_by_sender = std::map<sender, std::vector<inbox_receipt>>;

  explicit inbox_rounds(limits how) : how_(how) {}

  void take(sender from, inbox_letter letter);
  // Somebody waits for what was brought for this slot until now: it does not wait for its turn, or for room.
  void hurry(slot_id to);
  // What goes now; nothing while it is not the time for a round. `give_way`: callers wait for the host to have
  // time for them, so inboxes take a quarter of their share, and `gather_max` is four times as long.
  std::vector<mail> go(tick_time now, bool give_way = false);
  // REQUIRES: a mail to it is under way. All that went with it share its fate.
  void answered(slot_id to, const std::optional<error>& refused);
  // For whom there are any: when a round has begun as a whole and nothing of it is under way any more, with the next, or when somebody waits.
  receipts_by_sender receipts(tick_time now);
  // When to call go() and receipts() again, if nothing happens before; nullopt: nothing waits for time.
  std::optional<tick_time> next() const;

private:
  using letters = std::vector<std::pair<sender, inbox_letter>>;
  struct box {
    letters waiting;
    std::vector<sender> under_way_of;  // not empty: a mail is
    std::size_t left_over = 0;         // of what waits, letters of the last round
    bool urgent = false;               // something that waits
    bool urgent_under_way = false;
  };

  static constexpr int given_way = 4;
  static constexpr int cost_factor = 10;

  void give_turns(tick_time now, int slower);
  void begin_urgent(std::vector<mail>& out);
  void begin(slot_id to, std::vector<mail>& out);
  std::chrono::microseconds cost_of(const box& of) const;
  mail mail_to(slot_id to);

  const limits how_;
  std::map<slot_id, box> boxes_;
  struct turn {
    slot_id to = 0;
    std::optional<tick_time> due;  // it does not wait for room any longer; unknown until go() sees it
  };
  std::deque<turn> ready_;          // something waits there and nothing is under way
  std::vector<slot_id> left_over_;  // the same, of a round that has begun
  std::size_t urgent_ = 0;     // boxes
  std::size_t under_way_ = 0;  // mails
  bool receipts_urgent_ = false;
  receipts_by_sender receipts_;
  std::size_t in_round_ = 0;  // of ready_, from its front: the round that has begun
  tick_time round_began_{};
  tick_time last_go_{};
  tick_time last_due_{};
  tick_time not_before_{};
  std::chrono::microseconds share_{0};  // below 0: the last round took more than its own
};

}  // namespace carillon
