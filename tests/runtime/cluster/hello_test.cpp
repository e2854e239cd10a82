// Who is accepted as a peer, who is refused and with which words, and what a new connection or a new
// process under an old name means.
#include <doctest/doctest.h>

#include "tests/runtime/cluster/pair.hpp"

namespace carillon::cluster {
namespace {

TEST_CASE("hello: the smaller name dials, both sides are up after one round") {
  network net;
  end& a = net.add(hello_of("a"), {"b"});
  end& b = net.add(hello_of("b"), {"a"});
  net.tick();
  CHECK(net.dials("a") == 1);
  CHECK(net.dials("b") == 0);
  CHECK(a.state.is_up(id_of("b")));
  CHECK(b.state.is_up(id_of("a")));
  CHECK(a.state.hello_of("b")->member().incarnation() == hello_of("b").member().incarnation());
  CHECK(net.connections() == 1);
}

TEST_CASE("hello: three hosts have exactly one connection per pair") {
  network net;
  net.add(hello_of("a"), {"b", "c"});
  net.add(hello_of("b"), {"a", "c"});
  net.add(hello_of("c"), {"a", "b"});
  net.pass(std::chrono::seconds(10));
  CHECK(net.connections() == 3);
  for (const char* one : {"a", "b", "c"})
    for (const char* other : {"a", "b", "c"})
      CHECK(net[one].state.is_up(id_of(other)) == (std::string(one) != other));
}

struct refusal_case {
  const char* what;
  void (*change)(wire::peer_hello& of_b);
  const char* words;
};

TEST_CASE("hello: hosts that do not belong together refuse each other and both logs say why") {
  const refusal_case cases[] = {
      {"another cluster's name", [](wire::peer_hello& b) { b.set_cluster_name("other"); },
       "it is of the cluster"},
      {"another cluster of the same name", [](wire::peer_hello& b) { b.set_cluster_id(77); },
       "another cluster of the name \"test\""},
      {"another number of slots", [](wire::peer_hello& b) { b.set_slots(8); },
       "it has 4 slots, \"b\" has 8"},
      {"a copy of our data folder",
       [](wire::peer_hello& b) { b.mutable_member()->set_store_id(id_of("a")); },
       "its data folder is a copy of that of \"b\""},
  };
  for (const refusal_case& each : cases) {
    CAPTURE(each.what);
    network net;
    wire::peer_hello of_a = hello_of("a");
    of_a.set_cluster_id(55);
    wire::peer_hello of_b = hello_of("b");
    each.change(of_b);
    end& a = net.add(of_a, {"b"});
    end& b = net.add(of_b, {"a"});
    net.tick();
    CHECK_FALSE(a.state.hello_of("b"));
    CHECK_FALSE(b.state.hello_of("a"));
    CHECK(said(b, "refused a: "));
    CHECK(said(a, "refused by b: it refuses us: "));
    CHECK(said(a, each.words));
    CHECK(said(b, each.words));
    CHECK(net.connections() == 0);
  }
}

TEST_CASE("hello: founded and not founded, and two of the same cluster, are peers") {
  for (auto [of_a, of_b] : {std::pair{0, 0}, {55, 0}, {0, 55}, {55, 55}}) {
    network net;
    wire::peer_hello a = hello_of("a"), b = hello_of("b");
    a.set_cluster_id(static_cast<std::uint64_t>(of_a));
    b.set_cluster_id(static_cast<std::uint64_t>(of_b));
    net.add(a, {"b"});
    net.add(b, {"a"});
    net.tick();
    CHECK(net["a"].state.is_up(id_of("b")));
  }
}

// What a host answers to a stranger's first frame.
wire::peer_hello answer_to(network& net, const std::string& host, const wire::peer_hello& hello) {
  connection_id connection = net.stranger(host);
  net[host].state.frame_arrived(connection, encode_frame(hello), net.now);
  net.settle();
  for (const auto& [to, bytes] : net.to_strangers)
    if (to == connection)
      return std::get<wire::peer_hello>(decode_frame(bytes));
  return {};
}

TEST_CASE("hello: another major version is refused, another minor one is not") {
  network net;
  net.add(hello_of("b"), {"a"});
  wire::peer_hello a = hello_of("a");
  a.set_schema_major(net["b"].state.myself().schema_major() + 1);
  CHECK(answer_to(net, "b", a).refused() ==
        "it speaks version 2 between hosts, \"b\" speaks version 1");
  CHECK_FALSE(net["b"].state.hello_of("a"));
  a.set_schema_major(net["b"].state.myself().schema_major());
  a.set_schema_minor(net["b"].state.myself().schema_minor() + 5);
  CHECK(answer_to(net, "b", a).refused().empty());
  CHECK(net["b"].state.hello_of("a"));
}

TEST_CASE("hello: a host of a minor version below the one in use is refused, and told so") {
  network net;
  net.add(hello_of("b"), {"a"});
  wire::peer_hello a = hello_of("a");
  a.set_schema_major(wire::schema_major);
  a.set_schema_minor(1);
  wire::ring_view view;
  view.set_schema_minor(2);
  net["b"].state.know(view, net.now);
  CHECK(answer_to(net, "b", a).refused() ==
        "it speaks version 1.1 between hosts, and this cluster uses what came with 1.2: start it with a "
        "newer program");
  CHECK_FALSE(net["b"].state.hello_of("a"));
  a.set_schema_minor(2);
  CHECK(answer_to(net, "b", a).refused().empty());
}

TEST_CASE("hello: a host that does not say which disk and which process it is, is refused") {
  network net;
  net.add(hello_of("b"), {"a"});
  wire::peer_hello a = hello_of("a");
  a.set_schema_major(net["b"].state.myself().schema_major());
  a.mutable_member()->set_incarnation(0);
  CHECK(answer_to(net, "b", a).refused() == "it does not say which disk and which process it is");
  a.mutable_member()->set_incarnation(1);
  a.mutable_member()->set_store_id(0);
  CHECK(answer_to(net, "b", a).refused() == "it does not say which disk and which process it is");
  a.mutable_member()->set_store_id(1);
  CHECK(answer_to(net, "b", a).refused().empty());
}

TEST_CASE("hello: a host that reaches itself, or one that nobody configured, is refused") {
  network net;
  net.add(hello_of("b"), {"a"});
  wire::peer_hello itself = net["b"].state.myself();
  CHECK(answer_to(net, "b", itself).refused() == "\"b\" reached itself");
  wire::peer_hello unknown = hello_of("x");
  unknown.set_schema_major(itself.schema_major());
  CHECK(answer_to(net, "b", unknown).refused() == "\"x\" is not in the list of hosts of \"b\"");
}

TEST_CASE("hello: a live host of the same name keeps its place, a silent one does not") {
  network net;
  net.add(hello_of("a"), {"b"});
  net.add(hello_of("b"), {"a"});
  net.tick();
  wire::peer_hello impostor = net["a"].state.myself();
  impostor.mutable_member()->set_store_id(0x99);
  CHECK(answer_to(net, "b", impostor).refused() ==
        "a live \"a\" with another disk is there already");
  CHECK(net["b"].state.is_up(id_of("a")));
  net.cut("a", "b");
  net.pass(std::chrono::milliseconds(900));  // suspected, not yet cut off
  CHECK_FALSE(net["b"].state.is_up(id_of("a")));
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", impostor).refused().empty());
  CHECK(net["b"].state.is_up(0x99));
}

// The start of its disk that a host is in, as its hello says it.
wire::peer_hello started(const network& net, const std::string& name, std::uint64_t starts,
                         std::uint64_t incarnation) {
  wire::peer_hello hello = hello_of(name);
  hello.set_schema_major(net.schema());
  hello.mutable_member()->set_starts(starts);
  hello.mutable_member()->set_incarnation(incarnation);
  return hello;
}

TEST_CASE("old copy: a disk that counts fewer starts than were heard of is refused, a later one is not") {
  network net;
  net.add(hello_of("b"), {"a"});
  CHECK(answer_to(net, "b", started(net, "a", 7, 70)).refused().empty());
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 6, 60)).refused() ==
        "older copy of a data folder: that of \"a\" counts 6 starts, \"b\" has heard of start 7; "
        "stop \"a\" and empty its data folder, then it comes back as a new host");
  CHECK(net["b"].state.hello_of("a")->member().starts() == 7);
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 8, 80)).refused().empty());
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 8, 80)).refused().empty());  // the same process again
  net.to_strangers.clear();
  // One that never counted is as old as can be.
  CHECK(answer_to(net, "b", started(net, "a", 0, 90)).refused().starts_with(old_copy_words));
}

