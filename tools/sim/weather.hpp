// Makes the faults of a plan happen to a world, and mends them.
#pragma once

#include "tools/sim/plan.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {

class weather {
public:
  // Both outlive this.
  weather(world& over, const plan& faults) : world_(over), plan_(faults) {}

  void begin();
  // Everything is mended now: what still lasts, every machine, every wire. Damage on disks is looked
  // for and reported to the groups, as a reader would.
  void clear_up();

private:
  void happen(const fault& what);
  void mend(const fault& what);
  void cut_off(const fault& what, bool cut);
  void bring_back(machine_number number);
  void find_damage(machine_number number);
  bool others_are_whole(machine_number number) const;

  world& world_;
  const plan& plan_;
  bool cleared_ = false;
  std::vector<const fault*> lasting_;
};

}  // namespace carillon::sim
