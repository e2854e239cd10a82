// What the hub has to tell the leaders of the slots: a lane per slot, with one envelope under way at
// a time. An envelope holds the last word about each channel, and a word that was not taken goes
// back under whatever was said since, so a retry can never undo a newer word. Who is asked, and when
// again, is ask_plan's; a slot that nobody leads is waited for without end. Pure: the hub carries
// the steps out. Used by one actor.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/ask_plan.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon {

class interest_lanes {
public:
  // of_presence: what is said is about users, and whether they are there; never mixed with the other.
  explicit interest_lanes(bool of_presence = false) : of_presence_(of_presence) {}

  void want(slot_id slot, const std::string& channel, std::optional<std::uint64_t> after,
            std::uint64_t serial);
  void withdraw(slot_id slot, const std::string& channel);

  // Lanes with something to say, nothing under way and no wait: next() is to be called for each.
  std::vector<slot_id> due() const;
  bool in_doubt(slot_id slot, raft::member_id leader) const;

  struct step {
    ask_step how;              // ask or wait
    std::uint64_t number = 0;  // of the envelope: comes back with what became of it
    std::shared_ptr<const wire::announce_interest> envelope;  // ask
  };
  // REQUIRES: the lane is due.
  step next(slot_id slot, const ask_knowledge& known, tick_time now, std::uint64_t chance);
  void waited(slot_id slot);

  // What became of an envelope. One that was given up meanwhile (leader_changed) changes nothing:
  // answered() is false then, and the answer is of no use.
  bool answered(slot_id slot, std::uint64_t number);
  void refused(slot_id slot, std::uint64_t number);
  void unanswered(slot_id slot, std::uint64_t number);
  // Who was asked last in this lane.
  raft::member_id asked_last(slot_id slot) const;

  // Another host leads: nothing that was told the old one counts there.
  void leader_changed(slot_id slot);

private:
  struct word {  // about a channel
    bool withdrawn = false;
    std::optional<std::uint64_t> after;
    std::uint64_t serial = 0;
  };
  using words = std::unordered_map<std::string, word>;
  struct lane {
    words to_say;
    words under_way;
    std::uint64_t number = 0;  // of what is under way; 0: nothing is
    bool waits = false;
    ask_plan plan{tick_time::max()};
  };
  static void take_back(lane& l);
  lane* current(slot_id slot, std::uint64_t number);

  const bool of_presence_;
  std::map<slot_id, lane> lanes_;  // present once something was to be said
  std::uint64_t last_number_ = 0;
};

}  // namespace carillon
