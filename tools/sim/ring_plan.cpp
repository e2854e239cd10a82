// Plans of the profile `ring`: hosts join, drain, leave, are weighed and pinned, go away for longer than the
// grace time; two words at once; and ambushes, faults that wait for a step of a move. Pure.
#include <algorithm>
#include <iterator>
#include <set>

#include "tools/sim/move_steps.hpp"
#include "tools/sim/plan.hpp"

namespace carillon::sim {
namespace {

constexpr std::uint32_t replicas = 3;
constexpr std::size_t ambushes_each = 10;  // of which some find nobody
constexpr sim_time quiet_end = 4 * second;

class drawing {
public:
  drawing(plan& drawn, const run_options& how, random_source& chance)
      : drawn_(drawn), how_(how), chance_(chance), end_(how.minutes * 60 * second),
        able_(drawn.hosts, true) {}

  void run() {
    ambushes();
    for (sim_time at = 2 * second + below(3'000) * millisecond; at + quiet_end < end_;
         at += (1'500 + below(6'000)) * millisecond) {
      something(at);
      if (below(3) == 0)
        something(at + below(20) * millisecond);  // two at once
    }
    std::stable_sort(drawn_.faults.begin(), drawn_.faults.end(),
                     [](const fault& a, const fault& b) { return a.at < b.at; });
  }

private:
  std::uint64_t below(std::uint64_t end) { return chance_.below(end); }
  std::uint32_t any_host() { return static_cast<std::uint32_t>(below(able_.size())); }
  std::size_t serving() const {
    return static_cast<std::size_t>(std::count(able_.begin(), able_.end(), true));
  }
  fault& put(fault_kind kind, sim_time at, std::uint32_t host) {
    fault& next = drawn_.faults.emplace_back();
    next.kind = kind;
    next.at = at;
    next.host = host;
    next.other = any_host();
    return next;
  }

  // Every pair of step and victim in turn, over the seeds.
  void ambushes() {
    for (std::size_t i = 0; i < ambushes_each; ++i) {
      const std::uint64_t pair = (how_.seed * 7 + i * 13) % (move_steps * victims);
      fault& next = drawn_.faults.emplace_back();
      next.kind = fault_kind::ambush;
      next.at = 1 * second + below(40) * second;
      next.host = static_cast<std::uint32_t>(pair % move_steps);
      next.other = static_cast<std::uint32_t>(pair / move_steps);
      next.amount = static_cast<std::int64_t>(below(16));
      next.lasts = (100 + below(2'500)) * millisecond;
    }
  }

  void something(sim_time at) {
    const std::uint32_t host = any_host();
    const std::uint64_t dice = below(20);
    if (dice < 5 && able_.size() < drawn_.hosts + drawn_.spares) {
      put(fault_kind::join, at, static_cast<std::uint32_t>(able_.size()));
      able_.push_back(true);
    } else if (dice < 9) {
      if (!able_[host] && left_.count(host) == 0) {
        able_[host] = true;
        put(fault_kind::serve, at, host);
      } else if (serving() > replicas && able_[host]) {
        able_[host] = false;
        put(fault_kind::drain, at, host);
      }
    } else if (dice < 10 && serving() > replicas + 1 && able_[host]) {
      able_[host] = false;
      left_.insert(host);
      put(fault_kind::leave, at, host);
    } else if (dice < 12) {
      put(fault_kind::weigh, at, host).amount = 50 + 50 * static_cast<std::int64_t>(below(4));
    } else if (dice < 14) {
      put(below(3) == 0 ? fault_kind::unpin : fault_kind::pin, at, host).amount =
          static_cast<std::int64_t>(below(drawn_.slots));
    } else if (dice < 15) {
      put(fault_kind::hold, at, host);
      put(fault_kind::release, at + (1'000 + below(4'000)) * millisecond, host);
    } else if (dice < 16 && at > gone_until_ && serving() > replicas) {
      fault& away = put(fault_kind::gone, at, host);
      away.lasts = (12'000 + below(10'000)) * millisecond;
      gone_until_ = at + away.lasts + 5 * second;
    } else {
      weather(at, host);
    }
  }

  void weather(sim_time at, std::uint32_t host) {
    using enum fault_kind;
    constexpr fault_kind kinds[] = {kill, power_cut, power_cut, freeze, partition,
                                    deaf, flaky,     slow_net,  slow_disk};
    fault& next = put(kinds[below(std::size(kinds))], at, host);
    next.lasts = (100 + below(3'500)) * millisecond;
    if (next.kind == flaky)
      next.amount = 10 + static_cast<std::int64_t>(below(100));
    if (next.kind == slow_net)
      next.amount = 5 + static_cast<std::int64_t>(below(80));
    if (next.kind == slow_disk)
      next.amount = 5 + static_cast<std::int64_t>(below(60));
  }

  plan& drawn_;
  const run_options& how_;
  random_source& chance_;
  const sim_time end_;
  std::vector<bool> able_;  // by number: it is there, and no word says that it should hold nothing
  std::set<std::uint32_t> left_;
  sim_time gone_until_ = 0;
};

}  // namespace

void draw_ring(plan& drawn, const run_options& how, random_source& chance) {
  drawn.hosts = how.hosts != 0 ? how.hosts : static_cast<std::uint32_t>(4 + chance.below(3));
  drawn.spares = static_cast<std::uint32_t>(1 + chance.below(3));
  drawn.slots = 4;
  drawn.zones = static_cast<std::uint32_t>(chance.below(4));
  drawing(drawn, how, chance).run();
}

}  // namespace carillon::sim