TEST_CASE("old copy: another process with the same count of starts is one") {
  network net;
  net.add(hello_of("b"), {"a"});
  CHECK(answer_to(net, "b", started(net, "a", 7, 70)).refused().empty());
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 7, 71)).refused() ==
        "older copy of a data folder: that of \"a\" is in its start 7, \"b\" has heard of another "
        "start 7; stop \"a\" and empty its data folder, then it comes back as a new host");
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 8, 72)).refused().empty());
}

TEST_CASE("old copy: hosts that do not count are not judged") {
  network net;
  net.add(hello_of("b"), {"a"});
  CHECK(answer_to(net, "b", started(net, "a", 0, 70)).refused().empty());
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 0, 71)).refused().empty());
}

wire::ring_view view_with(const wire::peer_hello& hello) {
  wire::ring_view view;
  view.set_generation(1);
  *view.add_members() = hello.member();
  return view;
}

TEST_CASE("old copy: what the ring view knows of a disk counts like what was heard") {
  network net;
  net.add(hello_of("b"), {"a"}).state.know(view_with(started(net, "a", 7, 70)), net.now);
  CHECK(answer_to(net, "b", started(net, "a", 7, 71)).refused().starts_with(old_copy_words));
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 8, 80)).refused().empty());
  net["b"].state.know(view_with(started(net, "a", 7, 70)), net.now);  // behind what was heard
  net.settle();
  CHECK(net["b"].state.is_up(id_of("a")));
}

