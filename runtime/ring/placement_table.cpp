#include "runtime/ring/placement_table.hpp"

#include <algorithm>
#include <limits>

#include "runtime/base/ensure.hpp"
#include "runtime/ring/placement.hpp"

namespace carillon {

placement_table::placement_table(std::vector<host_facts> hosts, std::vector<slot_row> rows,
                                 std::uint32_t replicas)
    : hosts_(std::move(hosts)),
      rows_(std::move(rows)),
      replicas_(replicas),
      has_(hosts_.size(), 0),
      leads_(hosts_.size(), 0) {
  ENSURE(!hosts_.empty() && replicas_ <= hosts_.size(), "replicas are on different hosts");
  for (const slot_row& row : rows_)
    for (host who : row.replicas)
      ++has_[who];
  std::vector<share> shares;
  for (host h = 0; h < hosts_.size(); ++h)
    shares.push_back({hosts_[h].weight, has_[h], placement_score(0, hosts_[h].store_id)});
  auto slots = static_cast<std::uint32_t>(rows_.size());
  wanted_ = fair_counts(shares, std::uint64_t{slots} * replicas_, slots);
}

bool placement_table::holds(std::size_t slot, host who) const {
  const auto& there = rows_[slot].replicas;
  return std::find(there.begin(), there.end(), who) != there.end();
}

bool placement_table::may_leave(std::size_t slot, host who) const {
  return !rows_[slot].pinned || rows_[slot].leader != who;
}

std::uint32_t placement_table::in_zone(std::size_t slot, std::uint32_t zone) const {
  const auto& there = rows_[slot].replicas;
  return static_cast<std::uint32_t>(std::count_if(
      there.begin(), there.end(), [&](host h) { return hosts_[h].zone == zone; }));
}

std::uint32_t placement_table::zones_of(std::size_t slot) const {
  const auto& there = rows_[slot].replicas;
  std::uint32_t zones = 0;
  for (std::size_t i = 0; i < there.size(); ++i)
    zones += std::none_of(there.begin(), there.begin() + static_cast<std::ptrdiff_t>(i),
                          [&](host h) { return hosts_[h].zone == hosts_[there[i]].zone; });
  return zones;
}

std::uint64_t placement_table::score(std::size_t slot, host who) const {
  return placement_score(static_cast<slot_id>(slot), hosts_[who].store_id);
}

void placement_table::add(std::size_t slot, host who) {
  rows_[slot].replicas.push_back(who);
  ++has_[who];
}

void placement_table::take(std::size_t slot, host who) {
  std::erase(rows_[slot].replicas, who);
  --has_[who];
  if (rows_[slot].leader == who)
    rows_[slot].leader = nobody;
}

// Fewer replicas are wanted than before: those leave whose hosts are most above their count.
void placement_table::trim() {
  for (std::size_t slot = 0; slot < rows_.size(); ++slot)
    while (rows_[slot].replicas.size() > replicas_) {
      const auto& there = rows_[slot].replicas;
      auto over = [&](host h) {
        return may_leave(slot, h) ? std::int64_t{has_[h]} - wanted_[h].count
                                  : std::numeric_limits<std::int64_t>::min();
      };
      take(slot, *std::max_element(there.begin(), there.end(),
                                   [&](host a, host b) { return over(a) < over(b); }));
    }
}

// `chances`: in how many slots that still lack places a host could go, this one among them. A host
// that needs all its chances must be taken, or its last places fit nowhere.
placement_table::host placement_table::choose(std::size_t slot,
                                              const std::vector<std::uint32_t>& chances) const {
  host best = nobody;
  bool best_must = false, best_new_zone = false;
  std::uint32_t best_room = 0;
  for (host who = 0; who < hosts_.size(); ++who) {
    if (has_[who] >= wanted_[who].count || holds(slot, who))
      continue;
    std::uint32_t room = wanted_[who].count - has_[who];
    bool must = room >= chances[who];
    bool new_zone = in_zone(slot, hosts_[who].zone) == 0;
    bool better = best == nobody       ? true
                  : must != best_must  ? must
                  : new_zone != best_new_zone ? new_zone
                  : room != best_room  ? room > best_room
                                       : score(slot, who) > score(slot, best);
    if (better) {
      best = who;
      best_must = must;
      best_new_zone = new_zone;
      best_room = room;
    }
  }
  return best;
}

void placement_table::fill() {
  std::vector<std::size_t> lacking;
  std::vector<std::uint32_t> chances(hosts_.size(), 0);
  for (std::size_t slot = 0; slot < rows_.size(); ++slot)
    if (rows_[slot].replicas.size() < replicas_)
      lacking.push_back(slot);
  std::fill(chances.begin(), chances.end(), static_cast<std::uint32_t>(lacking.size()));
  for (std::size_t slot : lacking)
    for (host who : rows_[slot].replicas)
      --chances[who];
  std::vector<std::size_t> stuck;
  for (std::size_t slot : lacking) {
    auto before = rows_[slot].replicas;
    while (rows_[slot].replicas.size() < replicas_) {
      host who = choose(slot, chances);
      if (who == nobody) {
        stuck.push_back(slot);
        break;
      }
      add(slot, who);
    }
    for (host who = 0; who < hosts_.size(); ++who)
      if (std::find(before.begin(), before.end(), who) == before.end())
        --chances[who];
  }
  // Only hosts that are in these slots already have room left: another slot makes room.
  // Slots that are pinned may have nothing to give: then a host has more than its count.
  for (std::size_t slot : stuck)
    while (rows_[slot].replicas.size() < replicas_)
      if (!make_room(slot))
        add(slot, least_full(slot));
}

placement_table::host placement_table::least_full(std::size_t slot) const {
  host best = nobody;
  for (host who = 0; who < hosts_.size(); ++who) {
    auto over = [&](host h) { return std::int64_t{has_[h]} - wanted_[h].count; };
    if (!holds(slot, who) && (best == nobody || over(who) < over(best)))
      best = who;
  }
  ENSURE(best != nobody, "there are as many hosts as replicas");
  return best;
}

// Every slot has its places now. A place goes straight from a host above its count to one below it,
// wherever the slot does not have that one yet: first where that undoes a doubled zone, then where
// the host wants it least. What cannot go straight goes round by another slot.
void placement_table::level() {
  struct place {
    bool spare = false;
    std::uint64_t score = 0;
    std::size_t slot = 0;
  };
  std::vector<std::vector<place>> of(hosts_.size());
  for (std::size_t slot = 0; slot < rows_.size(); ++slot)
    for (host who : rows_[slot].replicas)
      if (has_[who] > wanted_[who].count && may_leave(slot, who))
        of[who].push_back({in_zone(slot, hosts_[who].zone) > 1, score(slot, who), slot});
  const std::vector<std::uint32_t> many(hosts_.size(), ~std::uint32_t{0});
  for (host who = 0; who < hosts_.size(); ++who) {
    std::sort(of[who].begin(), of[who].end(), [](const place& a, const place& b) {
      return a.spare != b.spare ? a.spare : a.score < b.score;
    });
    for (const place& at : of[who]) {
      if (has_[who] <= wanted_[who].count)
        break;
      host to = choose(at.slot, many);
      if (to == nobody)
        continue;
      take(at.slot, who);
      add(at.slot, to);
    }
    for (const place& at : of[who]) {
      if (has_[who] <= wanted_[who].count)
        break;
      if (!holds(at.slot, who))
        continue;
      const bool led = rows_[at.slot].leader == who;
      take(at.slot, who);
      if (make_room(at.slot))
        continue;
      add(at.slot, who);  // as in fill(): pinned slots are in the way
      if (led)
        rows_[at.slot].leader = who;
    }
  }
}

// A host with room goes to another slot, and from there comes one that this slot does not have.
bool placement_table::make_room(std::size_t slot) {
  for (host roomy = 0; roomy < hosts_.size(); ++roomy) {
    if (has_[roomy] >= wanted_[roomy].count)
      continue;
    for (std::size_t other = 0; other < rows_.size(); ++other) {
      if (other == slot || holds(other, roomy))
        continue;
      for (host moved : rows_[other].replicas)
        if (!holds(slot, moved) && may_leave(other, moved)) {
          take(other, moved);
          add(other, roomy);
          add(slot, moved);
          return true;
        }
    }
  }
  return false;
}

// No more zones can be reached than the counts allow: a zone is in at most all slots, and with at
// most all places of its hosts; a slot is in at most as many zones as it has replicas.
void placement_table::spread() {
  std::uint32_t zone_count = 0;
  for (const host_facts& h : hosts_)
    zone_count = std::max(zone_count, h.zone + 1);
  std::vector<std::uint64_t> places(zone_count, 0);
  for (host h = 0; h < hosts_.size(); ++h)
    places[hosts_[h].zone] += wanted_[h].count;
  std::uint64_t most = 0, now = 0;
  for (std::uint64_t of_zone : places)
    most += std::min<std::uint64_t>(of_zone, rows_.size());
  most = std::min<std::uint64_t>(most, rows_.size() * replicas_);
  for (std::size_t slot = 0; slot < rows_.size(); ++slot)
    now += zones_of(slot);
  for (bool gained = true; gained && now < most;) {
    gained = false;
    for (std::size_t slot = 0; slot < rows_.size() && now < most; ++slot)
      while (zones_of(slot) < std::min(replicas_, zone_count) && exchange(slot)) {
        gained = true;
        ++now;
      }
  }
}

// Gives a host of a doubled zone for one of another slot, when both together gain a zone.
bool placement_table::exchange(std::size_t slot) {
  for (host given : rows_[slot].replicas) {
    if (in_zone(slot, hosts_[given].zone) < 2 || !may_leave(slot, given))
      continue;
    for (std::size_t other = 0; other < rows_.size(); ++other) {
      if (other == slot || holds(other, given))
        continue;
      for (host taken : rows_[other].replicas) {
        std::uint32_t here = hosts_[taken].zone, leaves = hosts_[given].zone;
        if (holds(slot, taken) || in_zone(slot, here) > 0 || !may_leave(other, taken))
          continue;
        // The other slot must not lose what this one gains.
        if (in_zone(other, here) == 1 && in_zone(other, leaves) > 0)
          continue;
        take(slot, given);
        take(other, taken);
        add(slot, taken);
        add(other, given);
        return true;
      }
    }
  }
  return false;
}

}  // namespace carillon
