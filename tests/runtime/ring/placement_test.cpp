// Where slots are: known answers, because a table computed by another version must not move what
// is there; and on random members the promises that the header makes, against slow, obvious counts.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include "runtime/base/random.hpp"
#include "runtime/ring/placement.hpp"

namespace carillon {
namespace {

struct host {
  std::uint64_t id = 0;
  std::uint32_t weight = 100;
  std::string zone = {};
};

wire::ring_view with_members(wire::ring_view view, const std::vector<host>& hosts) {
  view.clear_members();
  for (const host& h : hosts) {
    auto* member = view.add_members();
    member->set_store_id(h.id);
    member->set_weight(h.weight);
    member->set_zone(h.zone);
  }
  return view;
}

wire::ring_view founded(const std::vector<host>& hosts, placement_rules rules) {
  return place_slots(with_members({}, hosts), rules);
}

// "3,1,2 1,2,3 ...": the preferred leader first.
std::string text_of(const wire::ring_view& view) {
  std::string out;
  for (const auto& place : view.slots()) {
    out += out.empty() ? "" : " ";
    for (int i = 0; i < place.replicas_size(); ++i)
      out.append(i == 0 ? "" : ",").append(std::to_string(place.replicas(i)));
  }
  return out;
}

std::map<std::uint64_t, int> places_of(const wire::ring_view& view) {
  std::map<std::uint64_t, int> out;
  for (const auto& place : view.slots())
    for (auto id : place.replicas())
      ++out[id];
  return out;
}

std::map<std::uint64_t, int> leaders_of(const wire::ring_view& view) {
  std::map<std::uint64_t, int> out;
  for (const auto& place : view.slots())
    ++out[place.preferred_leader()];
  return out;
}

// Targets by fractions, one host after another held at the cap: slow and obvious.
std::map<std::uint64_t, double> targets(const std::vector<host>& hosts, double total, double cap) {
  std::map<std::uint64_t, double> out;
  std::set<std::uint64_t> full;
  for (;;) {
    double weight = 0, left = total - cap * static_cast<double>(full.size());
    for (const host& h : hosts)
      weight += full.count(h.id) ? 0 : h.weight;
    bool changed = false;
    for (const host& h : hosts) {
      if (full.count(h.id)) {
        out[h.id] = cap;
        continue;
      }
      out[h.id] = h.weight == 0 ? 0 : left * h.weight / weight;
      if (out[h.id] > cap + 1e-9) {
        full.insert(h.id);
        changed = true;
        break;
      }
    }
    if (!changed)
      return out;
  }
}

int zones_in(const wire::ring_view& view, int slot) {
  std::map<std::uint64_t, std::string> zone;
  for (const auto& m : view.members())
    zone[m.store_id()] = m.zone();
  std::set<std::string> seen;
  for (auto id : view.slots(slot).replicas())
    seen.insert(zone[id]);
  return static_cast<int>(seen.size());
}

// As many zones as there could be in all slots together.
int zones_at_most(const wire::ring_view& view, int replicas) {
  std::map<std::string, int> places;
  auto counts = places_of(view);
  for (const auto& m : view.members())
    if (m.weight() > 0)
      places[m.zone()] += counts[m.store_id()];
  int sum = 0;
  for (auto& [zone, count] : places)
    sum += std::min(count, view.slots_size());
  return std::min(sum, replicas * view.slots_size());
}

void check_promises(const wire::ring_view& view, const std::vector<host>& hosts,
                    placement_rules rules) {
  std::vector<host> able;
  std::copy_if(hosts.begin(), hosts.end(), std::back_inserter(able),
               [](const host& h) { return h.weight > 0; });
  auto replicas = static_cast<int>(std::min<std::size_t>(rules.replicas, able.size()));
  REQUIRE(view.slots_size() == static_cast<int>(rules.slots));
  int zones = 0;
  for (int slot = 0; slot < view.slots_size(); ++slot) {
    const auto& place = view.slots(slot);
    std::set<std::uint64_t> different(place.replicas().begin(), place.replicas().end());
    REQUIRE(place.replicas_size() == replicas);
    REQUIRE(different.size() == static_cast<std::size_t>(replicas));
    REQUIRE(different.count(place.preferred_leader()) == 1);
    zones += zones_in(view, slot);
  }
  auto places = places_of(view);
  auto leaders = leaders_of(view);
  auto share = targets(able, double(rules.slots) * replicas, rules.slots);
  auto lead_share = targets(able, rules.slots, rules.slots);
  for (const host& h : hosts) {
    CAPTURE(h.id);
    CAPTURE(h.weight);
    if (h.weight == 0) {
      CHECK(places[h.id] == 0);
      CHECK(leaders[h.id] == 0);
      continue;
    }
    CHECK(std::abs(places[h.id] - share[h.id]) < 1.0);
    CHECK(std::abs(leaders[h.id] - lead_share[h.id]) < 1.0);
  }
  CHECK(zones == zones_at_most(view, replicas));
}

std::vector<host> random_hosts(seeded_random& random) {
  std::vector<host> out;
  auto count = 1 + random.below(12);
  auto zones = 1 + random.below(4);
  bool even = random.below(2) == 0;
  for (std::uint64_t i = 0; i < count; ++i)
    out.push_back({random.next() | 1,
                   even ? 100u : static_cast<std::uint32_t>(random.below(4) * 50),
                   std::string(1, static_cast<char>('a' + random.below(zones)))});
  if (std::all_of(out.begin(), out.end(), [](const host& h) { return h.weight == 0; }))
    out[0].weight = 100;
  return out;
}

}  // namespace

TEST_CASE("placement: the score of slot and host is fixed for ever") {
  CHECK(placement_score(0, 1) == 10451216379200822465ULL);
  CHECK(placement_score(1, 1) == 13757245211066428519ULL);
  CHECK(placement_score(16'383, 0xfedcba9876543210ULL) == 10406914566812036393ULL);
}

TEST_CASE("placement: three hosts hold every slot, and lead a third each") {
  auto view = founded({{1}, {2}, {3}}, {.slots = 8, .replicas = 3});
  CHECK(text_of(view) == "2,1,3 1,2,3 1,3,2 2,1,3 3,1,2 1,3,2 2,1,3 3,2,1");
}

TEST_CASE("placement: five hosts in three zones, one of them twice as large") {
  auto view = founded({{11, 100, "a"}, {12, 100, "a"}, {21, 100, "b"}, {22, 100, "b"}, {31, 200, "c"}},
                      {.slots = 8, .replicas = 3});
  CHECK(text_of(view) ==
        "31,22,12 31,21,11 11,21,31 12,22,31 12,22,31 21,11,31 31,21,12 22,11,31");
}

TEST_CASE("placement: one host holds and leads everything") {
  auto view = founded({{7}}, {.slots = 4, .replicas = 3});
  CHECK(text_of(view) == "7 7 7 7");
}

TEST_CASE("placement: fewer hosts than replicas hold as many as there are") {
  auto view = founded({{1}, {2}}, {.slots = 4, .replicas = 3});
  for (const auto& place : view.slots())
    CHECK(place.replicas_size() == 2);
  CHECK(leaders_of(view) == std::map<std::uint64_t, int>{{1, 2}, {2, 2}});
}

TEST_CASE("placement: a member of weight 0 holds nothing, and gives up what it had") {
  auto before = founded({{1}, {2}, {3}, {4}}, {.slots = 16, .replicas = 3});
  auto after = place_slots(with_members(before, {{1}, {2}, {3, 0}, {4}}), {.slots = 16, .replicas = 3});
  CHECK(places_of(after).count(3) == 0);
  CHECK(count_moves(before, after).replicas == 12);
}

TEST_CASE("placement: without any host that may hold something nothing changes") {
  auto before = founded({{1}, {2}, {3}}, {.slots = 8, .replicas = 3});
  auto after = place_slots(with_members(before, {{1, 0}}), {.slots = 8, .replicas = 3});
  CHECK(text_of(after) == text_of(before));
}

TEST_CASE("placement: the same members again move nothing") {
  auto before = founded({{1}, {2}, {3}, {4}, {5}}, {.slots = 64, .replicas = 3});
  auto after = place_slots(before, {.slots = 64, .replicas = 3});
  CHECK(after.SerializeAsString() == before.SerializeAsString());
}

TEST_CASE("placement: founders are the first replicas and stay when replicas move") {
  auto before = founded({{1}, {2}, {3}}, {.slots = 8, .replicas = 3});
  for (const auto& place : before.slots())
    CHECK(std::equal(place.founders().begin(), place.founders().end(), place.replicas().begin()));
  auto after = place_slots(with_members(before, {{1}, {2}, {4}}), {.slots = 8, .replicas = 3});
  for (int slot = 0; slot < 8; ++slot)
    CHECK(std::equal(after.slots(slot).founders().begin(), after.slots(slot).founders().end(),
                     before.slots(slot).founders().begin()));
  CHECK(places_of(after)[4] == 8);
}

TEST_CASE("placement: the order of the members does not matter") {
  auto one = founded({{5}, {1}, {4}, {2}, {3}}, {.slots = 32, .replicas = 3});
  auto other = founded({{1}, {2}, {3}, {4}, {5}}, {.slots = 32, .replicas = 3});
  CHECK(text_of(one) == text_of(other));
}

TEST_CASE("placement: random members are balanced and in as many zones as the balance allows") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    auto hosts = random_hosts(random);
    placement_rules rules{.slots = 1u << random.below(8),
                          .replicas = static_cast<std::uint32_t>(1 + random.below(5))};
    check_promises(founded(hosts, rules), hosts, rules);
  }
}

TEST_CASE("placement: the promises hold after hosts came and went") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    auto hosts = random_hosts(random);
    placement_rules rules{.slots = 64, .replicas = 3};
    auto view = founded(hosts, rules);
    for (int change = 0; change < 5; ++change) {
      CAPTURE(change);
      if (hosts.size() > 1 && random.below(2) == 0)
        hosts.erase(hosts.begin() + static_cast<std::ptrdiff_t>(random.below(hosts.size())));
      else
        hosts.push_back({random.next() | 1, 100,
                         std::string(1, static_cast<char>('a' + random.below(3)))});
      if (std::all_of(hosts.begin(), hosts.end(), [](const host& h) { return h.weight == 0; }))
        hosts[0].weight = 50;
      view = place_slots(with_members(view, hosts), rules);
      check_promises(view, hosts, rules);
    }
  }
}

