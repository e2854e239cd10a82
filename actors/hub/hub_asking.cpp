// The part of the hub that asks: interest of slots, wherever they are led, and everything again that
// another leader of a slot cannot know or may not have told.
#include "actors/ask.hpp"
#include "actors/hub/hub_shell.hpp"

namespace carillon {
namespace {

constexpr std::chrono::milliseconds unreadable_retry{5'000};
constexpr std::chrono::milliseconds watch_interval{50};  // how much later than anyone the hub knows
constexpr std::chrono::seconds audit_interval{1};
constexpr std::chrono::milliseconds rest{200};  // of a host that is cut off, between two looks
constexpr std::uint32_t audit_turns = 60;  // each channel and user about once a minute
constexpr std::size_t under_way_max = 64;  // users asked about at a time

template <class Item>
std::vector<wire::channel_event> events_of(const Item& batch) {
  return {batch.events().begin(), batch.events().end()};
}

}  // namespace

// ---- interest ---------------------------------------------------------------------------------

void hub_actor::flush_wants() {
  if (is_cut_off()) {  // whom to ask? What is to be said stays, and is said later
    if (!std::exchange(resting_, true))
      delayed_send(this, rest, run_later{[this] {
                     resting_ = false;
                     flush_wants();
                   }});
    return;
  }
  for (slot_id slot : lanes_.due())
    announce(slot);
}

bool hub_actor::is_cut_off() const {
  return host_.health && host_.health->cut_off();
}

void hub_actor::announce(slot_id slot) {
  ask_knowledge known = detail::knowledge_of(host_, slot);
  known.cut_off = false;  // nobody waits for an answer here: the hub goes on until it has one
  if (lanes_.in_doubt(slot, known.leader))
    detail::add_replicas(known, host_, slot);
  auto step = lanes_.next(slot, known, steady_now(), detail::some_chance());
  if (step.how.what == ask_step::kind::wait) {
    delayed_send(this, step.how.time, run_later{[this, slot] {
                   lanes_.waited(slot);
                   flush_wants();
                 }});
    return;
  }
  if (step.how.to == known.self)
    return announce_here(slot, step.number, announce_interest_box(step.envelope));
  auto what = std::make_shared<wire::peer_request>();
  *what->mutable_interest() = *step.envelope;
  announce_there(slot, step.number, {step.how.to, slot, std::move(what), step.how.time});
}

void hub_actor::announce_here(slot_id slot, std::uint64_t number, announce_interest_box what) {
  request(host_.slots[slot], caf::infinite, what)
      .then(
          [this, slot, number](const interest_confirmed& answer) {
            std::vector<confirmation> items;
            for (const auto& item : answer.items)
              if (auto channel = entity_id::parse(item.channel_id))
                items.push_back({*channel, {item.channel_id, item.team_id, item.kind}, item.serial,
                                 item.last_seq, item.unreadable,
                                 item.replay ? events_of(*item.replay)
                                             : std::vector<wire::channel_event>()});
            take_answer(slot, number, std::move(items));
          },
          [this, slot, number](const caf::error&) {  // it does not lead, or not any more
            lanes_.refused(slot, number);
            flush_wants();
          });
}

void hub_actor::announce_there(slot_id slot, std::uint64_t number, ask_peer question) {
  request(host_.link, caf::infinite, std::move(question))
      .then(
          [this, slot, number](const peer_reply_box& reply) {
            if (reply->errc() == 0 && reply->has_interest()) {
              std::vector<confirmation> items;
              for (const auto& item : reply->interest().items())
                if (auto channel = entity_id::parse(item.channel_id()))
                  items.push_back({*channel, {item.channel_id(), item.team_id(), item.kind()},
                                   item.serial(), item.last_seq(), item.unreadable(),
                                   events_of(item.replay())});
              return take_answer(slot, number, std::move(items));
            }
            auto why = reply_error(*reply);
            if (why && why->code == errc::not_owner && host_.where)
              host_.where->try_next(slot, reply->leader(), lanes_.asked_last(slot));
            if (why && why->code == errc::timed_out)
              lanes_.unanswered(slot, number);
            else
              lanes_.refused(slot, number);
            flush_wants();
          },
          [this, slot, number](const caf::error&) {
            lanes_.refused(slot, number);
            flush_wants();
          });
}

void hub_actor::take_answer(slot_id slot, std::uint64_t number, std::vector<confirmation> items) {
  if (lanes_.answered(slot, number))
    for (const confirmation& item : items)
      confirm(item);
  late_frame_ = nullptr;
  flush_wants();
}

void hub_actor::confirm(const confirmation& item) {
  if (!core_.awaits(item.channel, item.serial))
    return;
  if (item.unreadable) {
    core_.unreadable(item.channel, item.serial);
    delayed_send(this, unreadable_retry, run_later{[this, channel = item.channel] {
                   core_.ask_again(channel);
                   flush_wants();
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

void hub_actor::watch_leaders() {
  if (host_.where)
    if (auto changed = watch_.look(*host_.where); !changed.empty())
      recover(changed);
  delayed_send(this, watch_interval, run_later{[this] { watch_leaders(); }});
}

void hub_actor::on_events_missed(const events_missed& what) {
  if (host_.presence)
    send(host_.presence, what);
  if (!what.slots.empty() || !host_.where)
    return recover_soon(what.slots);
  std::vector<slot_id> led;
  for (std::uint32_t i = 0; i < host_.where->slots(); ++i)
    if (host_.where->of(static_cast<slot_id>(i)).leader == what.from)
      led.push_back(static_cast<slot_id>(i));
  recover_soon(led);
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

// These slots' leaders do not know what this host wants, or may have told it in vain.
void hub_actor::recover(const std::vector<slot_id>& slots) {
  std::vector<bool> among(host_.slots.size());
  for (slot_id slot : slots)
    if (slot < among.size())
      among[slot] = true;
  auto concerned = [&](const entity_id& id) { return among[host_.slot_of(id)]; };
  for (slot_id slot : slots)
    lanes_.leader_changed(slot);
  for (const entity_id& channel : core_.channels_where(concerned))
    core_.ask_again(channel);
  flush_wants();
  for (const entity_id& user : core_.users_where(concerned))
    recover_user_later(user);
}

// A share of what others lead, each second: asked again although nothing seems to be missing.
void hub_actor::audit() {
  delayed_send(this, audit_interval, run_later{[this] { audit(); }});
  if (!host_.where)
    return;
  audit_turn_ = (audit_turn_ + 1) % audit_turns;
  auto concerned = [this](const entity_id& id) {
    return id.number % audit_turns == audit_turn_ && !host_.where->is_here(host_.slot_of(id));
  };
  for (const entity_id& channel : core_.channels_where(concerned))
    if (core_.is_settled(channel))
      core_.ask_again(channel);
  flush_wants();
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
      if (is_cut_off())
        return;  // its leaders are found anew when others are heard again, and then so is this
      delayed_send(this, audit_interval, run_later{[this, user] {
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
    flush_wants();
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
