// The part of the hub that asks: interest of slots, wherever they are led, and everything again that
// another leader of a slot cannot know or may not have told.
#include "actors/ask.hpp"
#include "actors/hub/hub_shell.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds unreadable_retry{5'000};
constexpr std::chrono::seconds user_retry{1};
constexpr std::size_t under_way_max = 64;  // users asked about at a time

template <class Item>
std::vector<wire::channel_event> events_of(const Item& batch) {
  return {batch.events().begin(), batch.events().end()};
}

}  // namespace

// ---- interest ---------------------------------------------------------------------------------

interest_announcer::callbacks hub_actor::asking() {
  return {.told_here = [this](const interest_confirmed& answer) { take_answer(answer); },
          .told_there = [this](const wire::interest_answer& answer) { take_answer(answer); },
          .recover = [this](const std::vector<slot_id>& slots) { recover(slots); },
          .audit = [this](const interest_announcer::which& concerned) { audit(concerned); }};
}

void hub_actor::take_answer(const interest_confirmed& answer) {
  for (const auto& item : answer.items)
    if (auto channel = entity_id::parse(item.channel_id))
      confirm({*channel, {item.channel_id, item.team_id, item.kind}, item.serial, item.last_seq,
               item.unreadable,
               item.replay ? events_of(*item.replay) : std::vector<wire::channel_event>()});
  late_frame_ = nullptr;
}

void hub_actor::take_answer(const wire::interest_answer& answer) {
  for (const auto& item : answer.items())
    if (auto channel = entity_id::parse(item.channel_id()))
      confirm({*channel, {item.channel_id(), item.team_id(), item.kind()}, item.serial(), item.last_seq(),
               item.unreadable(), events_of(item.replay())});
  late_frame_ = nullptr;
}

void hub_actor::confirm(const confirmation& item) {
  if (!core_.awaits(item.channel, item.serial))
    return;
  if (item.unreadable) {
    core_.unreadable(item.channel, item.serial);
    delayed_send(this, unreadable_retry, run_later{[this, channel = item.channel] {
                   core_.ask_again(channel);
                   announcer_.flush();
                 }});
    return;
  }
  // What a live channel is answered with did not come by itself, but for what it had already: that is
  // for those who are behind.
  host_.metrics->gaps_healed.add(labels_.contains(item.channel) && !item.replay.empty() &&
                                 item.replay.back().seq() > core_.last_seq(item.channel));
  labels_[item.channel] = item.known;
  core_.confirmed(item.channel, item.serial, item.last_seq, item.replay);
  if (core_.channel_topic(item.channel) == 0)
    labels_.erase(item.channel);  // everyone left by what was replayed
}

// ---- another leader ---------------------------------------------------------------------------

void hub_actor::on_events_missed(const events_missed& what) {
  if (host_.presence)
    send(host_.presence, what);
  recover_soon(announcer_.slots_of(what));
  if (what.slots.empty() && host_.where)
    tell_missed(what.from);
}

// The peer is back for us. Perhaps it never heard that it was gone (silence in one direction): then
// its hub does not know that our slots dropped what was for it. A batch without events says so.
void hub_actor::tell_missed(raft::member_id peer) {
  for (std::uint32_t i = 0; i < host_.where->slots(); ++i)
    if (auto slot = static_cast<slot_id>(i); host_.where->is_here(slot)) {
      wire::event_batches nothing;
      nothing.set_slot(slot);
      send(host_.link, send_to_peer{peer, wire::ITEM_EVENTS, slot, nothing.SerializeAsString()});
    }
}

void hub_actor::recover_soon(const std::vector<slot_id>& slots) {
  if (slots.empty())
    return;
  if (to_recover_.empty())
    send(this, run_later{[this] { recover(std::exchange(to_recover_, {})); }});
  to_recover_.insert(to_recover_.end(), slots.begin(), slots.end());
}

void hub_actor::recover(const std::vector<slot_id>& slots) {
  const auto concerned = announcer_.leaders_changed(slots);
  for (const entity_id& channel : core_.channels_where(concerned))
    core_.ask_again(channel);
  announcer_.flush();
  for (const entity_id& user : core_.users_where(concerned))
    recover_user_later(user);
}

void hub_actor::audit(const interest_announcer::which& concerned) {
  for (const entity_id& channel : core_.channels_where(concerned))
    if (core_.is_settled(channel))
      core_.ask_again(channel);
  announcer_.flush();
  for (const entity_id& user : core_.users_where(concerned))
    recover_user_later(user);
}

void hub_actor::recover_user_later(const entity_id& user) {
  if (!recovering_.insert(user).second)
    return;  // it waits for its turn already
  do_later([this, user] {
    recovering_.erase(user);
    recover_user(user);
  });
}

// Their devices are told of, and their memberships are asked for: a notice may have been lost, or
// died with the leader that would have sent it.
void hub_actor::recover_user(const entity_id& user) {
  for (connection_id who : core_.connections_of(user))
    if (auto session = sessions_.find(who); session != sessions_.end() && session->second)
      send(session->second, announce_device{});
  wire::user_request which;
  which.set_user_id(user.text());
  which.mutable_list_channels()->set_only_members(false);
  which.mutable_list_channels()->set_with_friends(true);
  ask_user(this, host_, user, which, [this, user](const wire::user_reply& reply) {
    one_done();
    if (reply_error(reply)) {
      if (announcer_.is_cut_off())
        return;  // its leaders are found anew when others are heard again, and then so is this
      delayed_send(this, user_retry, run_later{[this, user] {
                     if (!core_.connections_of(user).empty())
                       recover_user_later(user);
                   }});
      return;
    }
    if (host_.presence) {
      friends_known now{user, {}};
      for (const std::string& id : reply.friends())
        if (auto each = entity_id::parse(id))
          now.friends.push_back(*each);
      send(host_.presence, std::move(now));
    }
    for (const auto& row : reply.channels())
      if (auto channel = entity_id::parse(row.channel_id())) {
        if (row.member())
          core_.joined(user, *channel, row.joined_seq());
        else
          core_.left(user, *channel, row.joined_seq());
      }
    announcer_.flush();
  });
}

// Few at a time: a host's death moves thousands of users, and this is not the only hub.
void hub_actor::do_later(std::function<void()> job) {
  later_.push_back(std::move(job));
  start_next();
}

void hub_actor::start_next() {
  while (under_way_ < under_way_max && !later_.empty()) {
    ++under_way_;
    auto job = std::move(later_.front());
    later_.pop_front();
    job();
  }
}

void hub_actor::one_done() {
  --under_way_;
  start_next();
}

}  // namespace carillon