// Whatever the table: a host that has fewer places than its target rounded down must be given the
// difference, and what a gone host had must go somewhere.
TEST_CASE("placement: only what must move moves when a host of one zone comes or goes") {
  for (std::uint32_t count : {4u, 5u, 7u, 12u, 30u}) {
    CAPTURE(count);
    placement_rules rules{.slots = 256, .replicas = 3};
    std::vector<host> hosts;
    for (std::uint32_t i = 1; i <= count; ++i)
      hosts.push_back({i * 1'000'003ULL});
    auto all = founded(hosts, rules);
    auto gone = hosts;
    gone.erase(gone.begin() + 1);
    auto without = place_slots(with_members(all, gone), rules);
    auto lost = static_cast<std::uint32_t>(places_of(all)[hosts[1].id]);
    // A slot that had the host may find room only on hosts it has: then another makes room.
    CHECK(count_moves(all, without).replicas >= lost);
    CHECK(count_moves(all, without).replicas <= lost + lost / 20 + 1);
    auto again = place_slots(with_members(without, hosts), rules);
    auto gained = static_cast<std::uint32_t>(places_of(again)[hosts[1].id]);
    CHECK(count_moves(without, again).replicas == gained);
    CHECK(count_moves(without, again).leaders <= 256 / (count - 1) + gained);
  }
}

