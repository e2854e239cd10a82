#include "actors/hub/presence_pacer.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

// A frame stays far below what clients take, and the rest goes with the next event.
constexpr std::size_t users_per_event = 500;
constexpr std::chrono::seconds one_second{1};
// Looking anew whether it is quieter.
constexpr std::chrono::milliseconds look_interval{100};
// After an event that was dropped on its way: the client does not read just now.
constexpr std::chrono::seconds after_drop{1};

std::uint8_t bit(presence_pacer::list which) {
  return static_cast<std::uint8_t>(which);
}

}  // namespace

// A bucket of C that is filled with R - C a second gives no more than R in any second.
presence_pacer::presence_pacer(const limits& how)
    : limits_(how),
      capacity_(std::max(1.0, how.per_host / 10.0)),
      refill_(how.per_host > 10 ? how.per_host - capacity_ : how.per_host),
      tokens_(capacity_) {}

// ---- who watches whom -------------------------------------------------------------------------

presence_pacer::difference presence_pacer::watch(edge::connection_id who, list which,
                                                 const std::vector<entity_id>& users, tick_time now) {
  difference out;
  auto [known, is_new] = connections_.try_emplace(who, 0);
  if (is_new) {
    if (free_watchers_.empty()) {
      free_watchers_.push_back(static_cast<place>(watchers_.size()));
      watchers_.emplace_back();
    }
    known->second = free_watchers_.back();
    free_watchers_.pop_back();
    watchers_[known->second].who = who;
  }
  const place at = known->second;
  std::vector<place> wanted;
  wanted.reserve(users.size());
  for (const entity_id& user : users)
    wanted.push_back(person_of(user, out));
  std::sort(wanted.begin(), wanted.end());
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());

  watcher& w = watchers_[at];
  std::vector<entry> before;
  before.swap(w.entries);
  subscriptions_ -= before.size();
  w.entries.reserve(wanted.size() + before.size());
  auto old = before.begin();
  auto keep_old_until = [&](std::optional<place> end) {
    for (; old != before.end() && (!end || old->user < *end); ++old) {
      old->lists &= static_cast<std::uint8_t>(~bit(which));
      if (old->lists != 0)
        w.entries.push_back(*old);
      else
        leave(old->user, old->among, out);
    }
  };
  std::size_t news = 0;
  for (place user : wanted) {
    keep_old_until(user);
    entry each;
    if (old != before.end() && old->user == user) {
      each = *old++;
    } else {
      person& of = people_[user];
      each = {user, static_cast<std::uint32_t>(of.watchers.size()), 0, wire::PRESENCE_UNKNOWN};
      of.watchers.push_back(at);
    }
    each.lists |= bit(which);
    if (which == list::asked_for)
      each.told = wire::PRESENCE_UNKNOWN;
    news += each.told != people_[user].state;
    w.entries.push_back(each);
  }
  keep_old_until(std::nullopt);
  subscriptions_ += w.entries.size();
  if (news > 0) {
    note_changes(news, now);
    mark(at, now);
  }
  return out;
}

presence_pacer::difference presence_pacer::forget(edge::connection_id who) {
  difference out;
  auto known = connections_.find(who);
  if (known == connections_.end())
    return out;
  const place at = known->second;
  unqueue(at);
  subscriptions_ -= watchers_[at].entries.size();
  for (const entry& each : std::exchange(watchers_[at].entries, {}))
    leave(each.user, each.among, out);
  watchers_[at] = {};
  free_watchers_.push_back(at);
  connections_.erase(known);
  return out;
}

presence_pacer::place presence_pacer::person_of(const entity_id& user, difference& out) {
  auto [known, is_new] = index_of_.try_emplace(user, 0);
  if (!is_new)
    return known->second;
  if (free_people_.empty()) {
    free_people_.push_back(static_cast<place>(people_.size()));
    people_.emplace_back();
  }
  known->second = free_people_.back();
  free_people_.pop_back();
  people_[known->second].id = user;
  out.begun.push_back(user);
  return known->second;
}

