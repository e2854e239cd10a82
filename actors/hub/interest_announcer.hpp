// Tells the leaders of slots, wherever they are, what the hub (of channels) or the presence actor (of users)
// wants of them, until each has said that it knows (interest_lanes.hpp); and says when that is to be done again:
// another host leads a slot (leader_watch.hpp), a link lost what a slot told, and, although nothing seems to be
// missing, for a share of everything each second, so that each is asked again about once a minute.
// A part of the actor that has it: used, and calling back, in that actor's handlers only.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include <caf/all.hpp>

#include "actors/host_services.hpp"
#include "actors/hub/interest_lanes.hpp"
#include "actors/hub/leader_watch.hpp"
#include "actors/protocols.hpp"

namespace carillon {

class interest_announcer {
public:
  using which = std::function<bool(const entity_id&)>;
  struct callbacks {
    // What a leader answered, on this host or another.
    std::function<void(const interest_confirmed&)> told_here;
    std::function<void(const wire::interest_answer&)> told_there;
    // Of these slots' leaders, who do not know what this host wants or may have told it in vain, all is to be
    // wanted again; then, of what is in no such slot, what the audit's turn has come for.
    std::function<void(const std::vector<slot_id>&)> recover;
    std::function<void(const which&)> audit;
  };
  interest_announcer(caf::event_based_actor& self, const host_services& host, bool of_presence, callbacks then)
      : self_(self), host_(host), lanes_(of_presence), then_(std::move(then)) {}

  // In a cluster: watches leaders, and audits.
  void begin();

  void want(const entity_id& what, std::optional<std::uint64_t> after, std::uint64_t serial) {
    lanes_.want(host_.slot_of(what), what.text(), after, serial);
  }
  void withdraw(const entity_id& what) { lanes_.withdraw(host_.slot_of(what), what.text()); }
  // Nothing that was told their leaders counts any more. What lives in them.
  which leaders_changed(const std::vector<slot_id>& slots);
  // Says what is to be said. While this host is cut off it stays, and is said later.
  void flush();
  bool is_cut_off() const { return host_.health && host_.health->cut_off(); }

  // The slots of which a link lost something; all that its host leads, if it does not know which.
  std::vector<slot_id> slots_of(const events_missed& what) const;

private:
  void announce(slot_id slot);
  void announce_here(slot_id slot, std::uint64_t number, announce_interest_box what);
  void announce_there(slot_id slot, std::uint64_t number, ask_peer question);
  void refused(slot_id slot, std::uint64_t number);
  void watch_leaders();
  void audit();

  caf::event_based_actor& self_;
  const host_services& host_;
  interest_lanes lanes_;
  leader_watch watch_;
  const callbacks then_;
  std::uint32_t audit_turn_ = 0;
  bool resting_ = false;  // cut off: what is to be said waits for the end of it
};

}  // namespace carillon
