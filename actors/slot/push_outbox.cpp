#include "actors/slot/push_outbox.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

using push::push_fate;

template <class List>
void remove(List& list, const std::string& name) {
  list.erase(std::remove(list.begin(), list.end(), name), list.end());
}
template <class List>
bool contains(const List& list, const std::string& name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

push_key key_of(const wire::user_push& each) {
  const auto channel = entity_id::parse(each.channel_id());
  ENSURE(channel.has_value(), "rows of pushes name channels");
  return {each.user(), *channel};
}

wire::user_push row_text(const push_key& key, const wire::push_row* row) {
  wire::user_push out;
  out.set_user(key.user);
  out.set_channel_id(key.channel.text());
  if (row)
    *out.mutable_row() = *row;
  return out;
}

}  // namespace

std::chrono::milliseconds push_pause(const push_pauses& how, std::uint32_t attempts,
                                     std::chrono::milliseconds asked_for, double chance) {
  const std::uint32_t doublings = std::min(attempts > 0 ? attempts - 1 : 0, 30u);
  const auto full = std::min<std::int64_t>(how.most.count(), how.first.count() << doublings);
  const auto own = static_cast<std::int64_t>(static_cast<double>(full) * (0.5 + chance / 2));
  const auto asked = static_cast<std::int64_t>(static_cast<double>(asked_for.count()) * (1 + chance / 10));
  return std::chrono::milliseconds(std::max({own, asked, std::int64_t{1}}));
}

// ---- the book ---------------------------------------------------------------------------------

void push_outbox::unlist(const push_key& key, const entry& of) {
  waiting_.erase({of.row.at(), key});
  shown_.erase({of.row.at(), key});
  if (of.queued)
    queue_.erase({*of.queued, key});
}

void push_outbox::list(const push_key& key, const entry& of) {
  if (is_waiting(of.row))
    waiting_.insert({of.row.at(), key});
  else if (is_shown(of.row))
    shown_.insert({of.row.at(), key});
}

void push_outbox::queue(const push_key& key, entry& of) {
  if (of.queued)
    queue_.erase({*of.queued, key});
  of.queued.reset();
  if (of.under_way != 0 || of.lines.empty())
    return;
  of.queued = std::min_element(of.lines.begin(), of.lines.end(), [](const auto& a, const auto& b) {
                return a.second.not_before < b.second.not_before;
              })->second.not_before;
  queue_.insert({*of.queued, key});
}

// `ready`: of devices that did not wait before.
void push_outbox::settle(entries::iterator at, wire::push_row next, tick_time ready) {
  const push_key key = at->first;
  entry& of = at->second;
  unlist(key, of);
  of.queued.reset();
  of.row = std::move(next);
  if (is_over(of.row) && of.under_way == 0) {
    entries_.erase(at);
    return;
  }
  std::erase_if(of.lines, [&](const auto& each) { return !contains(of.row.devices(), each.first); });
  for (const auto& device : of.row.devices())
    of.lines.try_emplace(device, line{ready, 0});
  list(key, of);
  queue(key, of);
}

// By our own decision: the table is to follow.
void push_outbox::change(entries::iterator at, wire::push_row next, tick_time ready) {
  changed_.insert(at->first);
  if (next.clear() && !at->second.row.clear())
    ++counts_.clears;
  at->second.changed_since = true;
  settle(at, std::move(next), ready);
}

void push_outbox::load(const push_key& key, wire::push_row row, tick_time now) {
  if (is_over(row)) {
    changed_.insert(key);
    return;
  }
  auto at = entries_.try_emplace(key).first;
  settle(at, std::move(row), now);
}

// ---- what comes -------------------------------------------------------------------------------

