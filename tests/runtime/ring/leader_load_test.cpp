// Leaders follow the work: on random rings and loads, who leads too much comes down, counts stay as they
// are, and what is even is left alone.
#include <doctest/doctest.h>

#include <map>
#include <numeric>

#include "runtime/base/random.hpp"
#include "runtime/ring/leader_load.hpp"
#include "runtime/ring/moves.hpp"

namespace carillon {
namespace {

wire::ring_view ring_of(std::uint64_t hosts, std::uint32_t slots) {
  wire::ring_view view;
  for (std::uint64_t id = 1; id <= hosts; ++id) {
    auto* member = view.add_members();
    member->set_store_id(id);
    member->set_weight(100);
  }
  ring_needs needs;
  needs.rules = {.slots = slots, .replicas = 3};
  needs.is_alive = [](std::uint64_t) { return true; };
  return planned_view(place_slots(view, needs.rules), needs);
}

std::map<std::uint64_t, double> led(const wire::ring_view& view, const std::vector<double>& load) {
  std::map<std::uint64_t, double> out;
  for (int slot = 0; slot < view.slots_size(); ++slot)
    out[view.slots(slot).preferred_leader()] += load[static_cast<std::size_t>(slot)];
  return out;
}

double most(const wire::ring_view& view, const std::vector<double>& load) {
  double out = 0;
  for (const auto& [host, sum] : led(view, load))
    out = std::max(out, sum);
  return out;
}

bool anybody(std::uint64_t) {
  return true;
}

}  // namespace

TEST_CASE("leader load: even work is left alone, and so is no work at all") {
  const wire::ring_view view = ring_of(3, 32);
  CHECK(exchanges_for(view, std::vector<double>(32, 0.0), anybody).empty());
  CHECK(exchanges_for(view, std::vector<double>(32, 5.0), anybody).empty());
  CHECK(exchanges_for(view, {}, anybody).empty());
}

TEST_CASE("leader load: two hot slots of one leader are parted, the counts stay") {
  wire::ring_view view = ring_of(3, 32);
  std::vector<double> load(32, 1.0);
  int hot = 0;
  for (int slot = 0; slot < 32 && hot < 2; ++slot)
    if (view.slots(slot).preferred_leader() == 1) {
      load[static_cast<std::size_t>(slot)] = 50;
      ++hot;
    }
  const auto counts = led(view, std::vector<double>(32, 1.0));
  const auto exchanges = exchanges_for(view, load, anybody);
  REQUIRE(!exchanges.empty());
  for (const auto& each : exchanges)
    exchange_leaders(view, each);
  CHECK(most(view, load) < 65);
  CHECK(led(view, std::vector<double>(32, 1.0)) == counts);
}

TEST_CASE("leader load: one slot that is hotter than all others together moves to nobody's good and stays") {
  const wire::ring_view view = ring_of(3, 32);
  std::vector<double> load(32, 0.01);
  load[5] = 100;
  CHECK(exchanges_for(view, load, anybody).empty());
}

TEST_CASE("leader load: pinned slots, slots that move and hosts that cannot be used stay out of it") {
  wire::ring_view view = ring_of(4, 32);
  std::vector<double> load(32, 1.0);
  std::vector<std::uint32_t> hot;
  for (std::uint32_t slot = 0; slot < 32 && hot.size() < 2; ++slot)
    if (view.slots(static_cast<int>(slot)).preferred_leader() == 1) {
      load[slot] = 50;
      hot.push_back(slot);
    }
  auto touches_hot = [&](const std::vector<leader_exchange>& exchanges) {
    return std::any_of(exchanges.begin(), exchanges.end(), [&](const auto& each) {
      return std::find(hot.begin(), hot.end(), each.first) != hot.end();
    });
  };
  REQUIRE(touches_hot(exchanges_for(view, load, anybody)));
  wire::ring_view pinned = view;
  for (std::uint32_t slot : hot) {
    pinned.add_pins()->set_slot(slot);
    pinned.mutable_pins(pinned.pins_size() - 1)->set_leader(1);
  }
  CHECK(!touches_hot(exchanges_for(pinned, load, anybody)));
  wire::ring_view moving = view;
  for (std::uint32_t slot : hot)
    moving.add_moves()->set_slot(slot);
  CHECK(!touches_hot(exchanges_for(moving, load, anybody)));
  for (const auto& each : exchanges_for(view, load, [](std::uint64_t host) { return host != 2; })) {
    CHECK(view.slots(each.first).preferred_leader() != 2);
    CHECK(view.slots(each.second).preferred_leader() != 2);
  }
}

TEST_CASE("leader load: on random rings and loads it never gets worse, ends, and placement has nothing to undo") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    wire::ring_view view = ring_of(3 + random.next() % 6, 64);
    std::vector<double> load;
    for (int slot = 0; slot < 64; ++slot)
      load.push_back(static_cast<double>(random.next() % 100) * (random.next() % 10 == 0 ? 10 : 1));
    double before = most(view, load);
    int rounds = 0;
    for (;; ++rounds) {
      REQUIRE(rounds < 200);
      const auto exchanges = exchanges_for(view, load, anybody);
      if (exchanges.empty())
        break;
      for (const auto& each : exchanges)
        exchange_leaders(view, each);
      CHECK(most(view, load) <= before + 1e-9);
      before = most(view, load);
    }
    ring_needs needs;
    needs.rules = {.slots = 64, .replicas = 3};
    needs.is_alive = anybody;
    const wire::ring_view again = place_slots(view, needs.rules);
    for (int slot = 0; slot < 64; ++slot)
      CHECK(again.slots(slot).preferred_leader() == view.slots(slot).preferred_leader());
  }
}

}  // namespace carillon
