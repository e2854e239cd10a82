#include "tools/sim/plan.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>

#include "tools/sim/move_steps.hpp"

namespace carillon::sim {
namespace {

constexpr std::array<std::string_view, 12> profile_names{
    "calm",   "flaky",   "partitions", "crashes",    "disks",
    "clocks", "freezes", "storm",      "everything", "ring", "sync", "mixed"};

constexpr std::array<std::string_view, 26> fault_names{
    "kill",  "power_cut", "blackout", "freeze",    "partition", "deaf",     "mute",      "cut_pair",
    "flaky", "slow_net",  "slow_disk", "full_disk", "flip_bit",  "clock_step", "clock_drift",
    "join",  "gone",      "drain",    "serve",     "leave",     "weigh",    "pin",       "unpin",
    "hold",  "release",   "ambush"};

using kinds = std::vector<fault_kind>;

const kinds& kinds_of(profile weather) {
  using enum fault_kind;
  static const kinds calm{};
  static const kinds network{flaky, flaky, slow_net};
  static const kinds splits{partition, partition, deaf, mute, cut_pair};
  static const kinds crashes{kill, kill, power_cut, power_cut, power_cut, blackout};
  static const kinds disks{slow_disk, full_disk, flip_bit, flip_bit, flip_bit, power_cut};
  static const kinds clocks{clock_step, clock_step, clock_drift, kill};
  static const kinds freezes{freeze, freeze, kill, partition};
  static const kinds storm{kill, power_cut, power_cut, power_cut, partition, partition, partition,
                           deaf, deaf, mute, mute, freeze, freeze, cut_pair, cut_pair,
                           flaky, flaky, slow_net, slow_disk, blackout};
  static const kinds all{kill,  power_cut, blackout,  freeze,    partition, deaf,       mute, cut_pair,
                         flaky, slow_net,  slow_disk, full_disk, flip_bit,  clock_step, clock_drift};
  // People are away most of the time anyway; what counts is who leads, and what came through.
  static const kinds syncs{kill, kill, power_cut, power_cut, freeze, partition, partition, deaf, mute,
                           cut_pair, flaky, flaky, flaky, slow_net, slow_disk, full_disk, flip_bit,
                           clock_step, clock_drift, blackout};
  switch (weather) {
    case profile::sync: return syncs;
    case profile::flaky: return network;
    case profile::partitions: return splits;
    case profile::crashes: return crashes;
    case profile::disks: return disks;
    case profile::clocks: return clocks;
    case profile::freezes: return freezes;
    case profile::storm: return storm;
    case profile::everything: return all;
    default: return calm;
  }
}

// Short ones are over before anybody is suspected, long ones outlast every timeout.
sim_time draw_length(random_source& chance) {
  return (chance.below(3) == 0 ? 4'000 + chance.below(8'000) : 100 + chance.below(3'000)) *
         millisecond;
}

std::int64_t draw_amount(fault_kind kind, random_source& chance) {
  auto either_way = [&](std::uint64_t end) {
    return static_cast<std::int64_t>(chance.below(2 * end)) - static_cast<std::int64_t>(end);
  };
  switch (kind) {
    case fault_kind::flaky: return 10 + static_cast<std::int64_t>(chance.below(200));
    case fault_kind::slow_net: return 5 + static_cast<std::int64_t>(chance.below(300));
    case fault_kind::slow_disk: return 5 + static_cast<std::int64_t>(chance.below(200));
    case fault_kind::flip_bit: return static_cast<std::int64_t>(chance.below(1u << 30));
    case fault_kind::clock_step: return either_way(60'000);
    case fault_kind::clock_drift: return either_way(50'000);
    default: return 0;
  }
}

// Between the end of one fault that takes a host away and the next one on another host there is
// time to catch up: the promise is about a minority at a time.
constexpr sim_time recovery = 3 * second;

std::string seconds(sim_time when) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s", static_cast<double>(when) / second);
  return text;
}

}  // namespace

bool takes_host_away(fault_kind kind) {
  using enum fault_kind;
  return kind == kill || kind == power_cut || kind == freeze || kind == partition || kind == deaf ||
         kind == mute || kind == full_disk || kind == flip_bit;
}

bool is_word(fault_kind kind) {
  return kind >= fault_kind::drain && kind <= fault_kind::release;
}

std::string_view to_string(profile what) {
  return profile_names[static_cast<std::size_t>(what)];
}

profile parse_profile(std::string_view name) {
  auto found = std::find(profile_names.begin(), profile_names.end(), name);
  if (found == profile_names.end())
    throw std::invalid_argument("no such profile: " + std::string(name));
  return static_cast<profile>(found - profile_names.begin());
}

std::string_view to_string(fault_kind kind) {
  return fault_names[static_cast<std::size_t>(kind)];
}

std::string fault::describe() const {
  std::string text = seconds(at);
  text.append("  ").append(to_string(kind));
  if (kind == fault_kind::ambush)
    text.append(" at \"").append(move_step_names[host]).append("\", of the ").append(victim_names[other]);
  else if (kind != fault_kind::blackout && kind != fault_kind::flaky && kind != fault_kind::slow_net)
    text.append(" host ").append(std::to_string(host));
  if (kind == fault_kind::cut_pair)
    text.append(" and host ").append(std::to_string(other));
  if (amount != 0)
    text.append(" by ").append(std::to_string(amount));
  if (lasts != 0)
    text.append(", for ").append(seconds(lasts));
  return text;
}

plan draw_plan(const run_options& how) {
  seeded_random chance(how.seed * 0x9e3779b97f4a7c15ULL + 1);
  plan drawn;
  drawn.weather = how.weather;
  if (how.weather == profile::mixed) {
    // Calm seeds show little; one in sixteen keeps an eye on what works when nothing happens.
    const std::uint64_t dice = chance.below(16);
    drawn.weather = how.seed % 8 == 0 ? profile::ring
                    : dice == 0       ? profile::calm
                                      : static_cast<profile>(1 + (dice < 10 ? (dice - 1) % 7 : 7));
  }
  if (drawn.weather == profile::ring) {
    draw_ring(drawn, how, chance);
    return drawn;
  }
  drawn.hosts = how.hosts != 0 ? how.hosts : chance.below(8) == 0 ? 5 : 3;
  if (drawn.has_devices())
    drawn.slots = 4;
  const kinds& possible = kinds_of(drawn.weather);
  if (possible.empty())
    return drawn;
  const sim_time end = how.minutes * 60 * second;
  const std::uint32_t minority = (drawn.hosts - 1) / 2;
  struct absence {
    std::uint32_t host;
    sim_time until;
  };
  std::vector<absence> away;
  const bool is_storm = drawn.weather == profile::storm;
  for (sim_time at = second + chance.below(4'000) * millisecond; at < end;
       at += is_storm ? (50 + chance.below(1'200)) * millisecond
                      : (300 + chance.below(7'000)) * millisecond) {
    fault next;
    next.kind = possible[chance.below(possible.size())];
    next.at = at;
    next.host = static_cast<std::uint32_t>(chance.below(drawn.hosts));
    next.other = static_cast<std::uint32_t>((next.host + 1 + chance.below(drawn.hosts - 1)) %
                                            drawn.hosts);
    next.amount = draw_amount(next.kind, chance);
    if (is_storm)
      next.lasts = (20 + chance.below(900)) * millisecond;
    else if (next.kind != fault_kind::clock_step)
      next.lasts = draw_length(chance);
    if (is_storm) {
      drawn.faults.push_back(next);
      continue;
    }
    std::erase_if(away, [&](const absence& each) { return each.until < at; });
    if (next.kind == fault_kind::blackout) {
      if (!away.empty())
        continue;
      for (std::uint32_t host = 0; host < drawn.hosts; ++host)
        away.push_back({host, at + next.lasts + recovery});
    } else if (takes_host_away(next.kind)) {
      const bool is_away = std::any_of(away.begin(), away.end(),
                                       [&](const absence& each) { return each.host == next.host; });
      if (is_away || away.size() >= minority)
        continue;
      away.push_back({next.host, at + next.lasts + recovery});
    }
    drawn.faults.push_back(next);
  }
  return drawn;
}

}  // namespace carillon::sim
