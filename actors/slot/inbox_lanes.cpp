#include "actors/slot/inbox_lanes.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

void mention(std::vector<wire::inbox_mention>& mentions, const inbox_step::mention& what,
             wire::mention_kind kind, const std::vector<std::uint64_t>& users) {
  if (users.empty())
    return;
  wire::inbox_mention& out = mentions.emplace_back();
  out.set_seq(what.seq);
  out.set_ts(what.ts);
  out.set_kind(kind);
  out.set_withdrawn(what.withdrawn);
  out.mutable_users()->Assign(users.begin(), users.end());
}

// Those of `all` who are neither the author nor mentioned by name.
std::vector<std::uint64_t> others(const std::vector<std::uint64_t>& all,
                                  const inbox_step::mention& what) {
  std::vector<std::uint64_t> out;
  for (const std::uint64_t user : all)
    if (user != what.author &&
        !std::binary_search(what.who.users.begin(), what.who.users.end(), user))
      out.push_back(user);
  return out;
}

}  // namespace

// ---- what comes in ----------------------------------------------------------------------------

void inbox_lanes::take(inbox_step step) {
  const entity_id channel = step.channel;
  book& of = books_[channel];
  of.used = ++uses_;
  ++open_[step.index];
  ++queued_;
  of.waiting.push_back(std::move(step));
  work_off(channel, of);
}

void inbox_lanes::pass_over(const inbox_step& step) {
  auto of = books_.find(step.channel);
  if (of == books_.end() || of->second.waiting.empty() ||
      (step.joined.empty() && step.left.empty() && !step.leaves_inboxes))
    return;
  inbox_step& kept = of->second.passed_over.emplace_back();
  kept.index = step.index;
  kept.joined = step.joined;
  kept.left = step.left;
  kept.leaves_inboxes = step.leaves_inboxes;
}

void inbox_lanes::left(raft::log_index index, slot_id slot) {
  const auto found = leaving_.find({index, slot});
  ENSURE(found != leaving_.end(), "who has left was leaving");
  leaving_.erase(found);
}

std::vector<inbox_lanes::question> inbox_lanes::questions() {
  return std::exchange(questions_, {});
}

void inbox_lanes::loaded(const entity_id& channel, std::vector<inbox_audience::member> members,
                         bool read_at_sync) {
  book& of = books_.at(channel);
  // With a step that waits to say so, it is not yet.
  const auto leaves = [](const inbox_step& each) { return each.leaves_inboxes; };
  const bool not_yet = std::any_of(of.waiting.begin(), of.waiting.end(), leaves) ||
                       std::any_of(of.passed_over.begin(), of.passed_over.end(), leaves);
  if (read_at_sync && not_yet && !std::exchange(of.everybody_asked, true))
    return questions_.push_back({channel, true});  // what comes before that step is for all of them
  of.asked = false;
  members = inbox_audience::before(of.passed_over, std::move(members));
  members = inbox_audience::before(of.waiting, std::move(members));
  members_ += members.size();
  of.audience.emplace(std::move(members), read_at_sync && !not_yet);
  work_off(channel, of);
  forget_unneeded();
}

void inbox_lanes::not_loaded(const entity_id& channel) {
  book& of = books_.at(channel);
  questions_.push_back({channel, of.everybody_asked});
}

void inbox_lanes::work_off(const entity_id& channel, book& of) {
  while (!of.waiting.empty()) {
    const inbox_step& step = of.waiting.front();
    const bool everybody = of.audience && of.audience->read_at_sync() &&
                           (step.needs_everybody() || step.leaves_inboxes);
    if (!of.audience || (everybody && !of.everybody_asked) || of.asked) {
      if (!std::exchange(of.asked, true)) {
        of.everybody_asked = everybody;
        if (of.audience)
          members_ -= of.audience->size();
        of.audience = std::nullopt;
        questions_.push_back({channel, everybody});
      }
      return;
    }
    const std::size_t before = of.audience->size();
    of.audience->let_in(step);
    spread(step, of);
    if (of.audience->read_at_sync() || step.leaves_inboxes)
      note_moves(step, of);
    of.audience->let_go(step);
    members_ += of.audience->size();
    members_ -= before;
    --queued_;
    finish_one(step.index, over_);
    of.waiting.pop_front();
    if (of.audience->read_at_sync() && of.audience->size() > 0) {  // it needs nobody's list any more
      members_ -= of.audience->size();
      of.audience.emplace(std::vector<inbox_audience::member>(), true);
      of.everybody_asked = false;
    }
  }
}

