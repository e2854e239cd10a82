#include "runtime/ring/ring_state.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "runtime/base/ensure.hpp"
#include "runtime/ring/leader_load.hpp"
#include "runtime/ring/ring_command.hpp"
#include "runtime/ring/ring_lacks.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon {
namespace {

constexpr std::size_t commands_max = 1'000;
// Of the newest load in the mean, per report: ten a second, so about a minute and a half.
constexpr double load_step = 0.001;
constexpr double load_worth_weighing = 100;  // events a second, of the whole ring

bool same(const wire::ring_member& a, const wire::ring_member& b) {
  return a.SerializeAsString() == b.SerializeAsString();
}

// What a ring of hosts that only know places cannot follow.
bool is_in_motion(const wire::ring_view& view) {
  return view.moves_size() > 0 || view.wishes_size() > 0 || view.pins_size() > 0 || view.held();
}

// A group of one voter takes the lead by itself as soon as it can; a word from us would not hurry it. While
// a move is on, the group may have more voters than the place has replicas.
bool leads_by_itself(const wire::ring_view& view, std::size_t slot) {
  return view.slots(static_cast<int>(slot)).replicas_size() == 1 &&
         std::none_of(view.moves().begin(), view.moves().end(),
                      [slot](const auto& move) { return move.slot() == slot; });
}

}  // namespace

ring_state::ring_state(options how, tick_time now)
    : how_(how), settled_since_(now), slots_(how.rules.slots) {
  for (slot_state& slot : slots_)
    slot.since = now;
}

// -- what is told -------------------------------------------------------------------------------

void ring_state::lead(bool leading, tick_time now) {
  if (leading == leading_)
    return;
  leading_ = leading;
  led_since_ = now;
  propose_failed();
  looked_.reset();
  commands_.clear();  // whoever said them asks the next leader
  handed_back_.reset();
  // Whom an earlier leader nominated is not known here: everything open is nominated anew.
  for (slot_state& slot : slots_) {
    slot.nominated.reset();
    slot.handed_back.reset();
  }
}

void ring_state::view_is(std::shared_ptr<const wire::ring_view> view, tick_time now) {
  if (view->generation() <= view_->generation())
    return;
  looked_.reset();
  view_ = std::move(view);
  if (proposed_generation_ == view_->generation())
    commands_.erase(commands_.begin(), commands_.begin() + static_cast<std::ptrdiff_t>(commands_proposed_));
  if (proposed_generation_ <= view_->generation())
    propose_failed();
  std::erase_if(groups_, [&](const auto& group) {
    return std::none_of(view_->moves().begin(), view_->moves().end(), [&](const auto& move) {
      return move.slot() == group.first && move.began() != 0;
    });
  });
  for (const auto& member : view_->members()) {
    if (hosts_.emplace(member.store_id(), host_state{true, now, {}}).second)
      settled_since_ = now;
    auto said = announced_.find(member.store_id());
    if (said != announced_.end() && same(said->second, member))
      announced_.erase(said);
  }
}

void ring_state::announced(const wire::ring_member& member) {
  if (member.store_id() == 0)
    return;
  looked_.reset();
  auto known = std::find_if(view_->members().begin(), view_->members().end(),
                            [&](const auto& m) { return m.store_id() == member.store_id(); });
  if (known != view_->members().end() && same(*known, member))
    announced_.erase(member.store_id());
  else
    announced_[member.store_id()] = member;
}

status ring_state::operate(wire::ring_command command) {
  if (commands_.size() >= commands_max)
    return make_error(errc::overloaded, "too many words to the ring at once");
  if (status may = may_say(command); !may)
    return may;
  auto now = with_command(*view_, command);
  if (!now)
    return now.error();
  looked_.reset();
  if (now->SerializeAsString() != view_->SerializeAsString() || !commands_.empty())
    commands_.push_back(std::move(command));
  return ok;
}

result<wire::ring_view> ring_state::try_out(const wire::ring_command& command,
                                            tick_time now) const {
  if (status may = may_say(command); !may)
    return may.error();
  auto next = with_command(*view_, command);
  return next ? result<wire::ring_view>(planned_view(*next, needs(now))) : next;
}