// Those of the user's watchers who have heard stand before those who have not, also when one leaves.
void presence_pacer::leave(place user, std::size_t among, difference& out) {
  person& of = people_[user];
  ENSURE(among < of.watchers.size(), "an entry knows its place among the watchers");
  if (among < of.spread) {
    move_watcher(of, user, --of.spread, among);
    among = of.spread;
  }
  move_watcher(of, user, of.watchers.size() - 1, among);
  of.watchers.pop_back();
  if (of.watchers.empty())
    release(user, out);
}

void presence_pacer::move_watcher(person& of, place user, std::size_t from, std::size_t to) {
  if (from == to)
    return;
  of.watchers[to] = of.watchers[from];
  if (entry* moved = find(watchers_[of.watchers[to]], user))
    moved->among = static_cast<std::uint32_t>(to);
}

void presence_pacer::release(place user, difference& out) {
  person& of = people_[user];
  out.ended.push_back(of.id);
  index_of_.erase(of.id);
  const bool spreading = of.spreading;
  of = {};
  of.spreading = spreading;  // its place in spreading_ is not searched for
  free_people_.push_back(user);
}

presence_pacer::entry* presence_pacer::find(watcher& w, place user) {
  auto found = std::lower_bound(w.entries.begin(), w.entries.end(), user,
                                [](const entry& each, place key) { return each.user < key; });
  return found != w.entries.end() && found->user == user ? &*found : nullptr;
}

// ---- what changes -----------------------------------------------------------------------------

void presence_pacer::heard(const entity_id& user, wire::presence_kind state, tick_time now) {
  auto known = index_of_.find(user);
  if (known == index_of_.end() || state == wire::PRESENCE_UNKNOWN)
    return;
  person& of = people_[known->second];
  if (of.state == state)
    return;
  of.state = state;
  of.spread = 0;
  of.heard_at = now;
  note_changes(of.watchers.size(), now);
  if (!std::exchange(of.spreading, true))
    spreading_.push_back(known->second);
}

void presence_pacer::spread(std::size_t& portion) {
  while (portion > 0 && !spreading_.empty()) {
    person& of = people_[spreading_.front()];
    while (portion > 0 && of.spread < of.watchers.size()) {
      --portion;
      mark(of.watchers[of.spread++], of.heard_at);
    }
    if (of.spread < of.watchers.size())
      return;
    of.spreading = false;
    spreading_.pop_front();
  }
}

void presence_pacer::mark(place at, tick_time since) {
  watcher& w = watchers_[at];
  if (w.under_way) {
    w.again = true;
    return;
  }
  if (w.due)
    return;
  w.due = std::max(since + limits_.window, w.not_before);
  due_.emplace(*w.due, at);
}

void presence_pacer::unqueue(place at) {
  watcher& w = watchers_[at];
  if (w.due)
    due_.erase({*w.due, at});
  w.due.reset();
}

// ---- what is sent -----------------------------------------------------------------------------

std::vector<presence_pacer::event> presence_pacer::work(tick_time now, std::size_t portion,
                                                        bool busy) {
  std::vector<event> out;
  spread(portion);
  take_tokens(now);
  judge(now, busy);
  while (portion > 0 && level_ != level::on_demand && tokens_ >= 1 && !due_.empty() &&
         due_.begin()->first <= now) {
    const auto [since, at] = *due_.begin();
    watcher& w = watchers_[at];
    unqueue(at);
    portion -= std::min(portion, 1 + w.entries.size() / 8);
    auto next = next_event(w);
    if (!next)
      continue;  // what had changed is as it was before
    tokens_ -= 1;
    w.not_before = now + std::chrono::duration_cast<tick_time::duration>(one_second) /
                             std::max(1u, limits_.per_connection);
    w.under_way = true;
    ++counts_.events;
    counts_.told += next->users.size();
    counts_.delayed += now - since > limits_.window;
    out.push_back(std::move(*next));
  }
  return out;
}

