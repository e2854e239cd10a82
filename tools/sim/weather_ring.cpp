// The part of the weather that is of a ring in motion: hosts that join and are gone, and faults that wait
// for a step of a move.
#include <algorithm>

#include "tools/sim/weather.hpp"

namespace carillon::sim {
namespace {

constexpr sim_time between_ambushes = 700 * millisecond;

}  // namespace

// Whoever it is to strike at this step; null: there is nobody, or it does not answer anyway.
machine* weather::victim_of(victim who, slot_id slot, const wire::replica_move& move) const {
  machine* found = nullptr;
  switch (who) {
    case victim::slot_leader: found = world_.leader_of(slot); break;
    case victim::newcomer: found = world_.find(move.to()); break;
    case victim::leaver: found = world_.find(move.from()); break;
    case victim::ring_leader:
      found = world_.leader_of(static_cast<slot_id>(world_.config.cluster.slots));
      break;
    case victim::bystander: {
      const machine* leader = world_.leader_of(slot);
      for (raft::member_id id : world_.newest_view().slots(static_cast<int>(slot)).replicas())
        if (id != move.from() && id != move.to() && (!leader || id != leader->store_id()))
          found = world_.find(id);
      break;
    }
  }
  return found && found->answers() ? found : nullptr;
}

// The promise is about one host at a time, beside those that are gone for long.
bool weather::may_strike() const {
  return !cleared_ && world_.time.now() >= struck_at_ + between_ambushes &&
         std::none_of(lasting_.begin(), lasting_.end(),
                      [](const fault* each) { return takes_host_away(each->kind); }) &&
         std::all_of(world_.machines.begin(), world_.machines.end(), [](const auto& each) {
           return !each->is_needed() || each->is_gone() || each->answers();
         });
}

void weather::step_reached(slot_id slot, const wire::replica_move& move, move_step step) {
  auto waits = [&](const fault* each) { return static_cast<move_step>(each->host) == step; };
  for (auto at = armed_.begin(); (at = std::find_if(at, armed_.end(), waits)) != armed_.end(); ++at) {
    const fault& ambush = **at;
    machine* there = victim_of(static_cast<victim>(ambush.other), slot, move);
    if (!there || !may_strike())
      continue;
    armed_.erase(at);
    world_.count.moves.struck[ambush.host][ambush.other] += 1;
    struck_at_ = world_.time.now() + ambush.lasts;
    constexpr fault_kind kinds[] = {fault_kind::kill, fault_kind::power_cut, fault_kind::freeze,
                                    fault_kind::partition};
    fault& strike = strikes_.emplace_back();
    strike.kind = kinds[ambush.amount % 4];
    strike.host = there->number();
    strike.lasts = ambush.lasts;
    world_.time.after(static_cast<sim_time>(ambush.amount / 4) * millisecond, [this, &strike] {
      if (!cleared_)
        begin_one(strike);
    });
    return;
  }
}

void weather::join(machine& there) {
  if (there.is_needed() || there.life() > 0)
    return;
  world_.count.moves.joins += 1;
  there.join();
  there.start();
}

}  // namespace carillon::sim
