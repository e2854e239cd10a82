#include "tools/sim/run.hpp"

#include "runtime/base/ensure_handler.hpp"
#include "tools/sim/at_rest.hpp"
#include "tools/sim/block_cache.hpp"
#include "tools/sim/clients.hpp"
#include "tools/sim/device.hpp"
#include "tools/sim/weather.hpp"
#include "tools/sim/world.hpp"

namespace carillon::sim {
namespace {

constexpr sim_time founding_time = 1 * second;     // before clients come
constexpr sim_time recovery_time = 60 * second;    // after the last fault is mended
constexpr sim_time rest_time = 120 * second;       // the same, with moves that go on then
constexpr sim_time look_every = 500 * millisecond;
constexpr std::size_t posters = 6;
constexpr std::size_t listeners = 5;
constexpr std::size_t devices_each = 3;

struct core_stopped {
  std::string words;
};

void throw_core_stopped(const char*, const char* message, const char* file, int line) {
  std::string words = message;
  words.append(" (").append(file).append(":").append(std::to_string(line)).append(")");
  throw core_stopped{words};
}

class play_through {
public:
  play_through(const run_options& how, const plan& faults, std::ostream* trace_to)
      : world_(how, faults, trace_to), weather_(world_, faults) {
    seeded_random chance(how.seed * 0xa24baed4963ee407ULL + 3);
    site_ = draw_site(chance);
    for (std::size_t i = 0; i < posters; ++i)
      posters_.push_back(std::make_unique<poster>(world_, site_, i, chance.next()));
    if (world_.has_devices)  // live everywhere and always is another matter
      add_devices(chance);
    for (std::size_t i = 0; i < listeners && !world_.has_devices; ++i)
      listeners_.push_back(std::make_unique<listener>(world_, site_, i, chance.next()));
  }

  outcome run() {
    try {
      play_on();
    } catch (const core_stopped& stopped) {  // it never goes on to do harm, and is found as well
      world_.truth.core_stopped(stopped.words);
    }
    return result();
  }

private:
  void add_devices(random_source& chance) {
    let_people_come_and_go(site_);
    for (std::size_t person = 0; person < site_.users.size(); ++person)
      for (std::size_t i = 0; i < devices_each; ++i)
        devices_.push_back(std::make_unique<device>(world_, site_, person, devices_.size(), chance.next()));
  }

  void play_on() {
    for (auto& each : world_.machines)
      if (each->is_needed())
        each->start();
    weather_.begin();
    world_.time.at(founding_time, [this] {
      for (auto& each : posters_)
        each->start();
      for (auto& each : listeners_)
        each->start();
      for (auto& each : devices_)
        each->start();
    });
    const sim_time end = world_.how.minutes * 60 * second;
    pass(end);
    weather_.clear_up();
    for (auto& each : posters_)
      each->finish();
    for (auto& each : listeners_)
      each->finish();
    for (auto& each : devices_)
      each->finish();
    std::string missing;
    while (!broken() && !(missing = what_is_missing()).empty()) {
      if (world_.time.now() > end + (world_.ring_moves ? rest_time : recovery_time)) {
        world_.truth.not_recovered(missing);
        break;
      }
      pass(world_.time.now() + look_every);
    }
    if (!broken())
      compare_tables();
    if (!broken() && world_.has_devices)
      compare_devices();
  }

  bool broken() const { return world_.truth.found().has_value(); }

  void pass(sim_time until) {
    while (!broken() && world_.time.step(until)) {
    }
  }

  // In words, the first thing that has not come back; empty: all is well.
  std::string what_is_missing() {
    for (auto& each : world_.machines) {
      if (!each->is_needed())
        continue;
      if (!each->answers())
        return each->name() + " does not answer";
      if (std::string lacks = each->process()->lacks(); !lacks.empty())
        return each->name() + ": " + lacks;
    }
    for (slot_id slot = 0; slot <= world_.config.cluster.slots; ++slot)
      if (std::string lacks = group_lacks(slot); !lacks.empty())
        return "slot " + std::to_string(slot) + ": " + lacks;
    if (world_.ring_moves)
      if (std::string lacks = what_the_ring_lacks(world_); !lacks.empty())
        return lacks;
    for (auto& each : posters_)
      if (!each->is_done())
        return "a poster " + each->describe();
    for (auto& each : listeners_)
      if (!each->is_even())
        return "a listener is " + each->describe();
    for (auto& each : devices_)
      if (!each->is_even())
        return each->describe();
    return {};
  }