// All who came, or all who went, whoever are more. The others are the next event.
std::optional<presence_pacer::event> presence_pacer::next_event(watcher& w) {
  std::size_t came = 0, went = 0;
  for (const entry& each : w.entries) {
    const wire::presence_kind state = people_[each.user].state;
    if (state != wire::PRESENCE_UNKNOWN && state != each.told)
      ++(state == wire::PRESENCE_ACTIVE ? came : went);
  }
  if (came + went == 0)
    return std::nullopt;
  event out;
  out.to = w.who;
  out.active = came >= went;
  const auto wanted = out.active ? wire::PRESENCE_ACTIVE : wire::PRESENCE_AWAY;
  w.last_told.clear();
  for (entry& each : w.entries) {
    if (out.users.size() == users_per_event)
      break;
    const person& of = people_[each.user];
    if (of.state != wanted || each.told == wanted)
      continue;
    each.told = static_cast<std::uint8_t>(wanted);
    out.users.push_back(of.id);
    w.last_told.push_back(each.user);
  }
  w.again = came + went > out.users.size();
  return out;
}

void presence_pacer::written(edge::connection_id who, bool arrived, tick_time now) {
  auto known = connections_.find(who);
  if (known == connections_.end())
    return;
  watcher& w = watchers_[known->second];
  if (!std::exchange(w.under_way, false))
    return;
  if (!arrived) {
    ++counts_.made_up;
    for (place user : w.last_told)
      if (entry* each = find(w, user))
        each->told = wire::PRESENCE_UNKNOWN;
    w.not_before = std::max(w.not_before, now + after_drop);
    w.again = true;
  }
  w.last_told = {};
  if (std::exchange(w.again, false)) {
    w.due = std::max(now, w.not_before);
    due_.emplace(*w.due, known->second);
  }
}

// ---- the budget -------------------------------------------------------------------------------

void presence_pacer::take_tokens(tick_time now) {
  if (filled_at_)
    tokens_ = std::min(capacity_,
                       tokens_ + refill_ * std::chrono::duration<double>(now - *filled_at_).count());
  filled_at_ = now;
}

void presence_pacer::note_changes(std::size_t count, tick_time now) {
  counts_.changes += count;
  if (!second_ || now >= *second_ + one_second) {
    changes_before_ = second_ && now < *second_ + 2 * one_second ? changes_in_second_ : 0;
    changes_in_second_ = 0;
    second_ = now;
  }
  changes_in_second_ += count;
}

void presence_pacer::judge(tick_time now, bool busy) {
  note_changes(0, now);
  const auto late = lateness(now);
  const std::size_t changes = std::max(changes_before_, changes_in_second_);
  // On the way back changes must be fewer than on the way there, or it would flap.
  const bool many = changes > (level_ == level::on_demand ? limits_.per_host / 2 : limits_.per_host);
  if (busy || (late > limits_.window_max && many))
    level_ = level::on_demand;
  else
    level_ = late > limits_.window ? level::longer_windows : level::normal;
}

std::chrono::milliseconds presence_pacer::lateness(tick_time now) const {
  if (due_.empty() || due_.begin()->first >= now)
    return std::chrono::milliseconds(0);
  return std::chrono::duration_cast<std::chrono::milliseconds>(now - due_.begin()->first);
}

std::optional<tick_time> presence_pacer::next_work(tick_time now) const {
  if (!spreading_.empty())
    return now;
  if (due_.empty())
    return level_ == level::normal ? std::nullopt : std::optional(now + look_interval);
  if (level_ == level::on_demand)
    return now + look_interval;
  tick_time when = due_.begin()->first;
  if (tokens_ < 1 && filled_at_)
    when = std::max(when, *filled_at_ + std::chrono::ceil<std::chrono::milliseconds>(
                                            std::chrono::duration<double>((1 - tokens_) / refill_)));
  return when;
}

}  // namespace carillon
