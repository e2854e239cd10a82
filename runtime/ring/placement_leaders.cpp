// Preferred leaders: one replica of each slot, so that every host leads its share. First what is
// stays, then the emptiest replica takes each open slot, then chains of slots pass leadership on from
// hosts with too many to hosts with too few (augmenting paths, as for a bipartite matching).
#include <deque>

#include "runtime/ring/placement_table.hpp"

#include <algorithm>

namespace carillon {

void placement_table::choose_leaders() {
  auto rests = [&](host h) { return hosts_[h].rests; };
  for (slot_row& row : rows_)
    if (row.leader != nobody && rests(row.leader) &&
        !std::all_of(row.replicas.begin(), row.replicas.end(), rests))
      row.leader = nobody;
  std::fill(leads_.begin(), leads_.end(), 0);
  for (const slot_row& row : rows_)
    if (row.leader != nobody)
      ++leads_[row.leader];
  std::vector<share> shares;
  std::vector<host> sharers;
  for (host h = 0; h < hosts_.size(); ++h)
    if (!rests(h)) {
      shares.push_back({hosts_[h].weight, leads_[h], score(1, h)});
      sharers.push_back(h);
    }
  auto slots = static_cast<std::uint32_t>(rows_.size());
  lead_wanted_.assign(hosts_.size(), {});
  if (!sharers.empty()) {
    const auto wanted = fair_counts(shares, slots, slots);
    for (std::size_t i = 0; i < sharers.size(); ++i)
      lead_wanted_[sharers[i]] = wanted[i];
  }

  for (std::size_t slot = 0; slot < rows_.size(); ++slot) {
    slot_row& row = rows_[slot];
    if (row.leader != nobody)
      continue;
    auto missing = [&](host h) { return std::int64_t{lead_wanted_[h].count} - leads_[h]; };
    row.leader = *std::max_element(
        row.replicas.begin(), row.replicas.end(), [&](host a, host b) {
          if (rests(a) != rests(b))
            return rests(a);
          return missing(a) != missing(b) ? missing(a) < missing(b) : score(slot, a) < score(slot, b);
        });
    ++leads_[row.leader];
  }
  for (host who = 0; who < hosts_.size(); ++who)
    while (leads_[who] > lead_wanted_[who].high && pass_on_leadership(who, true)) {
    }
  // Those with too few are served by whoever can spare one; a host that leads more than its target
  // rounded down can.
  for (bool gained = true; gained;) {
    gained = std::any_of(leads_.begin(), leads_.end(), [&, h = host{0}](std::uint32_t leads) mutable {
      return leads < lead_wanted_[h++].low;
    });
    if (!gained)
      break;
    gained = false;
    for (host who = 0; who < hosts_.size() && !gained; ++who)
      gained = leads_[who] > lead_wanted_[who].low && pass_on_leadership(who, false);
  }
}

// Finds the shortest chain from -> slot -> host -> slot -> ... -> a host with too few (must_drop: or
// one with room below its target rounded up) and moves the leadership of each slot one host on.
bool placement_table::pass_on_leadership(host from, bool must_drop) {
  std::vector<std::vector<std::size_t>> led(hosts_.size());
  for (std::size_t slot = 0; slot < rows_.size(); ++slot)
    if (!rows_[slot].pinned)
      led[rows_[slot].leader].push_back(slot);
  std::vector<std::size_t> through(hosts_.size(), rows_.size());  // the slot by which it is reached
  std::vector<bool> seen(hosts_.size(), false);
  std::deque<host> next{from};
  seen[from] = true;
  host end = nobody, second_best = nobody;
  while (!next.empty() && end == nobody) {
    host at = next.front();
    next.pop_front();
    for (std::size_t slot : led[at])
      for (host to : rows_[slot].replicas) {
        if (seen[to])
          continue;
        seen[to] = true;
        through[to] = slot;
        next.push_back(to);
        if (leads_[to] < lead_wanted_[to].low && end == nobody)
          end = to;
        if (leads_[to] < lead_wanted_[to].high && second_best == nobody)
          second_best = to;
      }
  }
  if (end == nobody && must_drop)
    end = second_best;
  if (end == nobody)
    return false;
  ++leads_[end];
  --leads_[from];
  for (host at = end; at != from;) {
    slot_row& row = rows_[through[at]];
    host giver = row.leader;
    row.leader = at;
    at = giver;
  }
  return true;
}

}  // namespace carillon