TEST_CASE("old copy: a ring view that comes later ends the connection, and both logs say why") {
  for (const char* old : {"a", "b"}) {  // who dialed does not matter
    CAPTURE(old);
    const char* other = *old == 'a' ? "b" : "a";
    network net;
    wire::peer_hello hellos[2] = {hello_of("a"), hello_of("b")};
    for (wire::peer_hello& each : hellos) {
      each.set_cluster_id(55);
      each.mutable_member()->set_starts(3);
    }
    end& a = net.add(hellos[0], {"b"});
    net.add(hellos[1], {"a"});
    net.tick();
    REQUIRE(a.state.is_up(id_of("b")));
    net[other].state.know(view_with(started(net, old, 4, 40)), net.now);
    net.settle();
    net.settle();  // what the end of the connection brought with it
    CHECK(net.connections() == 0);
    CHECK_FALSE(net[other].state.hello_of(old));
    CHECK(said(net[other], "older copy of a data folder: that of"));
    CHECK(said(net[old], "older copy of a data folder: that of"));
    CHECK(net[old].seen.old_copy.starts_with(old_copy_words));
    CHECK(net[other].seen.old_copy.empty());
    // It stays refused, whoever dials.
    net[old].seen.old_copy.clear();
    net.pass(std::chrono::seconds(5));
    CHECK(net.connections() == 0);
    CHECK_FALSE(net[old].seen.old_copy.empty());
    CHECK(net[other].state.count().hellos_refused > 0);
  }
}

TEST_CASE("old copy: only a host of the own cluster can tell one that it is") {
  network net;
  wire::peer_hello of_a = hello_of("a");
  of_a.set_cluster_id(55);
  end& a = net.add(of_a, {"b"});
  wire::peer_hello b = hello_of("b");
  b.set_schema_major(net.schema());
  b.set_refused(std::string(old_copy_words) + "so they say");
  auto answered = [&](connection_id connection) {
    a.state.connected(connection, "b", net.now);
    a.state.frame_arrived(connection, encode_frame(b), net.now);
    net.settle();
    return !a.seen.old_copy.empty();
  };
  CHECK_FALSE(answered(100));  // of no cluster
  b.set_cluster_id(56);
  CHECK_FALSE(answered(101));
  b.set_cluster_id(55);
  CHECK(answered(102));
}

