#include "actors/hub/subscription_table.hpp"

#include <algorithm>

namespace carillon {

namespace {

bool contains(const std::vector<entity_id>& list, const entity_id& id) {
  return std::find(list.begin(), list.end(), id) != list.end();
}

std::optional<entity_id> mover(const wire::channel_event& event, std::string_view subtype) {
  if (event.kind() != wire::EVENT_MESSAGE || event.message().subtype() != subtype)
    return std::nullopt;
  return entity_id::parse(event.message().user());
}
std::optional<entity_id> joiner(const wire::channel_event& event) {
  return mover(event, "channel_join");
}
std::optional<entity_id> leaver(const wire::channel_event& event) {
  return mover(event, "channel_leave");
}

}  // namespace

void subscription_table::expect(connection_id who, const entity_id& user, const entity_id& team) {
  session& s = sessions_[who];
  s.user = user;
  s.team = team;
  s.pending = 1;  // the list
  s.expected = true;
  users_[user].push_back(who);
}

void subscription_table::open(connection_id who, const entity_id& user, const entity_id& team,
                         const std::vector<entity_id>& channels) {
  if (!sessions_.contains(who))
    expect(who, user, team);
  session& s = sessions_.at(who);
  s.expected = false;
  const auto left = std::exchange(s.left_meanwhile, {});
  for (const entity_id& channel : channels) {
    if (contains(left, channel) || contains(s.channels, channel))
      continue;
    ++s.pending;
    attach(who, s, channel, std::nullopt);
  }
  one_ready(who);  // the list
}

void subscription_table::close(connection_id who) {
  auto found = sessions_.find(who);
  if (found == sessions_.end())
    return;
  session gone = std::move(found->second);
  sessions_.erase(found);
  for (const entity_id& channel : gone.channels) {
    detach(who, channel);
    forget_unwanted(channel);
  }
  for (const entity_id& user : gone.watched)
    leave(presence_, user, who);
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
    std::erase(s.left_meanwhile, channel);
    if (contains(s.channels, channel))
      continue;
    if (s.ready) {
      attach(who, s, channel, seq == 0 ? 0 : seq - 1);
    } else {  // before its greeting: history has what was until then
      ++s.pending;
      attach(who, s, channel, std::nullopt);
    }
  }
}

void subscription_table::left(const entity_id& user, const entity_id& channel) {
  for (connection_id who : connections_of(user))
    if (session& s = sessions_.at(who); s.expected && !contains(s.left_meanwhile, channel))
      s.left_meanwhile.push_back(channel);
  detach_user(user, channel);
  forget_unwanted(channel);
}

void subscription_table::detach_user(const entity_id& user, const entity_id& channel) {
  for (connection_id who : connections_of(user)) {
    session& s = sessions_.at(who);
    if (std::erase(s.channels, channel) > 0)
      detach(who, channel);
  }
}

void subscription_table::attach(connection_id who, session& s, const entity_id& channel,
                           std::optional<std::uint64_t> after) {
  s.channels.push_back(channel);
  channel_entry& entry = channels_[channel];
  if (entry.topic == 0)
    entry.topic = ++last_topic_;
  ++entry.connections;
  // From now on, in a channel that is live: nothing to wait for.
  if (entry.live && (!after || *after >= entry.last_seq))
    return let_in({who, after}, entry);
  entry.waiters.push_back({who, after});
  if (!entry.asked) {
    entry.asked = true;
    sink_.want(channel, after);
  }
}