// Those that were not used for longest, among those that nothing waits for: down to three quarters, so
// that looking for them is rare.
void inbox_lanes::forget_unneeded() {
  constexpr std::size_t own_weight = 8;
  const auto weight = [&] { return members_ + own_weight * books_.size(); };
  if (weight() <= how_.members_max)
    return;
  std::vector<std::pair<std::uint64_t, entity_id>> unneeded;
  for (const auto& [channel, of] : books_)
    if (of.audience && of.waiting.empty())
      unneeded.emplace_back(of.used, channel);
  std::sort(unneeded.begin(), unneeded.end());
  for (const auto& [used, channel] : unneeded) {
    if (weight() <= how_.members_max / 4 * 3)
      return;
    auto found = books_.find(channel);
    members_ -= found->second.audience->size();
    books_.erase(found);
  }
}

// ---- to whom it goes --------------------------------------------------------------------------

void inbox_lanes::note_moves(const inbox_step& step, book& of) const {
  const raft::log_index held = applied ? applied() : step.index;
  while (!of.moves.empty() && of.moves.front().index <= held)
    of.moves.pop_front();
  for (const auto& joiner : step.joined)
    of.moves.push_back({step.index, joiner.user, true});
  for (const std::uint64_t user : step.left)
    of.moves.push_back({step.index, user, false});
}

// When the step in front comes. Of a channel that is read at sync the audience holds some at most: who came
// with this step, who leaves with a later one. The tables may be behind it, or ahead.
bool inbox_lanes::is_inside(const entity_id& channel, const book& of, std::uint64_t user) const {
  if (of.audience->contains(user))
    return true;
  if (!of.audience->read_at_sync() || of.everybody_asked)
    return false;
  for (auto move = of.moves.rbegin(); move != of.moves.rend(); ++move)
    if (move->user == user)
      return move->inside;
  const auto later = [user](auto step, auto end) -> std::optional<bool> {
    for (; step != end; ++step) {
      if (std::find(step->left.begin(), step->left.end(), user) != step->left.end())
        return true;
      if (std::any_of(step->joined.begin(), step->joined.end(),
                      [user](const auto& each) { return each.user == user; }))
        return false;
    }
    return std::nullopt;
  };
  if (const auto inside = later(std::next(of.waiting.begin()), of.waiting.end()))
    return *inside;
  if (const auto inside = later(of.passed_over.begin(), of.passed_over.end()))
    return *inside;
  return is_member && is_member(channel, user);
}

void inbox_lanes::spread(const inbox_step& step, book& of) {
  inbox_audience& audience = *of.audience;
  std::map<slot_id, item> items;
  if (step.first_seq == 0)
    return;  // no event: members of a DM from its beginning on hear of the first one
  // The tables may be ahead: they knew of the end already when the members were read.
  const bool at_sync = audience.read_at_sync();
  const users_by_slot& takers = audience.takers(step.last_seq, slot_of_);
  for (const auto& [slot, users] : takers) {
    if (at_sync && !step.leaves_inboxes)
      break;
    item& each = items[slot];
    each.someone = users->front();
    if (!at_sync)
      each.users = users;  // otherwise they are told where it ended
  }
  spread_mentions(step, takers, of, items);
  for (auto& [slot, each] : items)
    each.read_at_sync = at_sync || step.leaves_inboxes;
  queue(step, std::move(items));
}

void inbox_lanes::spread_mentions(const inbox_step& step, const users_by_slot& takers,
                                  const book& of, std::map<slot_id, item>& items) {
  for (const inbox_step::mention& each : step.mentions) {
    std::map<slot_id, std::vector<std::uint64_t>> named;
    for (const std::uint64_t user : each.who.users)
      if (user != each.author && is_inside(step.channel, of, user))
        named[slot_of_(user)].push_back(user);
    for (const auto& [slot, users] : named) {
      mention(items[slot].mentions, each, each.named, users);
      items[slot].someone = users.front();
    }
    if (each.who.everybody == wire::MENTION_UNKNOWN)
      continue;
    for (const auto& [slot, users] : takers)
      if (const auto spoken_to = others(*users, each); !spoken_to.empty()) {
        mention(items[slot].mentions, each, each.who.everybody, spoken_to);
        items[slot].someone = users->front();
      }
  }
}

void inbox_lanes::queue(const inbox_step& step, std::map<slot_id, item> items) {
  for (auto& [slot, each] : items) {
    each.index = step.index;
    each.channel = step.channel;
    each.first_seq = step.first_seq;
    each.last_seq = step.last_seq;
    each.has_leaver = std::any_of(step.left.begin(), step.left.end(), [&](std::uint64_t user) {
      return slot_of_(user) == slot;
    });
    ++open_[step.index];
    ++queued_;
    lane& to = lanes_[slot];
    to.someone = each.someone;
    to.queue.push_back(std::move(each));
    if (!to.sent && !pausing_.contains(slot))
      ready_.insert(slot);
  }
}

