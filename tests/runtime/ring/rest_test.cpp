// A host that is to be away for a moment: it leads nothing and keeps its places; only one at a time, and
// only while the ring is whole. And what a ring does while some of its hosts are of an older build.
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "runtime/base/random.hpp"
#include "runtime/ring/moves.hpp"
#include "runtime/ring/ring_delta.hpp"
#include "runtime/ring/ring_lacks.hpp"
#include "runtime/ring/ring_state.hpp"
#include "runtime/wire/schema.hpp"

namespace carillon {
namespace {

using std::chrono::milliseconds;

std::string name_of(ring_host host) {
  return "host" + std::to_string(host);
}

wire::ring_command say(ring_host host, wire::host_intent intent) {
  wire::ring_command out;
  out.mutable_host()->set_host(name_of(host));
  out.mutable_host()->set_intent(intent);
  return out;
}

// Hosts 1, 2, ... that obey: who is wished to lead a slot does, and groups do their moves at once.
struct obedient_ring {
  explicit obedient_ring(ring_host hosts, std::uint32_t minor_needed = 0) : ring(options(hosts, minor_needed), now) {
    ring.lead(true, now);
    for (ring_host id = 1; id <= hosts; ++id)
      ring.announced(member(id, minor_needed));
    run(milliseconds(10'000));
  }
  // A ring that is there already, whose members announce themselves later.
  obedient_ring(wire::ring_view from, std::uint32_t minor_needed)
      : obedient_ring(std::move(from), options(3, minor_needed)) {}
  obedient_ring(wire::ring_view from, const ring_state::options& how)
      : ring(how, now), view(std::move(from)) {
    ring.lead(true, now);
    ring.view_is(view, now);
  }

  static ring_state::options options(ring_host hosts, std::uint32_t minor_needed) {
    ring_state::options how;
    how.self = 1;
    how.rules = {.slots = 16, .replicas = 3};
    how.members_expected = static_cast<std::uint32_t>(hosts);
    how.moves_need_minor = minor_needed;
    return how;
  }
  static wire::ring_member member(ring_host id, std::uint32_t minor) {
    wire::ring_member out;
    out.set_store_id(id);
    out.set_incarnation(7);
    out.set_name(name_of(id));
    out.set_weight(100);
    out.set_schema_minor(minor);
    return out;
  }

  void run(milliseconds time) {
    for (milliseconds gone{0}; gone < time; gone += milliseconds(100)) {
      now += milliseconds(100);
      ring_report report;
      for (const auto& each : view.members())
        if (!away.count(each.store_id()))
          report.alive.push_back(each.store_id());
      for (int slot = 0; slot < view.slots_size(); ++slot)
        if (const ring_host leader = leader_of(slot); leader != 0)
          report.leaders.push_back({static_cast<slot_id>(slot), leader, view.generation()});
      ring.heard(report, now);
      for (const auto& move : view.moves())
        if (move.began() != 0)
          ring.group_is(static_cast<slot_id>(move.slot()), group_after(move));
      if (auto next = ring.take_actions(now).propose) {
        REQUIRE(next->generation() == view.generation() + 1);
        ring.view_is(*next, now);
        view = *next;
      }
    }
  }
  ring_host leader_of(int slot) const {
    if (leaderless.count(slot) > 0)
      return 0;
    for (ring_host host : view.slots(slot).replicas())  // the preferred one stands first
      if (!away.count(host))
        return host;
    return 0;
  }
  group_fact group_after(const wire::replica_move& move) const {
    const auto& place = view.slots(static_cast<int>(move.slot()));
    group_fact out{view.generation(), {place.replicas().begin(), place.replicas().end()}, {}};
    out.voters.erase(move.from());
    out.voters.insert(move.to());
    return out;
  }
  void lose(ring_host host) {
    away.insert(host);
    ring.heard({.alive = {}, .lost = {host}, .leaders = {}}, now);
  }
  int led_by(ring_host host) const {
    return static_cast<int>(std::count_if(view.slots().begin(), view.slots().end(), [&](const auto& place) {
      return place.preferred_leader() == host;
    }));
  }
  std::vector<std::set<ring_host>> places() const {
    std::vector<std::set<ring_host>> out;
    for (const auto& place : view.slots())
      out.emplace_back(place.replicas().begin(), place.replicas().end());
    return out;
  }
  std::string refused(const wire::ring_command& command) {
    status said = ring.operate(command);
    return said ? std::string() : said.error().detail;
  }

  tick_time now{std::chrono::hours(1)};
  ring_state ring;
  wire::ring_view view;
  std::set<ring_host> away;
  std::set<int> leaderless;
};

}  // namespace

TEST_CASE("rest: a host that rests leads nothing and keeps its places; serving again it leads its share") {
  for (ring_host hosts : {3u, 5u}) {
    CAPTURE(hosts);
    obedient_ring f(hosts);
    const auto before = f.places();
    REQUIRE(f.led_by(2) > 0);
    REQUIRE(f.refused(say(2, wire::HOST_RESTS)) == "");
    f.run(milliseconds(2'000));
    CHECK(f.led_by(2) == 0);
    CHECK(f.places() == before);
    CHECK(f.view.moves_size() == 0);
    for (ring_host other = 1; other <= hosts; ++other)
      if (other != 2)
        CHECK(f.led_by(other) >= 16 / static_cast<int>(hosts - 1));
    f.lose(2);  // and it is started anew
    f.run(milliseconds(5'000));
    CHECK(f.places() == before);
    f.away.clear();
    f.run(milliseconds(2'000));
    CHECK(f.led_by(2) == 0);
    REQUIRE(f.refused(say(2, wire::HOST_SERVES)) == "");
    f.run(milliseconds(2'000));
    CHECK(f.led_by(2) >= 16 / static_cast<int>(hosts));
    CHECK(f.places() == before);
  }
}

TEST_CASE("rest: said twice it is so already, also while the host is away") {
  obedient_ring f(3);
  REQUIRE(f.refused(say(3, wire::HOST_RESTS)) == "");
  f.run(milliseconds(1'000));
  const auto generation = f.view.generation();
  f.lose(3);
  CHECK(f.refused(say(3, wire::HOST_RESTS)) == "");
  CHECK(f.ring.operated());
  f.run(milliseconds(1'000));
  CHECK(f.view.generation() == generation);
}

TEST_CASE("rest: never two at once, nor while another is silent, a replica is to move or a slot has no leader") {
  const std::string not_whole = "not while the ring is not whole: ";
  obedient_ring f(4);
  REQUIRE(f.refused(say(2, wire::HOST_RESTS)) == "");
  CHECK(f.refused(say(3, wire::HOST_RESTS)) == not_whole + "other words come first");
  f.run(milliseconds(1'000));
  CHECK(f.refused(say(3, wire::HOST_RESTS)) == not_whole + "host2 rests already");
  CHECK(f.ring.try_out(say(3, wire::HOST_RESTS), f.now).code() == errc::invalid_arguments);
  CHECK(f.refused(say(2, wire::HOST_SERVES)) == "");
  f.run(milliseconds(5'000));

  f.lose(4);
  f.run(milliseconds(500));
  CHECK(f.refused(say(3, wire::HOST_RESTS)) == not_whole + "host4 is silent");
  f.away.clear();
  f.run(milliseconds(5'000));

  f.leaderless = {5};
  f.run(milliseconds(5'000));
  CHECK(f.refused(say(3, wire::HOST_RESTS)) == not_whole + "slot 5 has no leader");
  f.leaderless.clear();
  f.run(milliseconds(1'000));

  REQUIRE(f.refused(say(4, wire::HOST_DRAINS)) == "");
  f.run(milliseconds(100));
  CHECK(f.refused(say(3, wire::HOST_RESTS)).find("replicas are to move") != std::string::npos);
  f.run(milliseconds(10'000));
  CHECK(f.refused(say(3, wire::HOST_RESTS)) == "");
}

TEST_CASE("rest: of two hosts none may go, for the other one is no majority") {
  obedient_ring f(2);
  CHECK(f.refused(say(2, wire::HOST_RESTS)) ==
        "not while the ring is not whole: slot 0 has 2 replicas, without it there is no majority");
}

TEST_CASE("rest: a slot that is pinned to a host that rests is led by another one meanwhile") {
  obedient_ring f(3);
  wire::ring_command pin;
  pin.mutable_pin()->set_slot(4);
  pin.mutable_pin()->set_host("host2");
  REQUIRE(f.refused(pin) == "");
  f.run(milliseconds(1'000));
  REQUIRE(f.view.slots(4).preferred_leader() == 2);
  REQUIRE(f.refused(say(2, wire::HOST_RESTS)) == "");
  f.run(milliseconds(1'000));
  CHECK(f.view.slots(4).preferred_leader() != 2);
  CHECK(f.led_by(2) == 0);
  REQUIRE(f.refused(say(2, wire::HOST_SERVES)) == "");
  f.run(milliseconds(1'000));
  CHECK(f.view.slots(4).preferred_leader() == 2);
}

TEST_CASE("rest: nobody who rests is nominated while another replica is there, and is when none is") {
  obedient_ring f(3);
  REQUIRE(f.refused(say(1, wire::HOST_RESTS)) == "");
  f.run(milliseconds(1'000));
  f.lose(2);
  const auto first = f.ring.take_actions(f.now).nominations;
  CHECK(first.size() == 8);
  for (const auto& each : first)
    CHECK(each.nominee == 3);
  f.lose(3);
  const auto last = f.ring.take_actions(f.now).nominations;
  CHECK(last.size() == 8);
  for (const auto& each : last)
    CHECK(each.nominee == 1);
}

TEST_CASE("rest: on random rings no place moves, who rests leads nothing and the others lead evenly") {
  seeded_random random(11);
  for (int round = 0; round < 200; ++round) {
    CAPTURE(round);
    wire::ring_view view;
    const std::uint64_t hosts = 3 + random.next() % 8;
    for (std::uint64_t id = 1; id <= hosts; ++id) {
      auto* each = view.add_members();
      *each = obedient_ring::member(id, 0);
      each->set_zone("z" + std::to_string(random.next() % 3));
    }
    const placement_rules rules{.slots = 64, .replicas = 3};
    const wire::ring_view whole = place_slots(view, rules);
    wire::ring_view asked = whole;
    const std::uint64_t rests = 1 + random.next() % hosts;
    auto* wish = asked.add_wishes();
    wish->set_store_id(rests);
    wish->set_intent(wire::HOST_RESTS);
    const wire::ring_view resting = place_slots(asked, rules);
    CHECK(count_moves(whole, resting).replicas == 0);
    std::map<std::uint64_t, int> leads;
    for (const auto& place : resting.slots())
      ++leads[place.preferred_leader()];
    CHECK(leads.count(rests) == 0);
    const int even = 64 / static_cast<int>(hosts - 1);
    for (std::uint64_t id = 1; id <= hosts; ++id)
      if (id != rests) {
        CHECK(leads[id] >= even - 1);  // chains of leaderships may end one short
        CHECK(leads[id] <= even + 2);
      }
  }
}

TEST_CASE("older builds: while one is a member nothing moves, operators have no words, and views say nothing new") {
  obedient_ring f(3, 1);
  CHECK(f.view.schema_minor() == 1);  // founded by hosts that all know it
  const wire::ring_view view = obedient_ring(3, 0).view;  // a ring of before ...
  obedient_ring mixed(view, 1);
  mixed.ring.announced(obedient_ring::member(1, 1));  // ... of which two hosts are new
  mixed.ring.announced(obedient_ring::member(3, 1));
  mixed.run(milliseconds(5'000));
  CHECK(mixed.view.schema_minor() == 0);
  CHECK(mixed.refused(say(3, wire::HOST_RESTS)) ==
        "host2 speaks version 1.0 between hosts, 1.1 is needed: start it with a newer program first");
  CHECK(mixed.refused(say(3, wire::HOST_DRAINS)) != "");
  mixed.ring.announced(obedient_ring::member(4, 1));  // one that joins holds nothing yet
  mixed.run(milliseconds(5'000));
  CHECK(mixed.view.members_size() == 4);
  CHECK(mixed.view.moves_size() == 0);
  CHECK(mixed.view.slots(0).SerializeAsString() == view.slots(0).SerializeAsString());

  mixed.ring.announced(obedient_ring::member(2, 1));  // the last one is new: now it moves
  mixed.run(milliseconds(10'000));
  CHECK(mixed.view.schema_minor() == 1);
  CHECK(mixed.led_by(4) == 4);
}

TEST_CASE("older builds: while nothing new was used everybody may go back to them") {
  obedient_ring now(obedient_ring(3, 0).view, 1);
  for (ring_host id = 1; id <= 3; ++id)
    now.ring.announced(obedient_ring::member(id, 1));
  now.run(milliseconds(5'000));
  CHECK(now.view.schema_minor() == 0);
  for (ring_host id = 1; id <= 3; ++id)
    now.ring.announced(obedient_ring::member(id, 0));
  now.run(milliseconds(5'000));
  CHECK(now.view.schema_minor() == 0);
  CHECK(now.view.members(0).schema_minor() == 0);
}

TEST_CASE("older builds: what is used without anybody's word is in use when the last member understands it") {
  ring_state::options how = obedient_ring::options(3, 0);
  how.used_minor = 1;
  obedient_ring f(obedient_ring(3, 0).view, how);
  f.ring.announced(obedient_ring::member(1, 1));
  f.ring.announced(obedient_ring::member(2, 1));
  f.run(milliseconds(5'000));
  CHECK(f.view.schema_minor() == 0);
  f.ring.announced(obedient_ring::member(3, 1));
  f.run(milliseconds(5'000));
  CHECK(f.view.schema_minor() == 1);
}

TEST_CASE("older builds: a wish that a newer program has words for is refused and changes nothing") {
  obedient_ring f(3);
  const auto newer = static_cast<wire::host_intent>(100);
  CHECK_FALSE(wire::minor_of(newer));
  CHECK(f.refused(say(2, newer)) == "not a word that this version knows");
  CHECK(f.ring.operated());
}

TEST_CASE("older builds: the version in use goes with deltas of the view") {
  obedient_ring f(3, 0);
  wire::ring_view next = f.view;
  next.set_generation(next.generation() + 1);
  next.set_schema_minor(1);
  wire::ring_view made = f.view;
  REQUIRE(apply_delta(made, delta_of(f.view, next)));
  CHECK(made.SerializeAsString() == next.SerializeAsString());
}

}  // namespace carillon