  std::string group_lacks(slot_id slot) {
    const replica* leader = nullptr;
    for (auto& each : world_.machines)
      if (const auto* group = each->process() ? each->process()->find_group(slot) : nullptr;
          group && group->serves())
        leader = group;
    if (!leader)
      return "nobody serves";
    for (auto& each : world_.machines)
      if (const auto* group = each->process() ? each->process()->find_group(slot) : nullptr;
          group &&
          (group->applied() != leader->core().last_index() || group->is_catching_up()))
        return each->name() + " is behind: " + group->describe();
    if (world_.has_devices && slot < world_.config.cluster.slots &&
        leader->projected() < leader->core().last_index())
      return "what is committed is not projected: " + leader->describe();
    return {};
  }

  // On every replica of each user's slot.
  void compare_devices() {
    for (auto& each : devices_)
      each->tell_what_it_has();
    for (auto& each : world_.machines)
      for (const entity_id& user : site_.users)
        for (const entity_id& channel : site_.channels) {
          const auto since = world_.truth.joined_at(user, channel);
          if (!since || !each->process() ||
              !each->process()->find_group(each->process()->tables().slot_of(user)))
            continue;
          auto counted = each->process()->tables().inboxes_near(user).mentions(user, channel, *since, 1'000'000);
          if (!counted)
            return world_.truth.not_recovered(each->name() + ": " + counted.error().describe());
          world_.count.sync.mentions += world_.truth.mentioned(user, channel, *counted);
        }
  }

  void compare_tables() {
    for (auto& each : world_.machines)
      for (const entity_id& channel : world_.truth.channels()) {
        if (!each->process())
          continue;
        const host& process = *each->process();
        if (!process.find_group(process.tables().slot_of(channel)))
          continue;
        auto events = process.tables().events_after(channel, 0, 1'000'000);
        if (!events)
          return world_.truth.not_recovered(each->name() + ": " + events.error().describe());
        world_.truth.table(each->store_id(), channel, *events);
      }
  }

  outcome result() {
    outcome out;
    out.broken = world_.truth.found();
    out.at = world_.time.now();
    out.trace_hash = world_.log.hash();
    world_.count.tasks = world_.time.done();
    const move_counts& moves = world_.truth.moves();
    world_.count.moves.begun = moves.begun;
    world_.count.moves.done = moves.done;
    world_.count.moves.given_up = moves.given_up;
    world_.count.moves.views = moves.views;
    world_.count.moves.left = moves.left;
    world_.count.sync.crossings = world_.truth.crossings();
    world_.count.sync.comings = world_.truth.comings();
    out.count = world_.count;
    if (!out.broken)
      return out;
    for (auto& each : world_.machines) {
      out.state.append(each->name()).append(each->answers() ? "\n" : " does not answer\n");
      if (each->process())
        out.state.append(each->process()->describe());
    }
    for (auto& each : posters_)
      out.state.append("poster: ").append(each->describe()).append("\n");
    for (auto& each : listeners_)
      out.state.append("listener: ").append(each->describe()).append("\n");
    for (auto& each : devices_)
      out.state.append(each->describe()).append("\n");
    return out;
  }

  world world_;
  weather weather_;
  site site_;
  std::vector<std::unique_ptr<poster>> posters_;
  std::vector<std::unique_ptr<listener>> listeners_;
  std::vector<std::unique_ptr<device>> devices_;
};

}  // namespace

outcome play(const run_options& how, const plan& faults, std::ostream* trace_to) {
  set_ensure_handler(throw_core_stopped);
  const block_cache kept;
  return play_through(how, faults, trace_to).run();
}

}  // namespace carillon::sim
