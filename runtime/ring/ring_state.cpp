#include "runtime/ring/ring_state.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"

namespace carillon {
namespace {

bool same(const wire::ring_member& a, const wire::ring_member& b) {
  return a.SerializeAsString() == b.SerializeAsString();
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
  proposed_generation_ = 0;
  handed_back_.reset();
  // Whom an earlier leader nominated is not known here: everything open is nominated anew.
  for (slot_state& slot : slots_) {
    slot.nominated.reset();
    slot.handed_back.reset();
  }
}

void ring_state::view_is(const wire::ring_view& view, tick_time now) {
  if (view.generation() <= view_.generation())
    return;
  view_ = view;
  if (proposed_generation_ <= view_.generation())
    proposed_generation_ = 0;
  for (const auto& member : view_.members()) {
    if (hosts_.emplace(member.store_id(), host_state{true, now}).second)
      settled_since_ = now;
    auto said = announced_.find(member.store_id());
    if (said != announced_.end() && same(said->second, member))
      announced_.erase(said);
  }
}

void ring_state::announced(const wire::ring_member& member) {
  if (member.store_id() == 0)
    return;
  auto known = std::find_if(view_.members().begin(), view_.members().end(),
                            [&](const auto& m) { return m.store_id() == member.store_id(); });
  if (known != view_.members().end() && same(*known, member))
    announced_.erase(member.store_id());
  else
    announced_[member.store_id()] = member;
}

void ring_state::heard(const ring_report& report, tick_time now) {
  // Who was frozen heard nobody meanwhile, and that says nothing about them.
  if (reported_ && now - *reported_ > how_.slept)
    for (slot_state& slot : slots_)
      slot.heard += now - *reported_;
  reported_ = now;
  for (ring_host host : report.alive) {
    host_state& state = hosts_.emplace(host, host_state{true, now}).first->second;
    if (!state.alive) {
      state = {true, now};
      settled_since_ = now;
    }
  }
  for (ring_host host : report.lost) {
    if (host == how_.self)
      continue;
    hosts_[host] = {false, now};
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
  for (const auto& [slot, leader, term] : report.leaders) {
    if (slot >= slots_.size() || !is_alive(leader))
      continue;
    slot_state& state = slots_[slot];
    if (term < state.term)
      continue;
    state.heard = now;
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
  for (const auto& member : view_.members()) {
    auto found = hosts_.find(member.store_id());
    count += found != hosts_.end() && !is_alive(member.store_id()) &&
             now - found->second.since < how_.vanish_window;
  }
  return count;
}

bool ring_state::frozen(tick_time now) const {
  std::uint32_t count = vanished(now);
  return count > 1 &&
         count * 100 > how_.vanish_max_percent * static_cast<std::uint32_t>(view_.members_size());
}

// -- what follows -------------------------------------------------------------------------------

ring_actions ring_state::take_actions(tick_time now) {
  ENSURE(leading_, "only the leader of the meta group acts");
  ring_actions out;
  propose_view(now, out);
  nominate(now, out);
  hand_back(now, out);
  warn(now, out);
  return out;
}

void ring_state::propose_view(tick_time now, ring_actions& out) {
  if (proposed_generation_ != 0 || announced_.empty())
    return;
  wire::ring_view next = view_;
  for (const auto& [id, member] : announced_) {
    auto known = std::find_if(next.mutable_members()->begin(), next.mutable_members()->end(),
                              [id = id](const auto& m) { return m.store_id() == id; });
    if (known != next.mutable_members()->end())
      *known = member;
    else
      *next.add_members() = member;
  }
  std::sort(next.mutable_members()->begin(), next.mutable_members()->end(),
            [](const auto& a, const auto& b) { return a.store_id() < b.store_id(); });
  if (next.slots_size() == 0) {
    // The founders of every group are fixed with the first table, so it is worth waiting for all.
    auto present = static_cast<std::uint32_t>(next.members_size());
    bool late = now - led_since_ >= how_.found_after && present >= how_.rules.replicas;
    if (present < how_.members_expected && !late)
      return;
    next = place_slots(next, how_.rules);
  }
  next.set_generation(view_.generation() + 1);
  proposed_generation_ = next.generation();
  out.propose = std::move(next);
}

void ring_state::nominate(tick_time now, ring_actions& out) {
  std::map<ring_host, std::uint32_t> load;  // leaders, and nominees that may become leaders
  for (const slot_state& slot : slots_)
    ++load[slot.leader != 0 ? slot.leader : slot.nominated ? slot.nominee : 0];
  for (std::size_t i = 0; i < slots_.size() && i < static_cast<std::size_t>(view_.slots_size());
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
    if (!due)
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

// The preferred leader, else whoever leads least. A nominee that did not make it may lack entries
// that another replica has, and Raft will not have it: the next one is tried.
ring_host ring_state::choose_nominee(std::size_t slot,
                                     const std::map<ring_host, std::uint32_t>& load) const {
  const wire::slot_place& place = view_.slots(static_cast<int>(slot));
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
  for (int i = 0; i < view_.slots_size(); ++i)
    if (slots_[static_cast<std::size_t>(i)].leader == 0)
      return;
  for (int i = 0; i < view_.slots_size() && out.hand_backs.size() < how_.hand_backs_at_once; ++i) {
    slot_state& slot = slots_[static_cast<std::size_t>(i)];
    ring_host wanted = view_.slots(i).preferred_leader();
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
                         std::to_string(view_.members_size()) +
                         " hosts vanished within a minute: the ring is frozen, nobody's replicas "
                         "are replaced");
  warned_ = bad;
}

}  // namespace carillon