push_outbox::planned push_outbox::plan(const std::vector<push_news>& news, timestamp now) const {
  planned out;
  std::set<push_key> named;
  std::size_t rows = entries_.size();
  for (const push_news& each : news) {
    const auto found = entries_.find(each.key);
    if (found == entries_.end() && each.items.empty())
      continue;
    const wire::push_row before = found == entries_.end() ? wire::push_row() : found->second.row;
    const wire::push_row after = joined(before, each, now);
    named.insert(each.key);
    rows += found == entries_.end();
    out.rows.push_back(row_text(each.key, is_over(after) ? nullptr : &after));
  }
  for (const by_age* ages : {&shown_, &waiting_})
    for (auto oldest = ages->begin(); rows > how_.rows_max && oldest != ages->end(); ++oldest)
      if (named.insert(oldest->second).second) {
        out.rows.push_back(row_text(oldest->second, nullptr));
        out.dropped += ages == &waiting_;
        --rows;
      }
  return out;
}

void push_outbox::accept(const planned& what, raft::log_index index, tick_time now) {
  counts_.dropped += what.dropped;
  for (const wire::user_push& each : what.rows) {
    const push_key key = key_of(each);
    auto [at, is_new] = entries_.try_emplace(key);
    entry& of = at->second;
    if (each.has_row()) {
      of.needs = index;
      ++(is_new || !is_waiting(of.row) || of.row.clear() ? counts_.decided : counts_.collapsed);
    } else if (of.under_way != 0) {  // nobody waits for its end any more
      of.under_way = 0;
      --under_way_;
    }
    of.changed_since = true;
    changed_.erase(key);
    settle(at, each.row(), now + how_.gather);
  }
}

void push_outbox::read(const push_key& key, timestamp last_read, raft::log_index index, timestamp wall,
                       tick_time now) {
  const auto at = entries_.find(key);
  if (at == entries_.end())
    return;
  wire::push_row next = read_until(at->second.row, last_read, wall);
  if (next.items_size() != at->second.row.items_size() || next.more() != at->second.row.more() ||
      next.clear() != at->second.row.clear()) {
    at->second.needs = std::max(at->second.needs, index);
    change(at, std::move(next), now);
  }
}

void push_outbox::left(const push_key& key, std::uint64_t left_at, raft::log_index index, timestamp wall,
                       tick_time now) {
  const auto at = entries_.find(key);
  if (at == entries_.end() || at->second.row.clear())
    return;
  const auto& items = at->second.row.items();
  if (!items.empty() && items.rbegin()->seq() > left_at)
    return;
  at->second.needs = std::max(at->second.needs, index);
  change(at, withdrawn(at->second.row, wall), now);
}

void push_outbox::forget(std::uint64_t user) {
  for (auto at = entries_.lower_bound({user, {}}); at != entries_.end() && at->first.user == user;) {
    const auto next = std::next(at);
    change(at, {}, {});
    at = next;
  }
}

// ---- what is to be done -----------------------------------------------------------------------

std::vector<push_key> push_outbox::due(tick_time now, std::size_t most) const {
  std::vector<push_key> out;
  for (const auto& [when, key] : queue_) {
    if (when > now || out.size() == most)
      break;
    if (entries_.at(key).needs <= applied_)
      out.push_back(key);
  }
  return out;
}

std::optional<tick_time> push_outbox::next_due() const {
  for (const auto& [when, key] : queue_)
    if (entries_.at(key).needs <= applied_)
      return when;
  return std::nullopt;
}

bool push_outbox::is_clear(const push_key& key) const {
  const auto at = entries_.find(key);
  return at != entries_.end() && at->second.row.clear();
}

std::optional<push_outbox::errand> push_outbox::begin(const push_key& key, timestamp wall, tick_time now) {
  const auto at = entries_.find(key);
  if (at == entries_.end())
    return std::nullopt;
  entry& of = at->second;
  const timestamp keep = static_cast<timestamp>(std::chrono::microseconds(how_.keep).count());
  if (of.row.at() + keep <= wall) {
    counts_.expired += !of.row.clear();
    change(at, without_news(of.row), now);
    return std::nullopt;
  }
  errand out{0, of.row, {}};
  for (const auto& [device, line] : of.lines)
    if (line.not_before <= now)
      out.devices.push_back(device);
  if (of.under_way != 0 || out.devices.empty())
    return std::nullopt;
  out.id = of.under_way = ++last_errand_;
  of.changed_since = false;
  of.errand_clears = of.row.clear();
  ++under_way_;
  queue(key, of);
  return out;
}