TEST_CASE("placement: with zones, the loss of a host moves few places beside its own") {
  placement_rules rules{.slots = 1'024, .replicas = 3};
  std::vector<host> hosts;
  for (std::uint64_t i = 1; i <= 100; ++i)
    hosts.push_back({i * 0x9e3779b97f4a7c15ULL | 1, 100, std::string(1, "abc"[i % 3])});
  auto all = founded(hosts, rules);
  for (std::size_t lost : {0u, 17u, 50u, 98u}) {
    auto gone = hosts;
    gone.erase(gone.begin() + static_cast<std::ptrdiff_t>(lost));
    auto without = place_slots(with_members(all, gone), rules);
    auto had = static_cast<std::uint32_t>(places_of(all)[hosts[lost].id]);
    CHECK(count_moves(all, without).replicas <= 3 * had);  // an exchange moves two
  }
}

TEST_CASE("placement: a thousand hosts and 16,384 slots; the loss of one moves its own places only") {
  placement_rules rules{.slots = 16'384, .replicas = 3};
  std::vector<host> hosts;
  for (std::uint64_t i = 1; i <= 1'000; ++i)
    hosts.push_back({i * 0x9e3779b97f4a7c15ULL | 1});
  auto all = founded(hosts, rules);
  auto places = places_of(all);
  auto [least, most] = std::minmax_element(
      places.begin(), places.end(), [](auto& a, auto& b) { return a.second < b.second; });
  CHECK(least->second == 49);
  CHECK(most->second == 50);
  auto gone = hosts;
  gone.erase(gone.begin() + 500);
  auto without = place_slots(with_members(all, gone), rules);
  auto lost = static_cast<std::uint32_t>(places[hosts[500].id]);
  CHECK(count_moves(all, without).replicas <= lost + 5);
  std::map<std::uint64_t, int> took;
  auto after = places_of(without);
  for (auto& [id, count] : after)
    took[id] = count - places[id];
  CHECK(std::all_of(took.begin(), took.end(), [](auto& t) { return t.second <= 1; }));
}

}  // namespace carillon