// ---- the lanes --------------------------------------------------------------------------------

std::vector<slot_id> inbox_lanes::due(tick_time now) {
  for (auto each = pausing_.begin(); each != pausing_.end();)
    if (each->second <= now) {
      ready_.insert(each->first);
      each = pausing_.erase(each);
    } else {
      ++each;
    }
  std::vector<slot_id> out;
  for (const slot_id slot : ready_)
    if (const lane& of = lanes_.at(slot); of.under_way || !is_held(slot, of.queue.front()))
      out.push_back(slot);
  return out;
}

std::optional<tick_time> inbox_lanes::next_due() const {
  std::optional<tick_time> out;
  for (const auto& [slot, when] : pausing_)
    out = out ? std::min(*out, when) : when;
  return out;
}

void inbox_lanes::hurry(slot_id to, raft::log_index index) {
  lane& of = lanes_[to];
  of.waited_for = std::max(of.waited_for, index);
  if (of.sent && is_waited_for(of))
    urgent_.push_back(to);
}

std::shared_ptr<const wire::inbox_delivery> inbox_lanes::deliver(slot_id to) {
  ENSURE(ready_.erase(to) == 1, "one delivery of a lane is under way at a time");
  lane& of = lanes_.at(to);
  of.sent = true;
  if (of.under_way ? is_waited_for(of) : of.queue.front().index <= of.waited_for)
    urgent_.push_back(to);
  if (of.under_way)
    return of.under_way;
  auto out = std::make_shared<wire::inbox_delivery>();
  struct last_run {
    int place = 0;
    user_list users;
  };
  std::unordered_map<entity_id, last_run> runs;  // the last of each channel
  while (!of.queue.empty() && static_cast<std::size_t>(out->runs_size()) < how_.runs_max) {
    item& next = of.queue.front();
    if (is_held(to, next))
      break;
    auto known = runs.find(next.channel);
    wire::inbox_run* run =
        known == runs.end() ? nullptr : out->mutable_runs(known->second.place);
    if (!run || known->second.users != next.users || run->read_at_sync() || next.read_at_sync ||
        run->last_seq() + 1 != next.first_seq) {
      runs[next.channel] = {out->runs_size(), next.users};
      run = out->add_runs();
      run->set_channel_id(next.channel.text());
      run->set_first_seq(next.first_seq);
      run->set_read_at_sync(next.read_at_sync);
      if (next.users)
        run->mutable_users()->Assign(next.users->begin(), next.users->end());
    }
    run->set_last_seq(next.last_seq);
    for (auto& each : next.mentions)
      *run->add_mentions() = std::move(each);
    of.under_way_of.push_back({next.index, next.channel});
    of.queue.pop_front();
  }
  ENSURE(out->runs_size() > 0, "only a lane that is due is delivered to");
  of.under_way = std::move(out);
  return of.under_way;
}

std::vector<raft::log_index> inbox_lanes::delivered(slot_id to) {
  lane& of = lanes_.at(to);
  ENSURE(of.sent && of.under_way, "only what is under way is delivered");
  of.sent = false;
  of.under_way = nullptr;
  if (!of.queue.empty())
    ready_.insert(to);
  std::vector<raft::log_index> over;
  for (const auto& part : std::exchange(of.under_way_of, {})) {
    --queued_;
    finish_one(part.index, over);
  }
  return over;
}

void inbox_lanes::failed(slot_id to, tick_time now, std::chrono::milliseconds pause) {
  lanes_.at(to).sent = false;
  pausing_[to] = now + pause;
}

bool inbox_lanes::is_waited_for(const lane& of) {
  return of.under_way_of.front().index <= of.waited_for;
}

bool inbox_lanes::owes(slot_id to, const entity_id& channel, raft::log_index index) const {
  if (auto book = books_.find(channel); book != books_.end() && !book->second.waiting.empty() &&
                                        book->second.waiting.front().index <= index)
    return true;
  const auto concerned = [&](const auto& each) { return each.channel == channel && each.index <= index; };
  auto found = lanes_.find(to);
  return found != lanes_.end() &&
         (std::any_of(found->second.under_way_of.begin(), found->second.under_way_of.end(), concerned) ||
          std::any_of(found->second.queue.begin(), found->second.queue.end(), concerned));
}

void inbox_lanes::finish_one(raft::log_index index, std::vector<raft::log_index>& over) {
  auto found = open_.find(index);
  ENSURE(found != open_.end() && found->second > 0, "only what was taken ends");
  if (--found->second > 0)
    return;
  open_.erase(found);
  over.push_back(index);
}

std::vector<raft::log_index> inbox_lanes::over() {
  return std::exchange(over_, {});
}

}  // namespace carillon