// A host that is to rest will be away soon, so no other may be.
status ring_state::may_say(const wire::ring_command& command) const {
  if (std::string why = wire::too_old_for(*view_, how_.moves_need_minor); !why.empty())
    return make_error(errc::invalid_arguments, std::move(why));
  if (!command.has_host() || command.host().intent() != wire::HOST_RESTS)
    return ok;
  auto host = host_named(*view_, command.host().host());
  if (!host)
    return host.error();
  if (intent_of(*view_, *host) == wire::HOST_RESTS)
    return ok;
  std::string why = ring_lacks(
      *view_, *host,
      {.replicas = how_.rules.replicas,
       .is_present = [&](ring_host other) { return is_present(other, reported_.value_or(led_since_)); },
       .is_led = [&](slot_id slot) { return slots_[slot].leader != 0; }});
  if (why.empty() && !commands_.empty())
    why = "other words come first";
  return why.empty() ? status(ok)
                     : make_error(errc::invalid_arguments,
                                  fmt::format("not while the ring is not whole: {}", why));
}

void ring_state::group_is(slot_id slot, group_fact fact) {
  looked_.reset();
  group_fact& known = groups_[slot];
  if (fact.generation >= known.generation)
    known = std::move(fact);
}

void ring_state::heard(const ring_report& report, tick_time now) {
  // Who was frozen heard nobody meanwhile, and that says nothing about them.
  if (reported_ && now - *reported_ > how_.slept) {
    for (slot_state& slot : slots_)
      slot.heard += now - *reported_;
    for (auto& [id, host] : hosts_)
      host.heard += now - *reported_;
  }
  reported_ = now;
  for (ring_host host : report.alive) {
    host_state& state = hosts_.emplace(host, host_state{true, now, now}).first->second;
    if (!state.alive) {
      state.alive = true;
      state.since = now;
      settled_since_ = now;
    }
    state.heard = now;
  }
  for (ring_host host : report.lost) {
    if (host == how_.self)
      continue;
    host_state& state = hosts_.emplace(host, host_state{false, now, now}).first->second;
    state.alive = false;
    state.since = now;
    settled_since_ = now;
    for (slot_state& slot : slots_)
      if (slot.leader == host) {
        slot.leader = 0;
        slot.lost = host;
        slot.since = now;
        slot.nominations = 0;
        slot.nominated.reset();
      }
  }
  for (const auto& [slot, leader, term, load] : report.leaders) {
    if (slot >= slots_.size() || !is_alive(leader))
      continue;
    slot_state& state = slots_[slot];
    if (term < state.term)
      continue;
    state.heard = now;
    state.load += (load - state.load) * load_step;
    if (term == state.term && leader == state.leader)
      continue;
    state.leader = leader;
    state.term = term;
    state.lost = 0;
    state.since = now;
    state.nominations = 0;
    state.nominated.reset();
  }
}

bool ring_state::is_alive(ring_host host) const {
  if (host == how_.self)
    return true;
  auto found = hosts_.find(host);
  return found == hosts_.end() || found->second.alive;
}

std::uint32_t ring_state::slots_led() const {
  return static_cast<std::uint32_t>(std::count_if(
      slots_.begin(), slots_.end(), [](const slot_state& slot) { return slot.leader != 0; }));
}

std::uint32_t ring_state::vanished(tick_time now) const {
  std::uint32_t count = 0;
  for (const auto& member : view_->members()) {
    auto found = hosts_.find(member.store_id());
    count += found != hosts_.end() && !is_alive(member.store_id()) &&
             now - found->second.since < how_.vanish_window;
  }
  return count;
}

bool ring_state::are_too_many(std::uint32_t gone) const {
  return gone > 1 &&
         gone * 100 > how_.vanish_max_percent * static_cast<std::uint32_t>(view_->members_size());
}

bool ring_state::frozen(tick_time now) const {
  return are_too_many(vanished(now));
}

bool ring_state::is_present(ring_host host, tick_time now) const {
  if (host == how_.self)
    return true;
  auto found = hosts_.find(host);
  return found != hosts_.end() && found->second.alive && now - found->second.heard < how_.present;
}

// Silent for long, since we lead at the least; and not one of many that fell silent together: then it
// is a cable or a room, and an operator says what is to become of them.
std::set<ring_host> ring_state::given_up(tick_time now) const {
  std::map<ring_host, tick_time> silent;
  for (const auto& member : view_->members()) {
    auto found = hosts_.find(member.store_id());
    if (member.store_id() != how_.self && !is_present(member.store_id(), now))
      silent.emplace(member.store_id(), found == hosts_.end() ? led_since_ : found->second.heard);
  }
  std::set<ring_host> out;
  for (const auto& [host, since] : silent) {
    const auto together = static_cast<std::uint32_t>(
        std::count_if(silent.begin(), silent.end(), [&, since = since](const auto& other) {
          return std::chrono::abs(other.second - since) < how_.vanish_window;
        }));
    if (now - std::max(since, led_since_) >= how_.replace_after && !are_too_many(together))
      out.insert(host);
  }
  return out;
}

