#include "tools/sim/device.hpp"

namespace carillon::sim {
namespace {

constexpr sim_time patience = 8 * second;  // then the device asks somebody else

}  // namespace

device::device(world& in, const site& where, std::size_t person, std::size_t number,
               std::uint64_t seed)
    : world_(in), site_(where), person_(person), number_(number), chance_(seed) {}

// ---- coming and going ---------------------------------------------------------------------------

void device::be_away() {
  now_ = state::away;
  const std::uint64_t call = ++call_;
  const sim_time away = finishing_             ? 200 * millisecond
                        : chance_.below(4) == 0 ? (2'000 + chance_.below(9'000)) * millisecond
                                                : (50 + chance_.below(1'500)) * millisecond;
  world_.time.after(away, [this, call] {
    if (call == call_)
      come_back();
  });
}

void device::come_back() {
  if (!finishing_ && !cursor_.empty() && chance_.below(3) == 0)
    return connect();
  now_ = state::syncing;
  sync_on();
}

// Nothing of what is on its way arrives any more.
void device::cut_off() {
  if ((now_ == state::live || now_ == state::opening) && who_ != 0) {
    machine& there = *world_.machines[at_];
    there.run([&there, life = life_, who = who_] {
      if (there.life() == life)
        there.process()->hub().close(who);
    });
  }
  who_ = 0;
  be_away();
}

machine* device::find_host() {
  at_ = static_cast<machine_number>(chance_.below(world_.machines.size()));
  machine& there = *world_.machines[at_];
  return there.answers() ? &there : nullptr;
}

sync_question device::question() {
  return {site_.users[person_], site_.team, "d" + std::to_string(number_), cursor_, seen_,
          static_cast<std::uint32_t>(chance_.below(4) == 0 ? 100 : 1 + chance_.below(12)),
          chance_.below(2) == 0 ? 1u << 20 : 1 + chance_.below(1'500)};
}

// ---- syncing ------------------------------------------------------------------------------------

void device::sync_on() {
  const std::uint64_t call = ++call_;
  machine* there = find_host();
  world_.time.after(patience, [this, call] {
    if (call == call_)
      sync_on();
  });
  if (!there)
    return world_.time.after((20 + chance_.below(300)) * millisecond, [this, call] {
      if (call == call_)
        sync_on();
    });
  world_.time.after(world_.wires.draw_delay(), [this, call, there] {
    there->run([this, call, there] {
      if (call != call_)
        return;
      sync(*there->process(), question(), [this, call](result<sync_reply> reply) {
        world_.time.after(world_.wires.draw_delay(), [this, call, reply = std::move(reply)]() mutable {
          synced(call, std::move(reply));
        });
      });
    });
  });
}

void device::synced(std::uint64_t call, result<sync_reply> reply) {
  if (call != call_)
    return;
  if (!reply) {
    world_.count.sync.refused += 1;
    world_.time.after((20 + chance_.below(300)) * millisecond, [this, call] {
      if (call == call_)
        sync_on();
    });
    return;
  }
  if (!finishing_ && chance_.below(8) == 0) {
    world_.count.sync.answers_lost += 1;
    return chance_.below(2) == 0 ? sync_on() : cut_off();
  }
  world_.count.sync.answers += 1;
  world_.note("synced", number_, reply->messages.size(), reply->has_more);
  for (const auto& [channel, event] : reply->messages) {
    world_.count.sync.told += 1;
    take(channel, event);
  }
  cursor_ = std::move(reply->cursor);
  seen_.clear();
  if (reply->has_more)
    return finishing_ || chance_.below(8) != 0 ? sync_on() : cut_off();
  world_.count.sync.rounds += 1;
  has_synced_ = finishing_;
  if (finishing_ || chance_.below(3) != 0)
    return be_away();
  connect();
}

// ---- live ---------------------------------------------------------------------------------------

void device::connect() {
  now_ = state::opening;
  const std::uint64_t call = ++call_;
  who_ = 0;
  machine* there = find_host();
  if (!there)
    return be_away();
  life_ = there->life();
  leaves_at_ = world_.time.now() + (500 + chance_.below(12'000)) * millisecond;
  who_ = there->process()->hub().expect(site_.users[person_], site_.team, *this, call, true);
  watch(call);
  resumed_with_ = question();
  resume(*there->process(), resumed_with_,
         [this, call, there, who = who_](result<std::vector<subscription_table::opening>> channels) {
           if (call != call_)
             return;
           if (!channels) {
             world_.count.sync.refused += 1;
             return cut_off();
           }
           there->process()->hub().open(who, site_.users[person_], site_.team, *channels);
         });
}

void device::ready(std::uint64_t connection) {
  if (connection != call_ || now_ != state::opening)
    return;
  now_ = state::live;
  world_.count.sync.resumes += 1;
}

void device::watch(std::uint64_t call) {
  world_.time.after(100 * millisecond, [this, call] {
    if (call != call_)
      return;
    if (finishing_ || world_.time.now() > leaves_at_)
      return cut_off();
    watch(call);
  });
}

void device::event(std::uint64_t connection, const entity_id& channel,
                   const wire::channel_event& event) {
  if (connection != call_)
    return;
  world_.count.sync.told_live += 1;
  take(channel, event);
  seen_[channel] = event.seq();
}

// As session_actor does: what it resumed with, and what it was told since, say from where on.
void device::start_wanted(std::uint64_t connection, const entity_id& channel, std::uint64_t told) {
  if (connection != call_)
    return;
  machine& there = *world_.machines[at_];
  sync_question asked = resumed_with_;
  asked.seen[channel] = std::max(asked.seen[channel], told);
  resume(*there.process(), asked,
         [this, &there, connection, channel, told, who = who_](result<std::vector<subscription_table::opening>> channels) {
           if (connection != call_)
             return;
           if (!channels)
             return cut_off();
           for (const auto& each : *channels)
             if (each.in.channel == channel)
               there.process()->hub().start(who, each, told);
         });
}

void device::gone(std::uint64_t connection) {
  if (connection != call_)
    return;
  who_ = 0;
  be_away();
}

// ---- what it has --------------------------------------------------------------------------------

void device::take(const entity_id& channel, const wire::channel_event& event) {
  world_.note("told", number_, channel.number, event.seq(), event.ts());
  auto& had = has_[channel];
  world_.truth.told(site_.users[person_], number_, channel, event, had.empty() ? 0 : had.back());
  had.push_back(event.seq());
}

bool device::is_even() const {
  if (!has_synced_)
    return false;
  for (const entity_id& channel : site_.channels) {
    auto had = has_.find(channel);
    const std::uint64_t last = had == has_.end() || had->second.empty() ? 0 : had->second.back();
    if (world_.truth.first_owed(site_.users[person_], channel, last) != 0)
      return false;
  }
  return true;
}

void device::tell_what_it_has() const {
  for (const entity_id& channel : site_.channels) {
    auto had = has_.find(channel);
    world_.truth.holds(site_.users[person_], number_, channel,
                       had == has_.end() ? std::vector<std::uint64_t>() : had->second);
  }
}

std::string device::describe() const {
  static constexpr const char* names[] = {"away", "syncing", "opening", "live"};
  std::string text = "d" + std::to_string(number_) + " of " + site_.users[person_].text() + " is " +
                     names[static_cast<int>(now_)];
  for (const entity_id& channel : site_.channels) {
    auto had = has_.find(channel);
    const std::uint64_t last = had == has_.end() || had->second.empty() ? 0 : had->second.back();
    text.append(", ").append(channel.text()).append(" at ").append(std::to_string(last));
    if (const auto owed = world_.truth.first_owed(site_.users[person_], channel, last); owed != 0)
      text.append(" lacks ").append(std::to_string(owed));
  }
  return text;
}

}  // namespace carillon::sim
