#include "runtime/ring/leader_load.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "runtime/ring/moves.hpp"

namespace carillon {
namespace {

class balance {
public:
  balance(const wire::ring_view& view, const std::vector<double>& load,
          const std::function<bool(std::uint64_t)>& usable)
      : view_(view), load_(load) {
    std::set<std::uint32_t> fixed;
    for (const auto& move : view.moves())
      fixed.insert(move.slot());
    for (const auto& pin : view.pins())
      fixed.insert(pin.slot());
    double weights = 0, total = 0;
    for (const auto& member : view.members())
      if (const auto weight = weight_of(view, member); weight > 0 && usable(member.store_id())) {
        hosts_[member.store_id()].weight = weight;
        weights += weight;
      }
    for (std::uint32_t slot = 0; slot < slots(); ++slot) {
      leader_.push_back(place(slot).preferred_leader());
      auto host = hosts_.find(leader_.back());
      if (host == hosts_.end())
        continue;
      total += load_of(slot);
      host->second.load += load_of(slot);
      if (fixed.count(slot) == 0)
        host->second.led.insert(slot);
    }
    for (auto& [id, host] : hosts_)
      host.share = weights > 0 ? total * host.weight / weights : 0;
  }

  // The best one for the host that is furthest above its share. Empty when nothing is worth it.
  std::vector<leader_exchange> next(const load_limits& limits) {
    std::uint64_t hottest = 0;
    for (const auto& [id, host] : hosts_)
      if (host.share > 0 && (hottest == 0 || excess(host) > excess(hosts_[hottest])))
        hottest = id;
    if (hottest == 0 || excess(hosts_[hottest]) <= limits.tolerance)
      return {};
    const host_load& hot = hosts_[hottest];
    double best = limits.worth;
    leader_exchange found{};
    bool any = false;
    for (std::uint32_t given : hot.led)
      for (std::uint64_t other : place(given).replicas()) {
        auto cool = hosts_.find(other);
        if (other == hottest || cool == hosts_.end() || cool->second.share <= 0)
          continue;
        for (std::uint32_t taken : cool->second.led) {
          const auto& replicas = place(taken).replicas();
          if (std::find(replicas.begin(), replicas.end(), hottest) == replicas.end())
            continue;
          const double moved = load_of(given) - load_of(taken);
          const double worst_after =
              std::max(excess({hot.weight, hot.share, hot.load - moved, {}}),
                       excess({cool->second.weight, cool->second.share, cool->second.load + moved, {}}));
          const double gain = excess(hot) - worst_after;
          if (gain > best) {
            best = gain;
            found = {static_cast<slot_id>(given), static_cast<slot_id>(taken)};
            any = true;
          }
        }
      }
    if (!any)
      return {};
    carry_out(found);
    return {found};
  }

private:
  struct host_load {
    double weight = 0;
    double share = 0;
    double load = 0;
    std::set<std::uint32_t> led;  // and free to change
  };

  static double excess(const host_load& host) { return (host.load - host.share) / host.share; }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(view_.slots_size()); }
  const wire::slot_place& place(std::uint32_t slot) const {
    return view_.slots(static_cast<int>(slot));
  }
  double load_of(std::uint32_t slot) const { return slot < load_.size() ? load_[slot] : 0; }

  void carry_out(const leader_exchange& which) {
    host_load& a = hosts_[leader_[which.first]];
    host_load& b = hosts_[leader_[which.second]];
    const double moved = load_of(which.first) - load_of(which.second);
    a.load -= moved;
    b.load += moved;
    // Each changes once: what it does to the load is to be seen first.
    a.led.erase(which.first);
    b.led.erase(which.second);
    std::swap(leader_[which.first], leader_[which.second]);
  }

  const wire::ring_view& view_;
  const std::vector<double>& load_;
  std::map<std::uint64_t, host_load> hosts_;
  std::vector<std::uint64_t> leader_;
};

}  // namespace

std::vector<leader_exchange> exchanges_for(const wire::ring_view& view,
                                           const std::vector<double>& load,
                                           const std::function<bool(std::uint64_t)>& usable,
                                           const load_limits& limits) {
  balance now(view, load, usable);
  std::vector<leader_exchange> out;
  while (out.size() < limits.exchanges_max) {
    const auto next = now.next(limits);
    if (next.empty())
      break;
    out.push_back(next.front());
  }
  return out;
}

void exchange_leaders(wire::ring_view& view, const leader_exchange& which) {
  const std::uint64_t first = view.slots(which.first).preferred_leader();
  const std::uint64_t second = view.slots(which.second).preferred_leader();
  auto lead = [&](slot_id slot, std::uint64_t leader) {
    auto& place = *view.mutable_slots(slot);
    auto& replicas = *place.mutable_replicas();
    place.set_preferred_leader(leader);
    std::stable_partition(replicas.begin(), replicas.end(),
                          [&](std::uint64_t host) { return host == leader; });
  };
  lead(which.first, second);
  lead(which.second, first);
}

}  // namespace carillon