ring_needs ring_state::needs(tick_time now) const {
  return {.rules = how_.rules,
          .limits = how_.moves,
          .given_up = given_up(now),
          .is_alive = [this, now](ring_host host) { return is_present(host, now); },
          .groups = groups_};
}

// -- what follows -------------------------------------------------------------------------------

ring_actions ring_state::take_actions(tick_time now, bool may_change) {
  ENSURE(leading_, "only the leader of the meta group acts");
  ring_actions out;
  if (may_change)
    propose_view(now, out);
  nominate(now, out);
  hand_back(now, out);
  warn(now, out);
  return out;
}

// A table may be long: it is looked at when something was said, and now and then for what time brings.
void ring_state::propose_view(tick_time now, ring_actions& out) {
  const bool founded = view_->slots_size() > 0;
  if (proposed_generation_ != 0 || (founded && looked_ && now - *looked_ < how_.look_again))
    return;
  looked_ = now;
  wire::ring_view next = *view_;
  for (const auto& [id, member] : announced_) {
    auto known = std::find_if(next.mutable_members()->begin(), next.mutable_members()->end(),
                              [id = id](const auto& m) { return m.store_id() == id; });
    if (known != next.mutable_members()->end())
      *known = member;
    else if (intent_of(next, id) != wire::HOST_LEAVES)  // it has left, and comes back on a word only
      *next.add_members() = member;
  }
  std::sort(next.mutable_members()->begin(), next.mutable_members()->end(),
            [](const auto& a, const auto& b) { return a.store_id() < b.store_id(); });
  const bool may_move = wire::too_old_for(next, how_.moves_need_minor).empty();
  if (wire::too_old_for(next, how_.used_minor).empty())
    next.set_schema_minor(std::max(next.schema_minor(), how_.used_minor));
  for (const auto& command : commands_)
    if (auto obeyed = with_command(next, command))
      next = std::move(*obeyed);
  if (next.slots_size() == 0) {
    // The founders of every group are fixed with the first table, so it is worth waiting for all.
    auto present = static_cast<std::uint32_t>(next.members_size());
    bool late = now - led_since_ >= how_.found_after && present >= how_.rules.replicas;
    if (present < how_.members_expected && !late)
      return;
    next = place_slots(next, how_.rules);
  }
  if (auto moved = may_move ? next_view(next, needs(now)) : std::nullopt)
    next = std::move(*moved);
  else if ((may_move && weigh(next, now)) || next.SerializeAsString() != view_->SerializeAsString())
    next.set_generation(view_->generation() + 1);
  else
    return;
  if (may_move && (!founded || is_in_motion(next)))
    next.set_schema_minor(std::max(next.schema_minor(), how_.moves_need_minor));
  proposed_generation_ = next.generation();
  commands_proposed_ = commands_.size();
  out.propose = std::move(next);
}

// Only in a ring at rest: no move planned, all slots led as wished. What it changes is done by hand-backs.
bool ring_state::weigh(wire::ring_view& next, tick_time now) {
  if (next.moves_size() > 0 || now - weighed_ < how_.weigh_every || vanished(now) > 0 ||
      now - settled_since_ < how_.settled || now - led_since_ < how_.weigh_every)
    return false;
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].leader != next.slots(static_cast<int>(i)).preferred_leader())
      return false;
  weighed_ = now;
  std::vector<double> load;
  for (const slot_state& slot : slots_)
    load.push_back(slot.load);
  if (std::accumulate(load.begin(), load.end(), 0.0) < load_worth_weighing)
    return false;
  const auto exchanges =
      exchanges_for(next, load, [&](ring_host host) {
        return is_present(host, now) && intent_of(next, host) != wire::HOST_RESTS;
      });
  for (const auto& each : exchanges)
    exchange_leaders(next, each);
  return !exchanges.empty();
}

