#include "tools/sim/weather.hpp"

#include <algorithm>

namespace carillon::sim {

void weather::begin() {
  for (const fault& each : plan_.faults)
    world_.time.at(each.at, [this, &each] {
      if (cleared_)
        return;
      happen(each);
      if (each.lasts == 0)
        return;
      lasting_.push_back(&each);
      world_.time.after(each.lasts, [this, &each] {
        if (std::erase(lasting_, &each) > 0)
          mend(each);
      });
    });
}

void weather::happen(const fault& what) {
  world_.count.faults += 1;
  world_.note(to_string(what.kind), what.host, what.other, static_cast<std::uint64_t>(what.amount),
              what.lasts);
  machine& there = *world_.machines[what.host];
  switch (what.kind) {
    case fault_kind::kill:
      return there.kill(false);
    case fault_kind::power_cut:
      there.kill(true);
      if (world_.how.lying.same_name_new_disk && there.life() > 0 && !there.is_up())
        there.empty_disk();
      return;
    case fault_kind::blackout:
      for (auto& each : world_.machines)
        each->kill(true);
      return;
    case fault_kind::freeze:
      return there.freeze();
    case fault_kind::partition:
    case fault_kind::deaf:
    case fault_kind::mute:
    case fault_kind::cut_pair:
      return cut_off(what, true);
    case fault_kind::flaky:
      return world_.wires.add_flakiness(what.amount);
    case fault_kind::slow_net:
      return world_.wires.add_delay(what.amount);
    case fault_kind::slow_disk:
      there.disk().slowness *= static_cast<std::uint64_t>(what.amount);
      return;
    case fault_kind::full_disk:
      return there.disk().rows.set_full(true);
    case fault_kind::flip_bit:
      // Of one replica's rows at a time: no cluster survives the loss of what it has only once.
      if (others_are_whole(what.host))
        there.flip_bit(static_cast<std::uint64_t>(what.amount));
      return;
    case fault_kind::clock_step:
      return there.step_wall(what.amount);
    case fault_kind::clock_drift:
      return there.set_drift(what.amount);
  }
}

void weather::mend(const fault& what) {
  world_.note("mended", static_cast<std::uint64_t>(what.kind), what.host);
  machine& there = *world_.machines[what.host];
  switch (what.kind) {
    case fault_kind::kill:
    case fault_kind::power_cut:
      return bring_back(what.host);
    case fault_kind::blackout:
      for (auto& each : world_.machines)
        bring_back(each->number());
      return;
    case fault_kind::freeze:
      return there.thaw();
    case fault_kind::partition:
    case fault_kind::deaf:
    case fault_kind::mute:
    case fault_kind::cut_pair:
      return cut_off(what, false);
    case fault_kind::flaky:
      return world_.wires.add_flakiness(-what.amount);
    case fault_kind::slow_net:
      return world_.wires.add_delay(-what.amount);
    case fault_kind::slow_disk:
      there.disk().slowness /= static_cast<std::uint64_t>(what.amount);
      return;
    case fault_kind::full_disk:
      there.disk().rows.set_full(false);
      there.kill(false);
      return bring_back(what.host);
    case fault_kind::clock_drift:
      return there.set_drift(0);
    case fault_kind::flip_bit:
      return find_damage(what.host);
    case fault_kind::clock_step:
      return;
  }
}

// Whoever reads the record finds it, at the latest now.
void weather::find_damage(machine_number number) {
  if (machine& there = *world_.machines[number]; there.answers())
    there.look_for_damage();
  else
    world_.time.after(second, [this, number] { find_damage(number); });
}

bool weather::others_are_whole(machine_number number) const {
  for (const auto& each : world_.machines) {
    if (each->number() == number)
      continue;
    if (!each->answers() || each->is_damaged() || !each->process()->lacks().empty())
      return false;
  }
  return true;
}

void weather::cut_off(const fault& what, bool cut) {
  auto change = [&](machine_number from, machine_number to) {
    cut ? world_.wires.cut(from, to) : world_.wires.mend(from, to);
  };
  if (what.kind == fault_kind::cut_pair) {
    change(what.host, what.other);
    change(what.other, what.host);
    return;
  }
  for (machine_number other = 0; other < world_.machines.size(); ++other) {
    if (other == what.host)
      continue;
    if (what.kind != fault_kind::mute)
      change(other, what.host);
    if (what.kind != fault_kind::deaf)
      change(what.host, other);
  }
}

void weather::bring_back(machine_number number) {
  machine& there = *world_.machines[number];
  if (!there.is_up())
    there.start();
}

void weather::clear_up() {
  cleared_ = true;
  for (const fault* each : std::exchange(lasting_, {}))
    mend(*each);
  for (auto& each : world_.machines) {
    bring_back(each->number());
    each->look_for_damage();
  }
}

}  // namespace carillon::sim
