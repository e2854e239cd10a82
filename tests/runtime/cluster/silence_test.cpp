// Beats, suspicion, cutting and dialing again: what a host makes of silence, and how a pair that was
// apart comes together.
#include <doctest/doctest.h>

#include "tests/runtime/cluster/pair.hpp"

namespace carillon::cluster {
namespace {

using std::chrono::milliseconds;
using hosts = std::vector<host_id>;

struct pair_of_hosts {
  pair_of_hosts() {
    net.add(hello_of("a"), {"b"});
    net.add(hello_of("b"), {"a"});
    net.tick();
    a().state.take_heard();
    b().state.take_heard();
  }
  end& a() { return net["a"]; }
  end& b() { return net["b"]; }
  network net;
};

TEST_CASE("silence: for suspect_ms a peer is alive, one tick more and it is lost, once") {
  pair_of_hosts pair;
  pair.net.cut("b", "a");
  pair.net.pass(milliseconds(800));
  CHECK(pair.a().state.is_up(id_of("b")));
  CHECK(pair.a().state.take_heard().lost.empty());
  pair.net.pass(milliseconds(100));
  CHECK_FALSE(pair.a().state.is_up(id_of("b")));
  CHECK(pair.a().state.take_heard().lost == hosts{id_of("b")});
  pair.net.pass(milliseconds(200));
  CHECK(pair.a().state.take_heard().lost.empty());
  CHECK(pair.b().state.is_up(id_of("a")));  // it hears us
}

TEST_CASE("silence: heard again, it is alive on the same connection, and events may have been missed") {
  pair_of_hosts pair;
  pair.net.cut("b", "a");
  pair.net.pass(milliseconds(1'000));
  pair.a().state.take_heard();
  pair.a().seen = {};
  pair.net.heal();
  pair.net.settle();
  CHECK(pair.a().state.is_up(id_of("b")));
  auto heard = pair.a().state.take_heard();
  CHECK(heard.alive == hosts{id_of("b")});
  CHECK(heard.lost.empty());
  REQUIRE(pair.a().seen.missed.size() == 1);
  CHECK(pair.a().seen.missed[0].from == id_of("b"));
  CHECK(pair.a().seen.missed[0].slots.empty());
  CHECK(pair.net.dials("a") == 1);
}

TEST_CASE("silence: a connection that breaks is a loss at once") {
  pair_of_hosts pair;
  pair.net.kill("b");
  CHECK(pair.a().seen.down == hosts{id_of("b")});
  CHECK(pair.a().state.take_heard().lost == hosts{id_of("b")});
  CHECK(pair.a().state.take_heard().lost.empty());
}

TEST_CASE("silence: what was heard between two ticks is told once") {
  pair_of_hosts pair;
  pair.net.pass(milliseconds(100));
  CHECK(pair.a().state.take_heard().alive == hosts{id_of("b")});
  CHECK(pair.a().state.take_heard().alive.empty());
}

TEST_CASE("silence: beats say who leads what, each newest beat once") {
  pair_of_hosts pair;
  pair.a().state.leads(3, 17);
  pair.a().state.leads(1, 4);
  pair.a().state.set_generation(12);
  pair.net.pass(milliseconds(100));
  auto heard = pair.b().state.take_heard();
  REQUIRE(heard.leaders.size() == 2);
  CHECK(heard.leaders[0].slot == 1);
  CHECK(heard.leaders[0].term == 4);
  CHECK(heard.leaders[1].slot == 3);
  CHECK(heard.leaders[1].leader == id_of("a"));
  CHECK(heard.generation == 12);
  CHECK(pair.b().state.take_heard().leaders.empty());
  pair.a().state.leads(1, 0);
  pair.net.pass(milliseconds(100));
  CHECK(pair.b().state.take_heard().leaders.size() == 1);
}

TEST_CASE("silence: beats say how many clients a host has, and none until it takes any") {
  const auto limit_of_a = [](pair_of_hosts& pair) {
    const auto rooms = pair.b().state.rooms();
    const auto room = rooms.find(id_of("a"));
    return room == rooms.end() ? -1 : static_cast<int>(room->second.limit());
  };
  pair_of_hosts pair;
  pair.net.pass(milliseconds(100));
  CHECK(limit_of_a(pair) == 0);
  pair.a().state.takes_clients(0, 50);
  pair.net.pass(milliseconds(100));
  CHECK(limit_of_a(pair) == 50);
  CHECK(pair.b().state.rooms()[id_of("a")].open() == 0);
  pair.a().state.takes_clients(49, 50);
  pair.net.pass(milliseconds(100));
  CHECK(pair.b().state.rooms()[id_of("a")].open() == 49);
  pair.a().state.takes_clients(0, 0);  // it ends, or its disk does not write
  pair.net.pass(milliseconds(100));
  CHECK(limit_of_a(pair) == 0);
  pair.a().state.takes_clients(49, 50);
  pair.net.cut("a", "b");
  pair.net.pass(milliseconds(900));
  CHECK(limit_of_a(pair) == 0);
  pair.net.heal();
  pair.net.settle();
  CHECK(limit_of_a(pair) == 50);
  pair.net.kill("a");
  CHECK(limit_of_a(pair) == -1);
  // Another process, which takes nobody yet.
  pair.net.add(hello_of("a", 1), {"b"});
  pair.net.pass(milliseconds(1'000));
  CHECK(pair.b().state.is_up(id_of("a")));
  CHECK(limit_of_a(pair) == 0);
}

TEST_CASE("silence: a program whose beats say nothing of clients is no host that takes none") {
  pair_of_hosts pair;
  pair.net.pass(milliseconds(100));
  REQUIRE(pair.b().state.rooms().count(id_of("a")) == 1);
  wire::peer_envelope beat;
  beat.set_from(id_of("a"));
  beat.set_from_incarnation(hello_of("a").member().incarnation());
  beat.set_to_incarnation(hello_of("b").member().incarnation());
  beat.mutable_led();
  pair.net.inject("a", "b", encode_frame(beat));
  CHECK(pair.b().state.rooms().empty());
}

TEST_CASE("silence: our own sleep is nobody's silence") {
  pair_of_hosts pair;
  pair.net.now += milliseconds(10'000);  // we were stopped; what came meanwhile is still to be read
  pair.a().state.tick(pair.net.now);
  CHECK(pair.a().state.is_up(id_of("b")));
  CHECK(pair.a().state.take_heard().lost.empty());
  pair.net.cut("b", "a");
  pair.net.pass(milliseconds(900));  // but true silence afterwards counts
  CHECK_FALSE(pair.a().state.is_up(id_of("b")));
}

TEST_CASE("silence: three times suspect_ms, and the connection is given up for a new one") {
  pair_of_hosts pair;
  pair.net.cut("b", "a");
  pair.net.pass(milliseconds(2'400));
  CHECK(pair.net.connections() == 1);
  pair.net.pass(milliseconds(100));
  CHECK(pair.net.connections() == 0);
  CHECK(pair.a().seen.down.size() == 2);  // suspected, then broken
  CHECK(pair.a().state.take_heard().lost == hosts{id_of("b")});
}

TEST_CASE("silence: a pair that was cut apart is together again within a second and a half") {
  for (int seconds : {1, 3, 10, 60}) {
    for (auto [from, to] : {std::pair{"a", "b"}, {"b", "a"}}) {
      CAPTURE(seconds);
      CAPTURE(from);
      pair_of_hosts pair;
      pair.net.cut(from, to);
      bool both_ways = seconds % 2 == 0;
      if (both_ways)
        pair.net.cut(to, from);
      pair.net.pass(std::chrono::seconds(seconds));
      pair.net.heal();
      pair.net.pass(milliseconds(1'500));
      CHECK(pair.a().state.is_up(id_of("b")));
      CHECK(pair.b().state.is_up(id_of("a")));
      CHECK(pair.net.connections() == 1);
    }
  }
}

TEST_CASE("silence: what waits for a peer that breaks away is dropped, also when it comes back") {
  pair_of_hosts pair;
  pair.net.cut("a", "b");
  pair.a().state.send(id_of("b"), wire::ITEM_RAFT, 1, "of another time");
  pair.net.pass(milliseconds(5'000));
  CHECK(pair.a().state.queued_bytes(id_of("b")) == 0);
  pair.net.heal();
  pair.net.pass(milliseconds(1'500));
  REQUIRE(pair.b().state.is_up(id_of("a")));
  CHECK(pair.b().seen.arrived.empty());
}

}  // namespace
}  // namespace carillon::cluster