void ring_state::nominate(tick_time now, ring_actions& out) {
  std::map<ring_host, std::uint32_t> load;  // leaders, and nominees that may become leaders
  for (const slot_state& slot : slots_)
    ++load[slot.leader != 0 ? slot.leader : slot.nominated ? slot.nominee : 0];
  for (std::size_t i = 0; i < slots_.size() && i < static_cast<std::size_t>(view_->slots_size());
       ++i) {
    slot_state& slot = slots_[i];
    if (slot.leader != 0 && now - slot.heard < how_.leaderless)
      continue;
    if (slot.leader != 0) {  // alive, and says no more that it leads
      slot.leader = 0;
      slot.since = slot.heard;
    }
    bool due = slot.nominated   ? now - *slot.nominated >= how_.nominate_again
               : slot.lost != 0 ? true
                                : now - std::max(slot.since, led_since_) >= how_.leaderless;
    if (!due || leads_by_itself(*view_, i))
      continue;
    if (slot.nominated)
      --load[slot.nominee];
    slot.nominee = choose_nominee(i, load);
    slot.nominated = now;
    ++load[slot.nominee];
    if (slot.nominee == 0)
      continue;  // no replica is alive; whoever comes back first is nominated
    ++slot.nominations;
    out.nominations.push_back({static_cast<slot_id>(i), slot.term, slot.nominee, slot.lost});
  }
}

// The preferred leader, else whoever leads least; who rests only if nobody else is there. A nominee that did not make it may lack entries
// that another replica has, and Raft will not have it: the next one is tried.
ring_host ring_state::choose_nominee(std::size_t slot,
                                     const std::map<ring_host, std::uint32_t>& load) const {
  const wire::slot_place& place = view_->slots(static_cast<int>(slot));
  std::vector<ring_host> able;
  for (ring_host host : place.replicas())
    if (is_alive(host) && host != slots_[slot].lost)
      able.push_back(host);
  if (able.empty())
    return 0;
  auto burden = [&](ring_host host) {
    auto found = load.find(host);
    return found == load.end() ? 0u : found->second;
  };
  if (slots_[slot].nominations > 0) {
    std::sort(able.begin(), able.end());
    auto next = std::upper_bound(able.begin(), able.end(), slots_[slot].nominee);
    return next == able.end() ? able.front() : *next;
  }
  return *std::min_element(able.begin(), able.end(), [&](ring_host a, ring_host b) {
    const bool rests_a = intent_of(*view_, a) == wire::HOST_RESTS;
    if (rests_a != (intent_of(*view_, b) == wire::HOST_RESTS))
      return !rests_a;
    bool preferred_a = a == place.preferred_leader(), preferred_b = b == place.preferred_leader();
    if (preferred_a != preferred_b)
      return preferred_a;
    if (burden(a) != burden(b))
      return burden(a) < burden(b);
    return placement_score(static_cast<slot_id>(slot), a) >
           placement_score(static_cast<slot_id>(slot), b);
  });
}

// While somebody is newly gone, or a slot has no leader, what works is left alone.
void ring_state::hand_back(tick_time now, ring_actions& out) {
  if (now - settled_since_ < how_.settled || now - led_since_ < how_.settled || vanished(now) > 0)
    return;
  if (handed_back_ && now - *handed_back_ < how_.hand_back_pause)
    return;
  for (int i = 0; i < view_->slots_size(); ++i)
    if (slots_[static_cast<std::size_t>(i)].leader == 0)
      return;
  std::set<std::uint32_t> moving;
  for (const auto& move : view_->moves())
    if (move.began() != 0)
      moving.insert(move.slot());
  for (int i = 0; i < view_->slots_size() && out.hand_backs.size() < how_.hand_backs_at_once; ++i) {
    if (moving.count(static_cast<std::uint32_t>(i)) > 0)
      continue;  // its group is changing, and its leader may have to go anyway
    slot_state& slot = slots_[static_cast<std::size_t>(i)];
    ring_host wanted = view_->slots(i).preferred_leader();
    if (wanted == 0 || slot.leader == wanted || !is_alive(wanted))
      continue;
    if (now - slot.since < how_.settled ||
        (slot.handed_back && now - *slot.handed_back < how_.hand_back_again))
      continue;
    slot.handed_back = now;
    out.hand_backs.push_back({static_cast<slot_id>(i), slot.leader, wanted});
  }
  if (!out.hand_backs.empty())
    handed_back_ = now;
}

void ring_state::warn(tick_time now, ring_actions& out) {
  bool bad = frozen(now);
  if (bad && !warned_)
    out.alarms.push_back(std::to_string(vanished(now)) + " of " +
                         std::to_string(view_->members_size()) +
                         " hosts vanished within a minute: the ring is frozen, nobody's replicas "
                         "are replaced");
  warned_ = bad;
}

}  // namespace carillon
