#include "actors/hub/subscription_table.hpp"

#include <algorithm>
#include <utility>

#include "actors/hub/moves_in_channels.hpp"

namespace carillon {

namespace {

using membership = subscription_table::membership;

void erase_from(std::vector<membership>& list, const entity_id& channel) {
  std::erase_if(list, [&](const membership& known) { return known.channel == channel; });
}

}  // namespace

void subscription_table::expect(connection_id who, const entity_id& user, const entity_id& team,
                                bool resumes) {
  session& s = sessions_[who];
  s.resumes = resumes;
  s.user = user;
  s.team = team;
  s.pending = 1;  // the list
  users_[user].push_back(who);
}

void subscription_table::open(connection_id who, const entity_id& user, const entity_id& team,
                              const std::vector<opening>& channels) {
  if (!sessions_.contains(who))
    expect(who, user, team);
  session& s = sessions_.at(who);
  for (const opening& each : channels) {
    if (each.after || !note_join(s, each.in.channel, each.in.seq))
      continue;
    ++s.pending;
    attach(who, s, each.in.channel, each.in.seq, std::nullopt);
  }
  for (const opening& each : channels)
    if (each.after)
      make_up_for(s, each);
  one_ready(who);  // the list
}

void subscription_table::close(connection_id who) {
  auto found = sessions_.find(who);
  if (found == sessions_.end())
    return;
  session gone = std::move(found->second);
  sessions_.erase(found);
  for (const membership& each : gone.channels) {
    detach(who, each.channel);
    forget_unwanted(each.channel);
  }
  if (gone.ready)
    leave(teams_, gone.team, who);
  auto& connections = users_[gone.user];
  std::erase(connections, who);
  if (connections.empty())
    users_.erase(gone.user);
}

void subscription_table::joined(const entity_id& user, const entity_id& channel, std::uint64_t seq) {
  for (connection_id who : connections_of(user)) {
    session& s = sessions_.at(who);
    if (!note_join(s, channel, seq))
      continue;
    if (s.resumes && s.ready) {
      sink_.ask_start(who, channel, told_of(s, channel));
    } else if (s.resumes) {
      make_up_for(s, membership{channel, seq});  // the list may know from where
    } else if (s.ready) {
      attach(who, s, channel, seq, seq == 0 ? 0 : seq - 1);
    } else {  // before its greeting: history has what was until then
      ++s.pending;
      attach(who, s, channel, seq, std::nullopt);
    }
  }
}

void subscription_table::left(const entity_id& user, const entity_id& channel, std::uint64_t seq) {
  detach_user(user, channel, seq);
  forget_unwanted(channel);
}

void subscription_table::detach_user(const entity_id& user, const entity_id& channel,
                                     std::uint64_t seq) {
  for (connection_id who : connections_of(user))
    if (session& s = sessions_.at(who); note_leave(s, channel, seq)) {
      if (s.resumes)
        note_told(s, channel, told_so_far(who, channel));
      detach(who, channel);
    }
}

bool subscription_table::note_join(session& s, const entity_id& channel, std::uint64_t seq) {
  if (auto gone = find_in(s.left, channel); gone != s.left.end()) {
    if (gone->seq >= seq)
      return false;
    s.left.erase(gone);
  }
  auto known = find_in(s.channels, channel);
  if (known == s.channels.end())
    return true;  // attach() puts it in
  known->seq = std::max(known->seq, seq);
  return false;
}

bool subscription_table::note_leave(session& s, const entity_id& channel, std::uint64_t seq) {
  auto known = find_in(s.channels, channel);
  if (known != s.channels.end() && known->seq > seq)
    return false;  // the user has joined again since
  auto gone = find_in(s.left, channel);
  if (gone != s.left.end())
    gone->seq = std::max(gone->seq, seq);
  else
    s.left.push_back({channel, seq});
  if (known == s.channels.end())
    return false;
  s.channels.erase(known);
  return true;
}

void subscription_table::ask(const entity_id& channel, channel_entry& entry,
                             std::optional<std::uint64_t> after) {
  entry.serial = ++last_serial_;
  entry.asked_after = after;
  if (entry.behind)
    entry.behind->asked_after = std::nullopt;  // read_on() knows better
  sink_.want(channel, after, entry.serial);
}

void subscription_table::detach(connection_id who, const entity_id& channel) {
  auto found = channels_.find(channel);
  if (found == channels_.end())
    return;
  channel_entry& entry = found->second;
  --entry.connections;
  forget_reader(entry, who);
  auto waits = std::find_if(entry.waiters.begin(), entry.waiters.end(),
                            [who](const waiter& w) { return w.who == who; });
  const bool awaited = waits != entry.waiters.end() && waits->awaited;
  if (waits != entry.waiters.end())
    entry.waiters.erase(waits);
  if (awaited)
    one_ready(who);  // no longer something to wait for
  else
    sink_.unsubscribe(who, entry.topic);
}

void subscription_table::forget_unwanted(const entity_id& channel) {
  auto found = channels_.find(channel);
  if (found == channels_.end() || found->second.connections > 0)
    return;
  channels_.erase(found);
  sink_.withdraw(channel);
}

bool subscription_table::confirmed(const entity_id& channel, std::uint64_t serial,
                                   std::uint64_t last_seq,
                                   const std::vector<wire::channel_event>& replay) {
  if (!awaits(channel, serial))
    return false;
  channel_entry& entry = channels_.at(channel);
  entry.serial = 0;
  const bool for_readers = entry.behind && entry.behind->asked_after;
  const std::uint64_t had = entry.last_seq;
  if (!entry.live) {
    entry.live = true;
    entry.last_seq = last_seq;
  } else {  // asked again after a gap, or for a newcomer: the topic takes what it has not had
    for (const auto& event : replay)
      if (event.seq() == entry.last_seq + 1)
        deliver(channel, entry, event, poster_of(entry, event.seq()));
  }
  if (!replay.empty() && replay.back().seq() == entry.last_seq)
    look_at(entry, replay.back());
  // Long replays come in parts: only one without an event is the end. A page of what the topic had long
  // since is none of them.
  std::optional<std::uint64_t> more;
  if (!replay.empty() && !(for_readers && entry.last_seq == had))
    more = entry.last_seq;
  // A newcomer gets what the topic has had since its join, then stands with the others.
  std::vector<waiter> still;
  for (waiter& w : std::exchange(entry.waiters, {})) {
    if (w.after) {
      settle_trimmed(w, entry, replay);
      if (session& s = sessions_.at(w.who); !replay_to(w, channel, entry.last_seq, replay)) {
        note_told(s, channel, w.left_at);
        erase_from(s.channels, channel);
        --entry.connections;
        if (w.awaited)
          one_ready(w.who);
        continue;
      }
      if (*w.after < entry.last_seq) {
        more = more ? std::min(*more, *w.after) : *w.after;
        still.push_back(w);
        continue;
      }
      // Among the others it would be told of the time in which it was away.
      if (*w.after > entry.last_seq || w.left_at != 0 || w.in_doubt) {
        still.push_back(w);
        continue;
      }
    }
    let_in(w, entry);
  }
  entry.waiters = std::move(still);
  for (auto& [event, except] : std::exchange(entry.kept_back, {})) {
    if (event.seq() <= entry.last_seq)
      continue;
    if (event.seq() == entry.last_seq + 1)
      deliver(channel, entry, event, except);
    else {
      entry.kept_back.emplace_back(std::move(event), except);
      more = more ? std::min(*more, entry.last_seq) : entry.last_seq;
    }
  }
  if (more && entry.serial == 0)
    ask(channel, entry, more);
  read_on(channel, entry, replay);
  forget_unwanted(channel);
  return true;
}

// An event that came out of turn is still there, and says whose it is.
connection_id subscription_table::poster_of(const channel_entry& entry, std::uint64_t seq) {
  for (const auto& [event, except] : entry.kept_back)
    if (event.seq() == seq)
      return except;
  return 0;
}

bool subscription_table::unreadable(const entity_id& channel, std::uint64_t serial) {
  if (!awaits(channel, serial))
    return false;
  channel_entry& entry = channels_.at(channel);
  entry.serial = ++last_serial_;  // nobody answers to it: nothing is asked until ask_again()
  auto kept_back = std::exchange(entry.kept_back, {});
  if (entry.live) {
    // A device that says what it has must have all of it, late or not: only the others go on with a hole.
    if (!kept_back.empty())
      hold_up(channel, entry);
    for (const waiter& w : std::exchange(entry.waiters, {}))
      if (w.left_at != 0 || (w.after && sessions_.at(w.who).resumes))
        entry.waiters.push_back(w);
      else
        let_in(w, entry);
    for (const auto& [event, except] : kept_back)
      if (event.seq() > entry.last_seq)
        deliver(channel, entry, event, except);
    forget_unwanted(channel);
    return true;
  }
  for (waiter& w : entry.waiters)
    if (std::exchange(w.awaited, false))
      one_ready(w.who);
  return true;
}

void subscription_table::delivered(const wire::channel_batch& batch, connection_id except) {
  auto channel = entity_id::parse(batch.channel_id());
  if (!channel)
    return;
  auto found = channels_.find(*channel);
  if (found == channels_.end())
    return;  // nobody here wants it any more
  channel_entry& entry = found->second;
  for (const auto& event : batch.events()) {
    if (entry.live && event.seq() <= entry.last_seq)
      continue;
    if (entry.live && event.seq() == entry.last_seq + 1 && entry.kept_back.empty()) {
      deliver(*channel, entry, event, except);
      continue;
    }
    entry.kept_back.emplace_back(event, except);
    if (entry.serial == 0)  // a gap
      ask(*channel, entry, entry.last_seq);
  }
  forget_unwanted(*channel);
}

void subscription_table::deliver(const entity_id& channel, channel_entry& entry,
                            const wire::channel_event& event, connection_id except) {
  entry.last_seq = event.seq();
  look_at(entry, event);
  sink_.publish(entry.topic, channel, event, except);
  if (!entry.waiters.empty()) [[unlikely]]
    follow(channel, entry, event);
  if (entry.behind) [[unlikely]]
    keep_recent(*entry.behind, event);
  // What was kept says how messages stood before.
  if (!pages_.empty() && event.kind() != wire::EVENT_MESSAGE) [[unlikely]]
    std::erase_if(pages_, [&](const kept_page& each) { return each.channel == channel; });
  if (auto user = joiner(event))
    for (connection_id who : connections_of(*user))
      if (auto known = find_in(sessions_.at(who).channels, channel);
          known != sessions_.at(who).channels.end())
        known->seq = std::max(known->seq, event.seq());
  // Who left sees that, and nothing after it: the projection that tells us comes later. The one that
  // tells of the return may have come before.
  if (auto user = leaver(event)) {
    detach_user(*user, channel, event.seq());
    for (connection_id who : connections_of(*user))
      if (const session& s = sessions_.at(who); s.ready && find_in(s.channels, channel) != s.channels.end())
        keep_away(who, entry, event.seq());
  }
}

void subscription_table::ask_again(const entity_id& channel) {
  auto found = channels_.find(channel);
  if (found == channels_.end())
    return;
  channel_entry& entry = found->second;
  std::optional<std::uint64_t> after;
  if (entry.live)
    after = entry.last_seq;
  for (const waiter& w : entry.waiters)
    if (w.after)
      after = after ? std::min(*after, *w.after) : *w.after;
  ask(channel, entry, after);
}

bool subscription_table::is_settled(const entity_id& channel) const {
  auto found = channels_.find(channel);
  return found != channels_.end() && found->second.live && found->second.serial == 0;
}

bool subscription_table::awaits(const entity_id& channel, std::uint64_t serial) const {
  auto found = channels_.find(channel);  // gone when everyone left meanwhile
  return found != channels_.end() && serial != 0 && found->second.serial == serial;
}

void subscription_table::enter(group& g, connection_id who) {
  if (g.topic == 0)
    g.topic = ++last_topic_;
  ++g.connections;
  sink_.subscribe(who, g.topic);
}

void subscription_table::leave(std::unordered_map<entity_id, group>& groups, const entity_id& id,
                          connection_id who) {
  auto found = groups.find(id);
  if (found == groups.end())
    return;
  sink_.unsubscribe(who, found->second.topic);
  if (--found->second.connections == 0)
    groups.erase(found);
}

void subscription_table::let_in(const waiter& w, const channel_entry& entry) {
  if (is_ready(w.who))
    sink_.subscribe(w.who, entry.topic);
  else if (w.awaited)
    one_ready(w.who);
}

void subscription_table::one_ready(connection_id who) {
  auto found = sessions_.find(who);
  if (found == sessions_.end() || found->second.ready || found->second.pending == 0)
    return;
  if (--found->second.pending == 0)
    become_ready(who, found->second);
}

void subscription_table::become_ready(connection_id who, session& s) {
  s.ready = true;
  sink_.session_ready(who);
  enter(teams_[s.team], who);
  for (const membership& each : s.channels)
    sink_.subscribe(who, channels_.at(each.channel).topic);
  for (const opening& each : std::exchange(s.made_up_for, {})) {
    if (!note_join(s, each.in.channel, each.in.seq))
      continue;
    if (each.after)
      attach(who, s, each.in.channel, each.in.seq, each.after);
    else
      sink_.ask_start(who, each.in.channel, 0);
  }
}

bool subscription_table::is_ready(connection_id who) const {
  auto found = sessions_.find(who);
  return found != sessions_.end() && found->second.ready;
}

topic_id subscription_table::team_topic(const entity_id& team) const {
  auto found = teams_.find(team);
  return found == teams_.end() ? 0 : found->second.topic;
}

topic_id subscription_table::channel_topic(const entity_id& channel) const {
  auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second.topic;
}

std::uint64_t subscription_table::last_seq(const entity_id& channel) const {
  auto found = channels_.find(channel);
  return found == channels_.end() ? 0 : found->second.last_seq;
}

const std::vector<connection_id>& subscription_table::connections_of(const entity_id& user) const {
  static const std::vector<connection_id> none;
  auto found = users_.find(user);
  return found == users_.end() ? none : found->second;
}

// ---- for operators ----------------------------------------------------------------------------

std::size_t subscription_table::topics() const {
  return channels_.size() + teams_.size();
}

std::size_t subscription_table::subscriptions() const {
  std::size_t out = 0;
  for (const auto& [id, entry] : channels_)
    out += entry.connections;
  return out;
}

std::size_t subscription_table::asked() const {
  return static_cast<std::size_t>(std::count_if(
      channels_.begin(), channels_.end(), [](const auto& each) { return each.second.serial != 0; }));
}

}  // namespace carillon
