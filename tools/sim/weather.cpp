#include "tools/sim/weather.hpp"

#include <algorithm>

namespace carillon::sim {

void weather::begin() {
  if (world_.ring_moves) {
    operators_.begin();
    world_.on_step = [this](slot_id slot, const wire::replica_move& move, move_step step) {
      step_reached(slot, move, step);
    };
  }
  for (const fault& each : plan_.faults)
    world_.time.at(each.at, [this, &each] {
      if (cleared_)
        return;
      if (each.kind == fault_kind::ambush)
        armed_.push_back(&each);
      else if (each.kind == fault_kind::join)
        join(*world_.machines[each.host]);
      else if (is_word(each.kind))
        operators_.say(each);
      else
        begin_one(each);
    });
}

void weather::begin_one(const fault& what) {
  world_.last_trouble = world_.time.now();
  happen(what);
  if (what.lasts == 0)
    return;
  world_.troubles += 1;
  lasting_.push_back(&what);
  world_.time.after(what.lasts, [this, &what] {
    if (std::erase(lasting_, &what) > 0)
      mend(what);
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
    case fault_kind::gone:
      if (!there.is_needed())
        return;
      there.set_gone(true);
      return there.kill(what.amount != 0);
    default:
      return;  // of a ring in motion: begin() sees to it
  }
}

void weather::mend(const fault& what) {
  world_.note("mended", static_cast<std::uint64_t>(what.kind), what.host);
  world_.troubles -= 1;
  world_.last_trouble = world_.time.now();
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
    case fault_kind::gone:
      there.set_gone(false);
      return bring_back(what.host);
    default:
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
  if (!there.is_up() && there.is_needed() && !there.is_gone())
    there.start();
}

void weather::clear_up() {
  cleared_ = true;
  for (const fault* each : std::exchange(lasting_, {}))
    mend(*each);
  for (auto& each : world_.machines) {
    bring_back(each->number());
    if (each->process())
      each->look_for_damage();
  }
  if (world_.ring_moves)
    operators_.finish();
}

}  // namespace carillon::sim