void subscription_table::detach(connection_id who, const entity_id& channel) {
  auto found = channels_.find(channel);
  if (found == channels_.end())
    return;
  channel_entry& entry = found->second;
  --entry.connections;
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

void subscription_table::confirmed(const entity_id& channel, std::uint64_t last_seq,
                              const std::vector<wire::channel_event>& replay) {
  auto found = channels_.find(channel);
  if (found == channels_.end())
    return;  // everyone left meanwhile
  channel_entry& entry = found->second;
  entry.asked = false;
  if (!entry.live) {
    entry.live = true;
    entry.last_seq = last_seq;
  } else {  // asked again after a gap, or for a newcomer: the topic takes what it has not had
    for (const auto& event : replay)
      if (event.seq() == entry.last_seq + 1)
        deliver(channel, entry, event, 0);
  }
  // A newcomer gets what the topic has had since its join, then stands with the others. When the
  // answer ended earlier (long replays come in parts), the rest is asked for.
  std::optional<std::uint64_t> more;
  std::vector<waiter> still;
  for (waiter& w : std::exchange(entry.waiters, {})) {
    if (w.after) {
      if (!replay_to(w, channel, entry.last_seq, replay)) {
        std::erase(sessions_.at(w.who).channels, channel);
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
  if (more && !entry.asked) {
    entry.asked = true;
    sink_.want(channel, more);
  }
  forget_unwanted(channel);
}

void subscription_table::unreadable(const entity_id& channel) {
  auto found = channels_.find(channel);
  if (found == channels_.end())
    return;
  channel_entry& entry = found->second;
  entry.asked = true;  // until ask_again()
  auto kept_back = std::exchange(entry.kept_back, {});
  if (entry.live) {
    for (const waiter& w : std::exchange(entry.waiters, {}))
      let_in(w, entry);
    for (const auto& [event, except] : kept_back)
      if (event.seq() > entry.last_seq)
        deliver(channel, entry, event, except);
    return forget_unwanted(channel);
  }
  for (waiter& w : entry.waiters)
    if (std::exchange(w.awaited, false))
      one_ready(w.who);
}

void subscription_table::delivered(const wire::channel_batch& batch) {
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
      deliver(*channel, entry, event, batch.from_connection());
      continue;
    }
    entry.kept_back.emplace_back(event, batch.from_connection());
    if (!entry.asked) {  // a gap
      entry.asked = true;
      sink_.want(*channel, entry.last_seq);
    }
  }
  forget_unwanted(*channel);
}

void subscription_table::deliver(const entity_id& channel, channel_entry& entry,
                            const wire::channel_event& event, connection_id except) {
  entry.last_seq = event.seq();
  sink_.publish(entry.topic, channel, event, except);
  // Who left sees that, and nothing after it: the projection that tells us comes later.
  if (auto user = leaver(event))
    detach_user(*user, channel);
}

bool subscription_table::replay_to(waiter& w, const entity_id& channel, std::uint64_t last_seq,
                                   const std::vector<wire::channel_event>& replay) {
  const entity_id& user = sessions_.at(w.who).user;
  bool is_member = true;
  for (const auto& event : replay) {
    if (event.seq() != *w.after + 1 || event.seq() > last_seq)
      continue;
    w.after = event.seq();
    if (joiner(event) == user)
      is_member = true;
    if (is_member)
      sink_.send_event(w.who, channel, event);
    if (leaver(event) == user)
      is_member = false;
  }
  return is_member;
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
  entry.asked = true;
  sink_.want(channel, after);
}

void subscription_table::watch_presence(connection_id who, const std::vector<entity_id>& users) {
  auto found = sessions_.find(who);
  if (found == sessions_.end())
    return;
  for (const entity_id& user : std::exchange(found->second.watched, users))
    leave(presence_, user, who);
  for (const entity_id& user : users)
    enter(presence_[user], who);
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
  for (const entity_id& channel : s.channels)
    sink_.subscribe(who, channels_.at(channel).topic);
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

topic_id subscription_table::presence_topic(const entity_id& user) const {
  auto found = presence_.find(user);
  return found == presence_.end() ? 0 : found->second.topic;
}

const std::vector<connection_id>& subscription_table::connections_of(const entity_id& user) const {
  static const std::vector<connection_id> none;
  auto found = users_.find(user);
  return found == users_.end() ? none : found->second;
}

}  // namespace carillon