void push_outbox::postpone(const push_key& key, tick_time until) {
  const auto at = entries_.find(key);
  if (at == entries_.end())
    return;
  for (auto& [device, line] : at->second.lines)
    line.not_before = std::max(line.not_before, until);
  queue(key, at->second);
}

void push_outbox::unneeded(const push_key& key) {
  const auto at = entries_.find(key);
  if (at == entries_.end() || at->second.row.clear())
    return;
  wire::push_row next = at->second.row;
  next.clear_devices();
  count_only(next);
  change(at, std::move(next), {});
}

void push_outbox::ended(const push_key& key, std::uint64_t errand, const told& what, timestamp wall,
                        tick_time now, double chance) {
  const auto at = entries_.find(key);
  if (at == entries_.end() || at->second.under_way != errand || errand == 0)
    return;  // it gave way meanwhile
  entry& of = at->second;
  of.under_way = 0;
  --under_way_;
  const bool same = !of.changed_since;
  if (what.nothing)
    return same ? change(at, withdrawn(of.row, wall), now) : settle(at, of.row, now);
  wire::push_row next = of.row;
  if (what.upto != 0)
    keep_unread(next, what.upto, what.unread);
  if (what.no_news)
    return change(at, same ? without_news(std::move(next)) : std::move(next), now);
  bool changed = false;
  if (is_over(next) && !of.errand_clears) {  // it was read, or went, while it was told
    next.set_clear(true);
    next.clear_items();
    next.set_more(0);
    next.set_at(wall);
  }
  for (const auto& each : what.devices) {
    line* waits = of.lines.contains(each.name) ? &of.lines.at(each.name) : nullptr;
    switch (each.fate) {
      case push_fate::delivered:
        changed = true;
        remove(*next.mutable_told(), each.name);
        if (!of.errand_clears && !next.clear()) {
          next.add_told(each.name);
          next.set_told_ts(std::max(next.told_ts(), what.told_ts));
        }
        // It shows what was read meanwhile; or it took away what is news again, and hears of that.
        if (!of.errand_clears && next.clear() && !contains(next.devices(), each.name))
          next.add_devices(each.name);
        if (same)
          remove(*next.mutable_devices(), each.name);
        else if (waits)
          *waits = {now, 0};
        break;
      case push_fate::refused:
        ++counts_.refused;
        [[fallthrough]];
      case push_fate::token_is_dead:
        changed = true;
        remove(*next.mutable_devices(), each.name);
        remove(*next.mutable_told(), each.name);
        break;
      default:
        if (waits)
          waits->not_before = now + push_pause(how_.pauses, ++waits->attempts, each.retry_after, chance);
    }
  }
  if (next.devices().empty())
    count_only(next);
  if (changed)
    change(at, std::move(next), now);
  else
    settle(at, of.row, now);
}

// ---- the table --------------------------------------------------------------------------------

std::vector<wire::user_push> push_outbox::take_changes(std::size_t most) {
  std::vector<wire::user_push> out;
  while (!changed_.empty() && out.size() < most) {
    const push_key key = *changed_.begin();
    changed_.erase(changed_.begin());
    const auto at = entries_.find(key);
    out.push_back(row_text(key, at == entries_.end() ? nullptr : &at->second.row));
  }
  return out;
}

void push_outbox::changes_lost(const std::vector<wire::user_push>& rows) {
  for (const wire::user_push& each : rows)
    changed_.insert(key_of(each));
}

}  // namespace carillon
