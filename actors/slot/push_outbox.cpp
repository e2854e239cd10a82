#include "actors/slot/push_outbox.hpp"

#include <algorithm>
#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

using push::push_fate;

// Whatever the clocks of other hosts say of what came, it is not looked at all the time.
constexpr std::chrono::microseconds held_pause{1'000'000};

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

// What is held is over together with others, so that one entry of the log says so.
tick_time whole_second(tick_time when) {
  return std::chrono::ceil<std::chrono::seconds>(when);
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

void push_outbox::unlist(const push_key& key, entry& of) {
  if (const auto listed = std::exchange(of.listed, std::nullopt))
    shares_.remove(key, listed->first, listed->second);
  if (const auto queued = std::exchange(of.queued, std::nullopt))
    queue_.remove(key, *queued);
}

void push_outbox::list(const push_key& key, entry& of) {
  using rank = push_shares::rank;
  if (is_over(of.row))
    return;
  of.listed = {of.held ? rank::held : is_waiting(of.row) ? rank::waiting : rank::shown, of.row.at()};
  shares_.add(key, of.listed->first, of.listed->second);
}

void push_outbox::queue(const push_key& key, entry& of) {
  if (const auto queued = std::exchange(of.queued, std::nullopt))
    queue_.remove(key, *queued);
  if (of.under_way != 0 || of.lines.empty())
    return;
  const auto first = std::min_element(of.lines.begin(), of.lines.end(), [](const auto& a, const auto& b) {
    return a.second.not_before < b.second.not_before;
  });
  of.queued = std::max(of.not_before, first->second.not_before);
  queue_.add(key, *of.queued);
}

void push_outbox::end_errand(const push_key& key, entry& of) {
  of.under_way = 0;
  --under_way_;
  queue_.ended(key.user);
}

// `ready`: of devices that did not wait before.
void push_outbox::settle(entries::iterator at, wire::push_row next, tick_time ready) {
  const push_key key = at->first;
  entry& of = at->second;
  unlist(key, of);
  of.row = std::move(next);
  if (is_over(of.row) && of.under_way == 0) {
    entries_.erase(at);
    return;
  }
  if (!is_waiting(of.row) || of.row.clear()) {
    of.held = false;
    of.not_before = {};
  }
  if (!of.held)
    of.came.clear();
  std::erase_if(of.came, [&](const auto& each) {
    return std::none_of(of.row.items().begin(), of.row.items().end(), [&](const auto& item) { return item.seq() == each.first; });
  });
  std::erase_if(of.lines, [&](const auto& each) { return !contains(of.row.devices(), each.first); });
  for (const auto& device : of.row.devices())
    of.lines.try_emplace(device, line{ready, 0});
  list(key, of);
  queue(key, of);
}

// By our own decision: the table is to follow.
void push_outbox::change(entries::iterator at, wire::push_row next, tick_time ready) {
  changed_.insert(at->first);
  urgent_ = urgent_ || !at->second.held;
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
  out.at = now;
  std::set<push_key> named;
  std::size_t rows = entries_.size();
  for (const push_news& each : news) {
    const auto found = entries_.find(each.key);
    if (found == entries_.end() && each.items.empty())
      continue;
    const wire::push_row before = found == entries_.end() ? wire::push_row() : found->second.row;
    const wire::push_row after = joined(before, each, now);
    named.insert(each.key);
    if (!each.items.empty())
      out.held.emplace(each.key, each.held);
    rows += found == entries_.end();
    out.rows.push_back(row_text(each.key, is_over(after) ? nullptr : &after));
  }
  if (rows > how_.rows_max)
    for (const auto& each : shares_.give_way(rows - how_.rows_max, named)) {
      out.rows.push_back(row_text(each.key, nullptr));
      out.dropped += each.what == push_shares::rank::waiting;
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
      take_news(of, each, what, now);
    } else if (of.under_way != 0) {
      end_errand(key, of);  // nobody waits for it any more
    }
    of.changed_since = true;
    changed_.erase(key);
    settle(at, each.row(), now + how_.gather);
  }
}

