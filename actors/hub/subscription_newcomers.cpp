// The part of subscription_table for who is not where the others are yet: sessions that resume, whoever has
// joined, left, or is away until they come again. Each gets what is theirs, in the order of the channel.
#include <algorithm>
#include <utility>

#include "actors/hub/moves_in_channels.hpp"
#include "actors/hub/subscription_table.hpp"
#include "runtime/base/ensure.hpp"

namespace carillon {

// ---- what a session has had -------------------------------------------------------------------

// The list and the news of a join may both tell of a channel, and the news may be old. The list knows what
// the device has.
void subscription_table::make_up_for(session& s, const opening& listed) {
  for (opening& known : s.made_up_for)
    if (known.in.channel == listed.in.channel) {
      known.in.seq = std::max(known.in.seq, listed.in.seq);
      if (listed.after)
        known.after = listed.after;
      return;
    }
  s.made_up_for.push_back(listed);
}

void subscription_table::start(connection_id who, const opening& what, std::uint64_t told) {
  auto found = sessions_.find(who);
  if (found == sessions_.end() || !found->second.ready)
    return;
  session& s = found->second;
  if (told_of(s, what.in.channel) != told)
    return sink_.ask_start(who, what.in.channel, told_of(s, what.in.channel));
  if (note_join(s, what.in.channel, what.in.seq))
    attach(who, s, what.in.channel, what.in.seq, what.after);
}

std::uint64_t subscription_table::told_of(const session& s, const entity_id& channel) {
  auto known = find_in(s.told, channel);
  return known == s.told.end() ? 0 : known->seq;
}

void subscription_table::note_told(session& s, const entity_id& channel, std::uint64_t seq) {
  if (auto known = find_in(s.told, channel); known != s.told.end())
    known->seq = std::max(known->seq, seq);
  else if (seq > 0)
    s.told.push_back({channel, seq});
}

// What has come by this session, or was there before it.
std::uint64_t subscription_table::told_so_far(connection_id who, const entity_id& channel) const {
  auto found = channels_.find(channel);
  if (found == channels_.end())
    return 0;
  const channel_entry& entry = found->second;
  for (const waiter& each : entry.waiters)
    if (each.who == who)
      return each.left_at != 0 ? each.left_at : each.after.value_or(0) + (each.in_doubt ? 1 : 0);
  if (entry.behind)
    for (const reader& each : entry.behind->readers)
      if (each.who == who)
        return each.after;
  return entry.last_seq;
}

// ---- coming in --------------------------------------------------------------------------------

void subscription_table::attach(connection_id who, session& s, const entity_id& channel,
                                std::uint64_t seq, std::optional<std::uint64_t> after) {
  s.channels.push_back({channel, seq});
  channel_entry& entry = channels_[channel];
  if (entry.topic == 0)
    entry.topic = ++last_topic_;
  ++entry.connections;
  // Nobody leaves with their own join, or before it.
  bool in_doubt = s.resumes && after && *after > 0 && *after != seq && *after + 1 != seq;
  if (in_doubt && entry.live && *after == entry.last_seq && entry.looked_at == *after) {
    if (entry.left_with_it == s.user)
      return void(entry.waiters.push_back({who, after, false, *after}));
    in_doubt = false;
  }
  // From now on, in a channel that is live: nothing to wait for.
  if (entry.live && !in_doubt && (!after || *after == entry.last_seq))
    return let_in({who, after}, entry);
  if (in_doubt)
    after = *after - 1;  // that event is looked at, and not told again
  entry.waiters.push_back({who, after, true, 0, in_doubt});
  // Who has more than the topic waits until that has it too: what it is told meanwhile would come again.
  if (entry.serial == 0)
    ask(channel, entry, entry.live ? std::min(*after, entry.last_seq) : after);
}

void subscription_table::look_at(channel_entry& entry, const wire::channel_event& event) {
  entry.looked_at = event.seq();
  entry.left_with_it = leaver(event);
}

// Of an event that is kept no more nobody can say anything: too long ago for a leave nobody has heard of.
void subscription_table::settle_trimmed(waiter& w, const channel_entry& entry,
                                        const std::vector<wire::channel_event>& replay) {
  if (!w.in_doubt || !entry.asked_after || *entry.asked_after > *w.after)
    return;
  const std::uint64_t stands = *w.after + 1;
  if (entry.last_seq >= stands && (replay.empty() || replay.front().seq() > stands)) {
    w.after = stands;
    w.in_doubt = false;
  }
}

// ---- events, one by one -----------------------------------------------------------------------

bool subscription_table::replay_to(waiter& w, const entity_id& channel, std::uint64_t last_seq,
                                   const std::vector<wire::channel_event>& replay) {
  session& s = sessions_.at(w.who);
  auto membership_here = find_in(s.channels, channel);
  ENSURE(membership_here != s.channels.end(), "who waits for a channel is in it");
  for (const auto& event : replay)
    if (event.seq() == *w.after + 1 && event.seq() <= last_seq)
      tell_newcomer(w, channel, event);
  // Who was away meanwhile is told again from the event of the return on.
  return w.left_at == 0 || membership_here->seq > w.left_at;
}

void subscription_table::tell_newcomer(waiter& w, const entity_id& channel,
                                       const wire::channel_event& event) {
  session& s = sessions_.at(w.who);
  auto in = find_in(s.channels, channel);
  w.after = event.seq();
  if (std::exchange(w.in_doubt, false)) {
    if (leaver(event) == s.user)
      w.left_at = event.seq();
    return;
  }
  const bool returns = w.left_at != 0 && in->seq > w.left_at && event.seq() >= in->seq;
  if (returns || joiner(event) == s.user) {
    w.left_at = 0;
    in->seq = std::max(in->seq, event.seq());
  }
  if (w.left_at == 0)
    sink_.send_event(w.who, channel, event);
  if (leaver(event) == s.user)
    w.left_at = event.seq();
}

void subscription_table::keep_away(connection_id who, channel_entry& entry, std::uint64_t left_at) {
  if (is_newcomer(entry, who))
    return;
  sink_.unsubscribe(who, entry.topic);
  entry.waiters.push_back({who, left_at, false, left_at});
}

// Who is away until an event that is still to come goes with the topic until then.
void subscription_table::follow(const entity_id& channel, channel_entry& entry,
                                const wire::channel_event& event) {
  for (waiter& each : entry.waiters)
    if ((each.left_at != 0 && *each.after < event.seq()) ||
        (each.in_doubt && *each.after + 1 == event.seq()))
      tell_newcomer(each, channel, event);
  let_in_reached(entry);
}

// Who had more than the topic stands with the others now.
void subscription_table::let_in_reached(channel_entry& entry) {
  std::vector<waiter> reached;
  std::erase_if(entry.waiters, [&](const waiter& each) {
    const bool here = each.after == entry.last_seq && each.left_at == 0 && !each.in_doubt;
    if (here)
      reached.push_back(each);
    return here;
  });
  for (const waiter& each : reached)
    let_in(each, entry);
}

void subscription_table::hold_up(const entity_id& channel, channel_entry& entry) {
  for (auto& [who, s] : sessions_)
    if (s.resumes && s.ready && find_in(s.channels, channel) != s.channels.end() && !is_newcomer(entry, who)) {
      sink_.unsubscribe(who, entry.topic);
      entry.waiters.push_back({who, entry.last_seq, false});
    }
}

}  // namespace carillon
