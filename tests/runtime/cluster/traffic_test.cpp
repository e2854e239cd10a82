// Items between two hosts: batching, windows, bounds, questions and what becomes of them.
#include <doctest/doctest.h>

#include "tests/runtime/cluster/pair.hpp"

namespace carillon::cluster {
namespace {

using std::chrono::milliseconds;

struct pair_of_hosts {
  explicit pair_of_hosts(link_options options = {}) : net(options) {
    net.add(hello_of("a"), {"b"});
    net.add(hello_of("b"), {"a"});
    net.tick();
    a().seen = {};
    b().seen = {};
  }
  end& a() { return net["a"]; }
  end& b() { return net["b"]; }
  void send(std::size_t body, wire::item_kind kind = wire::ITEM_RAFT, std::uint32_t slot = 1) {
    a().state.send(id_of("b"), kind, slot, std::string(body, 'x'));
  }
  network net;
};

constexpr std::size_t around = 32;  // cost_of an item with an empty body

errc why(const question_answer& answer) {
  return static_cast<errc>(answer.reply.errc() - 1);
}

TEST_CASE("traffic: everything pending for a peer leaves in one envelope, in its order") {
  pair_of_hosts pair;
  auto before = pair.a().state.count().envelopes_out;
  for (std::uint32_t slot = 0; slot < 100; ++slot)
    pair.send(10, slot % 2 ? wire::ITEM_RAFT : wire::ITEM_EVENTS, slot);
  pair.a().state.flush();
  CHECK(pair.a().state.count().envelopes_out == before + 1);
  pair.net.settle();
  REQUIRE(pair.b().seen.arrived.size() == 100);
  for (std::uint32_t slot = 0; slot < 100; ++slot)
    CHECK(pair.b().seen.arrived[slot].item.slot() == slot);
  CHECK(pair.b().seen.arrived[0].from == id_of("a"));
}

TEST_CASE("traffic: a flush with nothing to say says nothing, a tick says one thing to each peer") {
  pair_of_hosts pair;
  pair.a().state.flush();
  CHECK(pair.a().state.take_effects().empty());
  pair.net.now += milliseconds(100);
  pair.a().state.tick(pair.net.now);
  pair.send(10);
  pair.a().state.flush();
  CHECK(pair.a().state.take_effects().frames.size() == 1);  // the beat travels with the item
}

TEST_CASE("traffic: to all peers goes a copy to each that has a connection") {
  network net;
  end& a = net.add(hello_of("a"), {"b", "c", "d"});
  net.add(hello_of("b"), {"a"});
  net.add(hello_of("c"), {"a"});
  net.tick();
  a.state.send(0, wire::ITEM_NOTIFICATION, 0, "hear");
  a.state.flush();
  net.settle();
  CHECK(net["b"].seen.arrived.size() == 1);
  CHECK(net["c"].seen.arrived.size() == 1);
  a.state.send(id_of("d"), wire::ITEM_RAFT, 0, "nobody there");
  a.state.flush();
  CHECK(a.state.take_effects().empty());
}

TEST_CASE("traffic: the window is open up to its last byte and opens again by what the peer took in") {
  link_options options;
  options.window_bytes = 1'000;
  options.envelope_bytes = 100;
  pair_of_hosts pair(options);
  for (int i = 0; i < 30; ++i)
    pair.send(100 - around);
  pair.net.cut("b", "a");  // nothing comes back
  pair.a().state.flush();
  pair.net.settle();
  CHECK(pair.b().seen.arrived.size() == 10);
  CHECK(pair.a().state.queued_bytes(id_of("b")) == 2'000);
  pair.a().state.flush();
  pair.net.settle();
  CHECK(pair.b().seen.arrived.size() == 10);
  pair.net.heal();
  pair.net.settle();
  CHECK(pair.b().seen.arrived.size() == 30);
  CHECK(pair.a().state.queued_bytes(id_of("b")) == 0);
}

TEST_CASE("traffic: a quarter of a window is acknowledged at once, less with the next beat") {
  link_options options;
  options.window_bytes = 1'000;
  pair_of_hosts pair(options);
  auto said = [&] { return pair.b().state.count().envelopes_out; };
  auto before = said();
  pair.send(249 - around);
  pair.a().state.flush();
  pair.net.settle();
  CHECK(said() == before);
  pair.send(1);  // 33 more
  pair.a().state.flush();
  pair.net.settle();
  CHECK(said() == before + 1);
}

TEST_CASE("traffic: beats go out beside a closed window") {
  link_options options;
  options.window_bytes = 100;
  pair_of_hosts pair(options);
  pair.net.cut("b", "a");
  for (int i = 0; i < 10; ++i)
    pair.send(100);
  pair.a().state.flush();
  pair.net.pass(milliseconds(500));
  CHECK(pair.b().state.is_up(id_of("a")));
  pair.b().state.take_heard();
  pair.net.pass(milliseconds(100));
  CHECK(pair.b().state.take_heard().alive == std::vector<host_id>{id_of("a")});
}

TEST_CASE("traffic: an item larger than an envelope, or than the window, travels alone") {
  link_options options;
  options.window_bytes = 1'000;
  options.envelope_bytes = 500;
  pair_of_hosts pair(options);
  pair.send(10);
  pair.send(5'000);
  pair.send(10);
  pair.a().state.flush();
  pair.net.settle();
  REQUIRE(pair.b().seen.arrived.size() == 3);
  CHECK(pair.b().seen.arrived[1].item.body().size() == 5'000);
  CHECK(pair.b().state.count().envelopes_in >= 3);
}

TEST_CASE("traffic: over its bound the queue drops raft first, then refuses requests and drops events") {
  link_options options;
  options.window_bytes = 100;
  options.queue_bytes = 1'000;
  pair_of_hosts pair(options);
  pair.net.cut("b", "a");
  pair.send(100 - around, wire::ITEM_EVENTS, 3);
  pair.a().state.flush();  // on its way: the window is full now
  pair.net.settle();
  pair.send(500 - around, wire::ITEM_RAFT);
  pair.send(500 - around, wire::ITEM_EVENTS, 3);
  pair.send(500 - around, wire::ITEM_EVENTS, 3);
  CHECK(pair.a().state.count().raft_dropped == 1);
  CHECK(pair.a().state.count().events_dropped == 0);
  pair.send(500 - around, wire::ITEM_EVENTS, 2);
  CHECK(pair.a().state.count().events_dropped == 1);
  pair.a().state.ask(id_of("b"), 1, "?", milliseconds(1'000), 7, pair.net.now);
  auto answers = pair.a().state.take_effects().answers;
  REQUIRE(answers.size() == 1);
  CHECK(why(answers[0]) == errc::overloaded);
  CHECK(pair.a().state.count().requests_refused == 1);
  CHECK(pair.a().state.queued_bytes(id_of("b")) == 1'000);

  // The peer's hub hears of it once there is room again: an empty batch for the slot.
  pair.net.heal();
  pair.net.pass(milliseconds(300));
  bool told = false;
  for (const arrival& each : pair.b().seen.arrived) {
    wire::event_batches batches;
    if (each.item.kind() == wire::ITEM_EVENTS && each.item.slot() == 2 &&
        batches.ParseFromString(each.item.body()))
      told = batches.slot() == 2 && batches.batches().empty();
  }
  CHECK(told);
}

TEST_CASE("traffic: a slow peer costs a bounded queue and delays nobody else") {
  link_options options;
  options.queue_bytes = 10'000;
  options.window_bytes = 1'000;
  network net(options);
  end& a = net.add(hello_of("a"), {"b", "c"});
  net.add(hello_of("b"), {"a"});
  net.add(hello_of("c"), {"a"});
  net.tick();
  net.cut("b", "a");  // hears, but takes its window nowhere
  for (int i = 0; i < 1'000; ++i) {
    a.state.send(0, wire::ITEM_RAFT, 1, std::string(200, 'x'));
    a.state.flush();
    net.settle();
    REQUIRE(a.state.queued_bytes(id_of("b")) <= options.queue_bytes);
    REQUIRE(a.state.queued_bytes(id_of("c")) == 0);
  }
  CHECK(net["c"].seen.arrived.size() == 1'000);
  CHECK(a.state.count().raft_dropped > 900);
}

TEST_CASE("questions: asked, answered once, by whom they were asked") {
  pair_of_hosts pair;
  pair.a().state.ask(id_of("b"), 3, "what", milliseconds(1'000), 42, pair.net.now);
  pair.a().state.flush();
  pair.net.settle();
  REQUIRE(pair.b().seen.arrived.size() == 1);
  const arrival asked = pair.b().seen.arrived[0];
  CHECK(asked.item.kind() == wire::ITEM_REQUEST);
  CHECK(asked.item.body() == "what");
  wire::peer_reply reply;
  reply.mutable_meta()->set_index(9);
  pair.b().state.reply(asked, reply.SerializeAsString());
  pair.b().state.reply(asked, reply.SerializeAsString());
  pair.b().state.flush();
  pair.net.settle();
  REQUIRE(pair.a().seen.answers.size() == 1);
  CHECK(pair.a().seen.answers[0].cookie == 42);
  CHECK(pair.a().seen.answers[0].reply.meta().index() == 9);
  CHECK(pair.a().state.questions_open() == 0);
}

TEST_CASE("questions: an answer that does not parse is a refusal") {
  pair_of_hosts pair;
  pair.a().state.ask(id_of("b"), 3, "what", milliseconds(1'000), 42, pair.net.now);
  pair.a().state.flush();
  pair.net.settle();
  pair.b().state.reply(pair.b().seen.arrived.at(0), "\xff\xff\xff");
  pair.b().state.flush();
  pair.net.settle();
  REQUIRE(pair.a().seen.answers.size() == 1);
  CHECK(why(pair.a().seen.answers[0]) == errc::not_owner);
  CHECK(pair.a().state.is_up(id_of("b")));
}

TEST_CASE("questions: patience ends at its tick and not one before; a late answer meets nobody") {
  pair_of_hosts pair;
  pair.a().state.ask(id_of("b"), 3, "what", milliseconds(300), 42, pair.net.now);
  pair.net.pass(milliseconds(200));
  CHECK(pair.a().seen.answers.empty());
  pair.net.pass(milliseconds(100));
  REQUIRE(pair.a().seen.answers.size() == 1);
  CHECK(why(pair.a().seen.answers[0]) == errc::timed_out);
  pair.b().state.reply(pair.b().seen.arrived.at(0), {});
  pair.b().state.flush();
  pair.net.settle();
  CHECK(pair.a().seen.answers.size() == 1);
}

TEST_CASE("questions: refused at once when the host is not there, and as soon as it is suspected") {
  pair_of_hosts pair;
  pair.a().state.ask(12'345, 3, "what", milliseconds(9'000), 1, pair.net.now);
  auto answers = pair.a().state.take_effects().answers;
  REQUIRE(answers.size() == 1);
  CHECK(why(answers[0]) == errc::not_owner);
  pair.net.cut("b", "a");
  pair.a().state.ask(id_of("b"), 3, "what", milliseconds(9'000), 2, pair.net.now);
  pair.net.pass(milliseconds(800));
  CHECK(pair.a().seen.answers.empty());
  pair.net.pass(milliseconds(100));
  REQUIRE(pair.a().seen.answers.size() == 1);
  CHECK(why(pair.a().seen.answers[0]) == errc::not_owner);
}

TEST_CASE("questions: one that waits for the window and is refused does not leave any more") {
  link_options options;
  options.window_bytes = 100;
  pair_of_hosts pair(options);
  pair.net.cut("b", "a");
  pair.send(100);
  pair.a().state.flush();
  pair.a().state.ask(id_of("b"), 3, "what", milliseconds(200), 2, pair.net.now);
  pair.net.pass(milliseconds(300));
  REQUIRE(pair.a().seen.answers.size() == 1);
  pair.net.heal();
  pair.net.pass(milliseconds(300));
  for (const arrival& each : pair.b().seen.arrived)
    CHECK(each.item.kind() != wire::ITEM_REQUEST);
  CHECK(pair.a().state.queued_bytes(id_of("b")) == 0);
}

TEST_CASE("traffic: counts that cannot be close the connection instead of the window") {
  pair_of_hosts pair;
  wire::peer_envelope envelope;
  envelope.set_from(id_of("a"));
  envelope.set_from_incarnation(pair.a().state.myself().member().incarnation());
  envelope.set_to_incarnation(pair.b().state.myself().member().incarnation());
  SUBCASE("more taken in than was sent") { envelope.set_received_bytes(1'000'000); }
  SUBCASE("an envelope is missing") {
    envelope.set_sequence(2);
    envelope.add_items();
  }
  SUBCASE("items without a number") { envelope.add_items(); }
  SUBCASE("terms without slots") { envelope.mutable_led()->add_terms(3); }
  pair.net.inject("a", "b", encode_frame(envelope));
  CHECK(pair.b().state.count().bad_frames == 1);
  CHECK_FALSE(pair.b().state.is_up(id_of("a")));
  pair.net.pass(milliseconds(1'000));
  CHECK(pair.b().state.is_up(id_of("a")));
}

}  // namespace
}  // namespace carillon::cluster
