#include "tools/sim/world.hpp"

#include "runtime/ring/placement.hpp"

namespace carillon::sim {
namespace {

// As by default, but for memory: what would fill it slowly in a host fills it quickly here, so that
// trimmed logs and forgotten ids come up within a minute.
settings simulated_settings(std::uint32_t slots, bool has_devices) {
  settings config;
  config.cluster.slots = slots;
  config.storage.log_keep_entries = 24;
  config.channel.dedupe_recent = 4;
  if (has_devices)
    config.inbox.members_max = 4;  // so that channels cross it
  return config;
}

}  // namespace

world::world(const run_options& options, const plan& faults, std::ostream* trace_to)
    : how(options), config(simulated_settings(faults.slots, faults.has_devices())), log(trace_to),
      chance(options.seed * 0xd1342543de82ef95ULL + 2), truth(faults.slots),
      wires(time, chance, count.net), ring_moves(faults.is_ring()), has_devices(faults.has_devices()),
      founders(faults.hosts) {
  for (machine_number number = 0; number < faults.hosts + faults.spares; ++number) {
    const raft::member_id store = 1'000'000 + number;
    std::string zone = faults.zones == 0 ? "" : "zone-" + std::to_string(number % faults.zones);
    machines.push_back(std::make_unique<machine>(*this, number, store, std::move(zone)));
    wires.add(*machines.back());
    if (number < founders)
      *view.add_members() = machines.back()->announcement();
  }
  // Of a ring in motion some hosts only follow the meta group.
  const std::uint32_t voters = faults.is_ring() && founders < 6 ? 3 : founders < 6 ? founders : 5;
  for (machine_number number = 0; number < voters; ++number)
    meta_voters.push_back(machines[number]->store_id());
  view.set_generation(1);
  view = place_slots(view, {.slots = faults.slots, .replicas = 3});
  for (auto& each : machines)
    each->format_disk();
}

machine* world::find(raft::member_id store_id) {
  for (auto& each : machines)
    if (each->store_id() == store_id)
      return each.get();
  return nullptr;
}

void world::reached(slot_id slot, const wire::replica_move& move, move_step step) {
  note("step", slot, move.to(), move.from(), static_cast<std::uint64_t>(step));
  count.moves.reached[static_cast<std::size_t>(step)] += 1;
  if (on_step)
    on_step(slot, move, step);
}

const wire::ring_view& world::newest_view() const {
  const wire::ring_view* newest = &view;
  for (const auto& each : machines)
    if (each->process() && each->process()->view().generation() > newest->generation())
      newest = &each->process()->view();
  return *newest;
}

machine* world::leader_of(slot_id slot) const {
  machine* leader = nullptr;
  raft::term_t term = 0;
  for (const auto& each : machines) {
    const replica* group = each->process() ? each->process()->find_group(slot) : nullptr;
    if (!group || !group->leads() || group->leader().term < term)
      continue;
    leader = each.get();
    term = group->leader().term;
  }
  return leader;
}

}  // namespace carillon::sim