// What is told anyhow is told with what is held.
void push_outbox::take_news(entry& of, const wire::user_push& each, const planned& what, tick_time now) {
  const auto news = what.held.find(key_of(each));
  if (news == what.held.end())
    return;
  const bool waited = is_waiting(of.row) && !of.row.clear();
  const bool was_held = std::exchange(of.held, news->second && of.under_way == 0 && (of.held || !waited));
  if (!of.held)
    ++(waited && !was_held ? counts_.collapsed : counts_.decided);
  if (of.held && !was_held)
    of.not_before = whole_second(now + how_.hold);
  else if (!of.held && was_held)
    of.not_before = now + how_.gather;
  if (of.held)
    for (const auto& item : each.row().items())
      of.came.try_emplace(item.seq(), what.at);
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
  return queue_.due(now, most, [this](const push_key& key) { return entries_.at(key).needs <= applied_; });
}

std::optional<tick_time> push_outbox::next_due() const {
  return queue_.next([this](const push_key& key) { return entries_.at(key).needs <= applied_; });
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
  queue_.began(key.user);
  return out;
}

void push_outbox::postpone(const push_key& key, tick_time until) {
  const auto at = entries_.find(key);
  if (at == entries_.end())
    return;
  at->second.not_before = until;
  queue(key, at->second);
}

void push_outbox::resume(std::uint64_t user) {
  for (auto at = entries_.lower_bound({user, {}}); at != entries_.end() && at->first.user == user; ++at)
    if (!at->second.held) {
      at->second.not_before = {};
      queue(at->first, at->second);
    }
}

void push_outbox::hold(const push_key& key, timestamp wall, tick_time now) {
  const auto at = entries_.find(key);
  if (at == entries_.end() || at->second.row.clear() || at->second.under_way != 0)
    return;
  const auto time = std::chrono::microseconds(how_.hold);
  const auto span = static_cast<timestamp>(time.count());
  relist(at, true);
  if (!see(at, wall - std::min(wall, span), now))
    return;
  const timestamp over = at->second.row.at() + span;
  const std::chrono::microseconds left(over - std::min(over, wall));
  postpone(key, whole_second(now + std::clamp(left, std::min(held_pause, time), time)));
}

bool push_outbox::is_held(const push_key& key) const {
  const auto at = entries_.find(key);
  return at != entries_.end() && at->second.held;
}

void push_outbox::gone(std::uint64_t user, timestamp seen, tick_time now) {
  for (auto at = entries_.lower_bound({user, {}}); at != entries_.end() && at->first.user == user;) {
    const auto each = at++;
    if (!each->second.held)
      continue;
    relist(each, false);
    if (!see(each, seen, now))
      continue;
    ++counts_.decided;
    each->second.not_before = {};
    queue(each->first, each->second);
  }
}

void push_outbox::relist(entries::iterator at, bool held) {
  unlist(at->first, at->second);
  at->second.held = held;
  list(at->first, at->second);
  queue(at->first, at->second);
}

// false: nothing is left to tell, and perhaps no entry.
bool push_outbox::see(entries::iterator at, timestamp seen, tick_time now) {
  wire::push_row next = seen_until(at->second.row, seen, at->second.came);
  const bool waits = is_waiting(next);
  if (!waits || next.told_seq() != at->second.row.told_seq())
    change(at, std::move(next), now);
  return waits;
}

void push_outbox::ended(const push_key& key, std::uint64_t errand, const told& what, timestamp wall,
                        tick_time now, double chance) {
  const auto at = entries_.find(key);
  if (at == entries_.end() || at->second.under_way != errand || errand == 0)
    return;  // it gave way meanwhile
  entry& of = at->second;
  end_errand(key, of);
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
  urgent_ = urgent_ && !changed_.empty();
  return out;
}

void push_outbox::changes_lost(const std::vector<wire::user_push>& rows) {
  for (const wire::user_push& each : rows)
    changed_.insert(key_of(each));
  urgent_ = true;
}

}  // namespace carillon