TEST_CASE("hello: a disk that the ring view, or a live host, has under another name is refused") {
  network net;
  net.add(hello_of("b"), {"a", "c"}).state.know(view_with(started(net, "a", 7, 70)), net.now);
  wire::peer_hello c = started(net, "c", 8, 80);
  c.mutable_member()->set_store_id(id_of("a"));
  CHECK(answer_to(net, "b", c).refused() == "its data folder is a copy of that of \"a\"");
  CHECK_FALSE(net["b"].state.hello_of("c"));
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", started(net, "a", 8, 80)).refused().empty());
  net.to_strangers.clear();
  CHECK(answer_to(net, "b", c).refused() == "its data folder is a copy of that of \"a\"");
}

TEST_CASE("hello: an address where another host answers is refused by whoever dialed") {
  network net;
  end& a = net.add(hello_of("a"), {"b", "c"});
  wire::peer_hello c = hello_of("c");
  a.state.tick(net.now);
  a.state.connected(100, "b", net.now);
  c.set_schema_major(a.state.myself().schema_major());
  a.state.frame_arrived(100, encode_frame(c), net.now);
  net.settle();
  CHECK(said(a, "refused c: at the address of \"b\" answers \"c\""));
  CHECK_FALSE(a.state.hello_of("c"));
}

TEST_CASE("hello: a restarted host is a new one: lost once, its questions refused, then alive") {
  network net;
  end& a = net.add(hello_of("a"), {"b"});
  net.add(hello_of("b"), {"a"});
  net.tick();
  a.state.ask(id_of("b"), 1, "?", std::chrono::seconds(10), 5, net.now);
  net.kill("b");
  REQUIRE(a.seen.answers.size() == 1);
  CHECK(a.seen.answers[0].cookie == 5);
  CHECK(a.seen.answers[0].reply.errc() == static_cast<std::uint32_t>(errc::not_owner) + 1);
  auto heard = a.state.take_heard();
  CHECK(heard.lost == std::vector<host_id>{id_of("b")});
  CHECK(heard.alive.empty());
  net.add(hello_of("b", 1), {"a"});
  net.pass(std::chrono::seconds(1));
  CHECK(a.state.is_up(id_of("b")));
  heard = a.state.take_heard();
  CHECK(heard.lost.empty());
  CHECK(heard.alive == std::vector<host_id>{id_of("b")});
}

TEST_CASE("hello: a host that is back before its end was noticed replaces what it was") {
  network net;
  net.add(hello_of("a"), {"b"});
  end& b = net.add(hello_of("b"), {"a"});
  net.tick();
  b.state.take_heard();
  b.state.send(id_of("a"), wire::ITEM_RAFT, 1, "for the process that is gone");
  wire::peer_hello again = net["a"].state.myself();
  again.mutable_member()->set_incarnation(again.member().incarnation() + 1);
  CHECK(answer_to(net, "b", again).refused().empty());
  auto heard = b.state.take_heard();
  CHECK(heard.lost == std::vector<host_id>{id_of("a")});
  CHECK(heard.alive == std::vector<host_id>{id_of("a")});
  CHECK(b.state.is_up(id_of("a")));
  CHECK(b.state.queued_bytes(id_of("a")) == 0);
  CHECK(net.connections() == 0);  // the old one was closed
}

TEST_CASE("hello: an envelope for, or from, a process that is gone is dropped") {
  network net;
  end& a = net.add(hello_of("a"), {"b"});
  end& b = net.add(hello_of("b"), {"a"});
  net.tick();
  wire::peer_envelope envelope;
  envelope.set_from(id_of("a"));
  envelope.set_from_incarnation(a.state.myself().member().incarnation());
  envelope.set_to_incarnation(b.state.myself().member().incarnation() - 1);
  envelope.set_sequence(1);
  envelope.add_items()->set_kind(wire::ITEM_RAFT);
  net.inject("a", "b", encode_frame(envelope));
  CHECK(b.seen.arrived.empty());
  CHECK(b.state.count().stale_envelopes == 1);
  envelope.set_to_incarnation(b.state.myself().member().incarnation());
  envelope.set_from_incarnation(a.state.myself().member().incarnation() + 1);
  net.inject("a", "b", encode_frame(envelope));
  CHECK(b.seen.arrived.empty());
  CHECK(b.state.count().stale_envelopes == 2);
  envelope.set_from_incarnation(a.state.myself().member().incarnation());
  net.inject("a", "b", encode_frame(envelope));
  CHECK(b.seen.arrived.size() == 1);
}

