// A ring actor's pure part with the hosts around it played: beats, losses, returns, and time that passes
// at once. Three hosts with eight slots, unless a case says otherwise; host 1 leads the meta group.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/ring/ring_state.hpp"

namespace carillon::test {

using std::chrono::milliseconds;

inline wire::ring_member member(std::uint64_t id, std::uint64_t incarnation = 7) {
  wire::ring_member out;
  out.set_store_id(id);
  out.set_incarnation(incarnation);
  out.set_name("host" + std::to_string(id));
  out.set_weight(100);
  return out;
}

struct ring_fixture {
  explicit ring_fixture(std::uint32_t hosts = 3, std::uint32_t slots = 8)
      : ring(options(hosts, slots), now) {
    ring.lead(true, now);
    for (std::uint64_t id = 1; id <= hosts; ++id)
      ring.announced(member(id));
    auto actions = ring.take_actions(now);
    REQUIRE(actions.propose);
    view = *actions.propose;
    ring.view_is(view, now);
    for (int slot = 0; slot < view.slots_size(); ++slot)
      led_by(slot, view.slots(slot).preferred_leader(), 1);
    pass(milliseconds(100));
  }

  static ring_state::options options(std::uint32_t hosts, std::uint32_t slots) {
    ring_state::options how;
    how.self = 1;
    how.rules = {.slots = slots, .replicas = 3};
    how.members_expected = hosts;
    return how;
  }

  void led_by(int slot, ring_host host, std::uint64_t term) {
    leader[slot] = {static_cast<slot_id>(slot), host, term};
  }

  // Time passes; beats say each 100 ms what `leader` says of hosts that are there.
  ring_actions pass(milliseconds time) {
    ring_actions all;
    for (milliseconds gone{0}; gone < time; gone += milliseconds(100)) {
      now += milliseconds(100);
      ring_report report;
      for (const auto& [slot, led] : leader)
        if (!dead.count(led.leader))
          report.leaders.push_back(led);
      ring.heard(report, now);
      add(all, ring.take_actions(now));
    }
    return all;
  }
  ring_actions lose(std::vector<ring_host> hosts) {
    for (ring_host host : hosts)
      dead.insert({host, 0});
    ring.heard({.alive = {}, .lost = hosts, .leaders = {}}, now);
    return ring.take_actions(now);
  }
  void come_back(ring_host host) {
    dead.erase(host);
    std::erase_if(leader, [&](const auto& each) { return each.second.leader == host; });
    ring.heard({.alive = {host}, .lost = {}, .leaders = {}}, now);
  }
  static void add(ring_actions& all, ring_actions more) {
    all.nominations.insert(all.nominations.end(), more.nominations.begin(), more.nominations.end());
    all.hand_backs.insert(all.hand_backs.end(), more.hand_backs.begin(), more.hand_backs.end());
    all.alarms.insert(all.alarms.end(), more.alarms.begin(), more.alarms.end());
    if (more.propose)
      all.propose = more.propose;
  }
  int preferred_by(ring_host host) const {
    int count = 0;
    for (const auto& place : view.slots())
      count += place.preferred_leader() == host;
    return count;
  }

  tick_time now{std::chrono::hours(1)};
  ring_state ring;
  wire::ring_view view;
  std::map<int, ring_report::led> leader;
  std::map<ring_host, int> dead;
};

}  // namespace carillon::test
