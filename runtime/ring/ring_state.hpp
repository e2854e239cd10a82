// The thinking half of the ring actor: who is a member, who is alive, which slot needs a nominee,
// which slot's leadership goes back where it belongs, which replicas move next (moves.hpp).
// Pure: time comes in, `ring_actions` come out.
// Every replica of the meta group keeps one and feeds it; the one that leads the group carries out
// what it says, so a new leader knows from the first moment who led what when the old one died.
// Used by one actor at a time; needs no lock.
//
// It decides nothing that could harm: a nominee only campaigns and Raft decides; a view counts when
// the meta group has committed it; whatever is lost on the way is said again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/ring/moves.hpp"
#include "runtime/ring/placement.hpp"
#include "runtime/ring/slot_hash.hpp"
#include "runtime/wire/event.pb.h"

namespace carillon {

using ring_host = std::uint64_t;  // a member's store id; 0: nobody

// What became known since the last call. A host is in `lost` once, when it falls silent or its
// connection breaks, and in `alive` whenever it was heard.
struct ring_report {
  struct led {
    slot_id slot = 0;
    ring_host leader = 0;
    std::uint64_t term = 0;
    std::uint32_t load = 0;  // events a second
  };
  std::vector<ring_host> alive;
  std::vector<ring_host> lost;
  std::vector<led> leaders;  // who says that it leads; said again and again
};

// To be carried out in any order.
struct ring_actions {
  struct nomination {  // to the replica of `slot` on `nominee`: campaign
    slot_id slot = 0;
    std::uint64_t term = 0;  // of the leader that is lost
    ring_host nominee = 0;
    ring_host lost = 0;  // 0: nobody was heard to lead
  };
  struct hand_back {  // to the replica of `slot` on `from`: hand leadership over to `to`
    slot_id slot = 0;
    ring_host from = 0;
    ring_host to = 0;
  };
  std::optional<wire::ring_view> propose;  // commit this in the meta group, then call view_is()
  std::vector<nomination> nominations;
  std::vector<hand_back> hand_backs;
  std::vector<std::string> alarms;  // lines for the operator
  bool empty() const {
    return !propose && nominations.empty() && hand_backs.empty() && alarms.empty();
  }
};

class ring_state {
public:
  struct options {
    ring_host self = 0;
    placement_rules rules;
    std::uint32_t members_expected = 1;  // the first table waits for so many members ...
    std::chrono::milliseconds found_after{30'000};  // ... or, with at least rules.replicas, so long
    std::chrono::milliseconds nominate_again{400};  // without a leader, the next replica is nominated
    std::chrono::milliseconds leaderless{3'000};    // nobody was heard to lead a slot for so long
    std::chrono::milliseconds settled{3'000};       // nobody came or went for so long: hand-backs
    std::chrono::milliseconds hand_back_again{5'000};  // the same slot's is not tried again before
    std::chrono::milliseconds hand_back_pause{500};    // between two rounds of
    std::uint32_t hand_backs_at_once = 4;
    std::chrono::milliseconds vanish_window{60'000};
    std::chrono::milliseconds slept{1'000};  // no report for so long: we were stopped, not the others
    std::uint32_t vanish_max_percent = 15;  // of the members, and more than one: frozen
    std::chrono::milliseconds replace_after{600'000};  // silence of a host before others replace it
    std::chrono::milliseconds present{3'000};  // who was not heard for so long is given nothing
    std::chrono::milliseconds look_again{1'000};
    std::chrono::milliseconds weigh_every{30'000};  // leaders, by load
    // While a member's schema is older, it could not follow: nothing moves, operators have no words.
    std::uint32_t moves_need_minor = 0;
    // What came with this minor is used as soon as every member understands it: the view says so first.
    std::uint32_t used_minor = 0;
    move_limits moves = {};
  };
  ring_state(options how, tick_time now);

  // This host leads the meta group from now on, or no longer. take_actions() is for leaders only.
  void lead(bool leading, tick_time now);
  // The newest committed view; generation 0: none yet.
  void view_is(std::shared_ptr<const wire::ring_view> view, tick_time now);
  void view_is(const wire::ring_view& view, tick_time now) {
    view_is(std::make_shared<const wire::ring_view>(view), now);
  }
  // A host says who it is: joined, restarted, moved. Nothing follows when the view has it like that.
  void announced(const wire::ring_member& member);
  // An operator's word: it is in the next view. Errors: with_command's, overloaded (too many wait),
  // invalid_arguments for a host that is to rest while the ring is not whole but for it.
  status operate(wire::ring_command command);
  // No operator's word waits to be committed.
  bool operated() const { return commands_.empty(); }
  // A slot's leader says who is in its group.
  void group_is(slot_id slot, group_fact fact);
  // What the links heard. Everybody is taken for alive until said otherwise; `self` is always.
  void heard(const ring_report& report, tick_time now);
  // What is to be done by now; call it after the above and every tick. REQUIRES: this host leads.
  // `may_change`: the view may be changed now; all else needs nobody's leave.
  ring_actions take_actions(tick_time now, bool may_change = true);
  // The proposal of ring_actions::propose was refused or lost: it is made again.
  void propose_failed() {
    proposed_generation_ = 0;
    commands_proposed_ = 0;
    looked_.reset();
  }

  const wire::ring_view& view() const { return *view_; }
  bool is_alive(ring_host host) const;
  // Members that are silent so long that others take their places.
  std::set<ring_host> given_up(tick_time now) const;
  // Too many vanished within vanish_window: nobody's replicas are to be replaced.
  bool frozen(tick_time now) const;
  // Slots that somebody alive is heard to lead.
  std::uint32_t slots_led() const;
  // The view that would follow from this word, and the plan for it; the word is not kept.
  result<wire::ring_view> try_out(const wire::ring_command& command, tick_time now) const;

private:
  struct host_state {
    bool alive = true;
    tick_time since{};  // of `alive` being what it is
    tick_time heard{};  // last
  };
  struct slot_state {
    ring_host leader = 0;  // as last heard and alive; 0: nobody
    std::uint64_t term = 0;
    ring_host lost = 0;    // who led and was lost; 0 with a leader
    tick_time since{};     // of `leader` being what it is
    tick_time heard{};     // it said so last
    std::optional<tick_time> nominated;
    ring_host nominee = 0;
    std::uint32_t nominations = 0;  // since there was a leader
    std::optional<tick_time> handed_back;
    double load = 0;  // a mean over some minutes, or a hot moment would move leaderships to and fro
  };

  status may_say(const wire::ring_command& command) const;
  void propose_view(tick_time now, ring_actions& out);
  bool weigh(wire::ring_view& next, tick_time now);
  void nominate(tick_time now, ring_actions& out);
  void hand_back(tick_time now, ring_actions& out);
  void warn(tick_time now, ring_actions& out);
  ring_host choose_nominee(std::size_t slot, const std::map<ring_host, std::uint32_t>& load) const;
  std::uint32_t vanished(tick_time now) const;
  bool are_too_many(std::uint32_t gone) const;
  bool is_present(ring_host host, tick_time now) const;
  ring_needs needs(tick_time now) const;

  const options how_;
  std::shared_ptr<const wire::ring_view> view_ = std::make_shared<const wire::ring_view>();
  bool leading_ = false;
  std::optional<tick_time> reported_;  // heard() was called last
  std::optional<tick_time> looked_;    // whether the view has to change, since anything was said
  tick_time led_since_{};
  std::uint64_t proposed_generation_ = 0;             // of a view on its way; 0: none
  std::map<ring_host, wire::ring_member> announced_;  // and not in the view like that
  std::vector<wire::ring_command> commands_;          // and not in the view yet
  std::size_t commands_proposed_ = 0;                 // of them, those in the view on its way
  std::map<slot_id, group_fact> groups_;              // of slots that move
  std::map<ring_host, host_state> hosts_;
  tick_time settled_since_;                           // somebody came or went last
  std::vector<slot_state> slots_;
  std::optional<tick_time> handed_back_;
  tick_time weighed_{};
  bool warned_ = false;
};

}  // namespace carillon