TEST_CASE("hello: bytes that make no sense close the connection, and the pair finds back together") {
  for (const std::string& junk : {std::string(), std::string("GET / HTTP/1.1"), std::string("E\xff\xff"),
                                  std::string("H\x01"), std::string("Z")}) {
    network net;
    net.add(hello_of("a"), {"b"});
    end& b = net.add(hello_of("b"), {"a"});
    net.tick();
    net.inject("a", "b", junk);
    CHECK(b.state.count().bad_frames == 1);
    CHECK_FALSE(b.state.hello_of("a"));
    net.pass(std::chrono::seconds(4));
    CHECK(b.state.is_up(id_of("a")));
    CHECK(net["a"].state.is_up(id_of("b")));
    CHECK(net.connections() == 1);
  }
}

TEST_CASE("hello: an envelope before the hello, and a connection without any, come to nothing") {
  network net;
  end& b = net.add(hello_of("b"), {"a"});
  connection_id early = net.stranger("b");
  b.state.frame_arrived(early, encode_frame(wire::peer_envelope{}), net.now);
  net.settle();
  REQUIRE(net.to_strangers.size() == 1);
  CHECK(std::get<wire::peer_hello>(decode_frame(net.to_strangers[0].second)).refused() ==
        "an envelope before the hello");
  connection_id mute = net.stranger("b");
  net.pass(hello_patience + std::chrono::milliseconds(100));
  b.state.frame_arrived(mute, encode_frame(hello_of("a")), net.now);
  net.settle();
  CHECK_FALSE(b.state.hello_of("a"));  // too late: it was closed
}

TEST_CASE("hello: a frame that makes no sense, before any hello, is refused in the name that we dialed") {
  const std::string long_name = "a-name-that-stands-apart-from-its-place";  // its bytes are on the heap
  network net;
  end& b = net.add(hello_of("b"), {long_name});
  b.state.connected(7, long_name, net.now);
  b.state.frame_arrived(7, "nonsense", net.now);
  effects out = b.state.take_effects();
  REQUIRE(out.notes.size() == 1);
  CHECK(out.notes[0].words == "refused a stranger: a frame that makes no sense");
  REQUIRE(out.close.size() == 1);
  CHECK(out.close[0] == 7);
  b.state.connected(8, long_name, net.now);
  b.state.frame_arrived(8, "nonsense", net.now);
  CHECK(b.state.take_effects().notes.empty());  // about the same host, and said before
}

TEST_CASE("hello: who is founded says so on the connections that are there") {
  network net;
  end& a = net.add(hello_of("a"), {"b"});
  end& b = net.add(hello_of("b"), {"a"});
  net.tick();
  b.seen.hellos_changed = false;
  wire::founding_facts facts;
  facts.set_cluster_id(99);
  facts.set_slots(4);
  facts.add_meta_voters(id_of("a"));
  a.state.set_founding(facts);
  net.settle();
  CHECK(b.seen.hellos_changed);
  CHECK(b.state.hello_of("a")->founding().cluster_id() == 99);
  CHECK(b.state.is_up(id_of("a")));
  facts.set_cluster_id(98);  // and one who founds another cluster meanwhile is no peer any more
  b.state.set_founding(facts);
  net.settle();
  CHECK_FALSE(a.state.hello_of("b"));
}

TEST_CASE("hello: the same trouble at every attempt is one line in the log") {
  network net;
  end& a = net.add(hello_of("a"), {"b"});
  net.pass(std::chrono::seconds(20));
  CHECK(a.seen.notes.size() == 1);
  CHECK(net.dials("a") > 15);
  CHECK(net.dials("a") < 60);
}

}  // namespace
}  // namespace carillon::cluster
