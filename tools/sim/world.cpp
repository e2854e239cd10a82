#include "tools/sim/world.hpp"

#include "runtime/ring/placement.hpp"

namespace carillon::sim {
namespace {

// As by default, but for memory: what would fill it slowly in a host fills it quickly here, so that
// trimmed logs and forgotten ids come up within a minute.
settings simulated_settings(std::uint32_t slots) {
  settings config;
  config.cluster.slots = slots;
  config.storage.log_keep_entries = 24;
  config.channel.dedupe_recent = 4;
  return config;
}

}  // namespace

world::world(const run_options& options, std::uint32_t host_count, std::ostream* trace_to)
    : how(options), config(simulated_settings(options.slots)), log(trace_to),
      chance(options.seed * 0xd1342543de82ef95ULL + 2), truth(options.slots),
      wires(time, chance, count.net) {
  for (machine_number number = 0; number < host_count; ++number)
    hosts.push_back(1'000'000 + number);
  for (machine_number number = 0; number < host_count; ++number) {
    machines.push_back(std::make_unique<machine>(*this, number, hosts[number]));
    wires.add(*machines.back());
    wire::ring_member& member = *view.add_members();
    member.set_store_id(hosts[number]);
    member.set_name(machines.back()->name());
    member.set_weight(100);
  }
  view.set_generation(1);
  view = place_slots(view, {.slots = options.slots, .replicas = 3});
}

machine* world::find(raft::member_id store_id) {
  for (auto& each : machines)
    if (each->store_id() == store_id)
      return each.get();
  return nullptr;
}

}  // namespace carillon::sim
