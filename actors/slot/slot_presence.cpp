// The part of slot_actor that carries presence from its users' actors to the hosts that watch them.
// Nothing here waits and nothing is promised: what is lost on its way is asked for again by whoever
// watches (actors/hub/presence_actor.hpp).
#include "actors/slot/slot_actor.hpp"

namespace carillon {
namespace {

// Many come and go together: what they are told in is one item for each host and this time.
constexpr std::chrono::milliseconds gather_time{20};
// After another leader died, sessions name their devices to us: a few at a time, each user of a host.
constexpr std::chrono::milliseconds naming_time{1'000};

std::string to_wire(slot_id slot, const presence_board::news& what) {
  wire::presence_news out;
  out.set_slot(slot);
  for (const entity_id& user : what.active)
    out.add_active(user.text());
  for (const entity_id& user : what.away)
    out.add_away(user.text());
  return out.SerializeAsString();
}

}  // namespace

// From here on who is there is named to us; when that is done, who was not named is not there.
void slot_actor::begin_presence() {
  const auto wait = std::chrono::milliseconds(host_.config.presence.offline_grace_ms) + naming_time;
  delayed_send(this, wait, run_later{[this, reign = ++presence_reign_] {
                 if (serving_ && reign == presence_reign_ && board_.settle())
                   tell_presence_soon();
               }});
}

void slot_actor::on_presence_changed(const presence_changed& what) {
  if (!serving_)
    return;
  if (!what.as_before && board_.changed(what.user, what.active, what.in_grace))
    tell_presence_soon();
  if (what.seen_until != 0)
    pushes_unseen(what.user, what.seen_until);
}

void slot_actor::tell_presence_soon() {
  if (!std::exchange(telling_presence_, true))
    delayed_send(this, gather_time, run_later{[this] { tell_presence(); }});
}

void slot_actor::tell_presence() {
  telling_presence_ = false;
  for (presence_board::news& each : board_.take()) {
    if (each.host != presence_board::this_host) {
      if (host_.link)
        send(host_.link, send_to_peer{each.host, wire::ITEM_PRESENCE, slot_, to_wire(slot_, each)});
    } else if (host_.presence) {
      send(host_.presence, presence_news{std::move(each.active), std::move(each.away)});
    }
  }
}

// The same words as about channels, but they are about users, and the answer is how these are.
interest_confirmed slot_actor::take_watches(raft::member_id host, const wire::announce_interest& wanted) {
  for (const auto& user : wanted.withdrawn())
    if (auto id = entity_id::parse(user))
      board_.unwatch(*id, host);
  interest_confirmed out{slot_, {}};
  for (const auto& user : wanted.channels())
    if (auto id = entity_id::parse(user.channel_id()); id && host_.slot_of(*id) == slot_) {
      board_.watch(*id, host);
      interest_confirmed::item item;
      item.channel_id = user.channel_id();
      item.serial = user.serial();
      item.presence = board_.state_of(*id);
      out.items.push_back(std::move(item));
    }
  return out;
}

}  // namespace carillon
