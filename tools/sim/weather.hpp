// Makes the faults of a plan happen to a world, and mends them.
#pragma once

#include <deque>
#include <vector>

#include "tools/sim/operators.hpp"
#include "tools/sim/plan.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {

class weather {
public:
  // Both outlive this.
  weather(world& over, const plan& faults) : world_(over), plan_(faults), operators_(over) {}

  void begin();
  // Everything is mended now: what still lasts, every machine, every wire. Damage on disks is looked
  // for and reported to the groups, as a reader would.
  void clear_up();

private:
  void begin_one(const fault& what);
  void happen(const fault& what);
  void mend(const fault& what);
  void cut_off(const fault& what, bool cut);
  void bring_back(machine_number number);
  void find_damage(machine_number number);
  bool others_are_whole(machine_number number) const;

  // -- a ring in motion (weather_ring.cpp) --
  void join(machine& there);
  void step_reached(slot_id slot, const wire::replica_move& move, move_step step);
  machine* victim_of(victim who, slot_id slot, const wire::replica_move& move) const;
  bool may_strike() const;

  world& world_;
  const plan& plan_;
  operators operators_;
  bool cleared_ = false;
  std::vector<const fault*> lasting_;
  std::vector<const fault*> armed_;  // ambushes
  std::deque<fault> strikes_;        // of ambushes
  sim_time struck_at_ = 0;           // until then, the last one
};

}  // namespace carillon::sim
