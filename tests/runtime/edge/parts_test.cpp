// The parts of the edge that are plain values: frames, the outbound queue, the timer wheel, the
// topic table, the commands of other threads. No sockets, no threads; time is an argument.
#include <map>
#include <random>
#include <set>

#include <doctest/doctest.h>

#include "runtime/edge/command_queue.hpp"
#include "runtime/edge/frame.hpp"
#include "runtime/edge/outbound_queue.hpp"
#include "runtime/edge/server.hpp"
#include "runtime/edge/timer_wheel.hpp"
#include "runtime/edge/topic_table.hpp"

using namespace carillon;
using namespace carillon::edge;
using namespace std::chrono_literals;

namespace {

std::string header_of(std::size_t payload_size) {
  const frame f(opcode::text, std::string(payload_size, 'x'));
  return std::string(f.wire().substr(0, f.wire().size() - payload_size));
}

// Of a close frame whose reason is `letters` r's and then `rest`.
std::size_t close_size(std::size_t letters, std::string_view rest = {}) {
  std::string reason(letters, 'r');
  reason.append(rest);
  return close_wire(1000, reason).size();
}

}  // namespace

TEST_CASE("server: there are as many connections as descriptors are left for, and no more than wanted") {
  CHECK(connections_possible(60'000, 60'256) == 60'000);
  CHECK(connections_possible(60'000, 60'255) == 59'999);
  CHECK(connections_possible(60'000, 1'000'000'000'000) == 60'000);
  CHECK(connections_possible(60'000, 257) == 1);
  CHECK(connections_possible(60'000, 0) == 1);
}

TEST_CASE("frame: the length takes the shortest of its three forms") {
  CHECK(header_of(0) == std::string("\x81\x00", 2));
  CHECK(header_of(125) == "\x81\x7d");
  CHECK(header_of(126) == std::string("\x81\x7e\x00\x7e", 4));
  CHECK(header_of(65'535) == "\x81\x7e\xff\xff");
  CHECK(header_of(65'536) == std::string("\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00", 10));
}

TEST_CASE("frame: text and binary differ in their opcode only, and the payload can be read back") {
  CHECK(make_text_frame("hi")->wire() == "\x81\x02hi");
  CHECK(make_binary_frame("hi")->wire() == "\x82\x02hi");
  CHECK(payload_of(*make_text_frame("hi")) == "hi");
}

TEST_CASE("frame: a close reason is cut to 123 bytes, and never inside a character") {
  CHECK(close_wire(1001, "bye") == "\x88\x05\x03\xe9"
                                   "bye");
  constexpr std::size_t header_and_code = 4;
  CHECK(close_size(123) == header_and_code + 123);
  CHECK(close_size(124) == header_and_code + 123);
  CHECK(close_size(121, "\xc3\xa9") == header_and_code + 123);
  CHECK(close_size(122, "\xc3\xa9") == header_and_code + 122);
}

TEST_CASE("frame: the end of a text is inside a character until its last byte is there") {
  const std::string characters[] = {"a", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x94\x94"};
  for (const std::string& c : characters) {
    CHECK_FALSE(ends_inside_character("text" + c));
    for (std::size_t cut = 1; cut < c.size(); ++cut)
      CHECK(ends_inside_character("text" + c.substr(0, cut)));
  }
  CHECK_FALSE(ends_inside_character(""));
}

TEST_CASE("outbound queue: a long one takes little more than it holds, and nothing once it has drained") {
  buffer_pool pool;
  outbound_queue queue;
  std::string in, out;
  std::mt19937 chance(7);
  const auto append = [&](std::size_t bytes) {
    const std::string piece(bytes, static_cast<char>('a' + in.size() % 26));
    in += piece;
    queue.append(piece, pool);
  };
  append(300'000);  // one that is longer than a piece
  while (in.size() < 4'000'000)
    append(1 + chance() % 9'000);
  CHECK(queue.size() == in.size());
  CHECK(queue.capacity() < in.size() + in.size() / 8);
  while (!queue.empty()) {
    const std::size_t leaves = std::min<std::size_t>(queue.unsent().size(), 1 + chance() % 100'000);
    out += queue.unsent().substr(0, leaves);
    queue.consume(leaves, pool);
    REQUIRE(queue.size() == in.size() - out.size());
    REQUIRE(queue.capacity() < queue.size() + queue.size() / 8 + 400'000);
    if (out.size() < 1'000'000 && chance() % 3 == 0)
      append(1 + chance() % 9'000);
  }
  CHECK(out == in);
  CHECK(queue.capacity() < 16);
}

TEST_CASE("outbound queue: what is appended comes out in order, however little leaves at a time") {
  buffer_pool pool;
  outbound_queue queue;
  std::string in;
  std::string out;
  std::mt19937 chance(1);
  for (int i = 0; i < 2'000; ++i) {
    const std::string piece(chance() % 50, static_cast<char>('a' + i % 26));
    in += piece;
    if (!piece.empty())
      queue.append(piece, pool);
    const std::size_t leaves = std::min<std::size_t>(queue.size(), chance() % 40);
    out += queue.unsent().substr(0, leaves);
    if (leaves > 0)
      queue.consume(leaves, pool);
    CHECK(queue.size() == in.size() - out.size());
  }
  out += queue.unsent();
  CHECK(out == in);
}

TEST_CASE("timer wheel: nothing fires early, and nothing later than a step") {
  const tick_time start{};
  timer_wheel wheel(start);
  std::mt19937 chance(7);
  std::map<timer_wheel::key, tick_time> filed;
  for (timer_wheel::key k = 1; k <= 1'000; ++k) {
    filed[k] = start + std::chrono::milliseconds(chance() % 40'000);  // several turns of the wheel
    wheel.add(k, filed[k]);
  }
  for (tick_time now = start; !filed.empty() && now < start + 60s; now += 7ms) {
    wheel.advance(now, [&](timer_wheel::key who, timer_wheel::tick) {
      REQUIRE(filed.count(who) == 1);
      CHECK(filed[who] <= now);
      CHECK(now < filed[who] + 2 * timer_wheel::step + 7ms);
      filed.erase(who);
    });
  }
  CHECK(filed.empty());
  CHECK_FALSE(wheel.next());
}

TEST_CASE("timer wheel: a time already past fires with the next step, not within the call") {
  const tick_time start{};
  timer_wheel wheel(start);
  wheel.advance(start + 10s, [](auto, auto) {});
  wheel.add(1, start + 1s);
  int fired = 0;
  wheel.advance(start + 10s, [&](auto, auto) { ++fired; });
  CHECK(fired == 0);
  wheel.advance(start + 10s + timer_wheel::step, [&](auto, auto) { ++fired; });
  CHECK(fired == 1);
}

TEST_CASE("timer wheel: next() is never after the first entry") {
  const tick_time start{};
  timer_wheel wheel(start);
  CHECK_FALSE(wheel.next());
  wheel.add(1, start + 30s);
  REQUIRE(wheel.next());
  CHECK(*wheel.next() <= start + 30s + timer_wheel::step);
  wheel.add(2, start + 100ms);
  CHECK(*wheel.next() <= start + 100ms + timer_wheel::step);
  CHECK(*wheel.next() >= start + 100ms);
}

namespace {

struct member {
  int name = 0;
  topic_table<member>::links topics;
};

std::set<int> subscribers(const topic_table<member>& table, topic_id topic) {
  std::set<int> names;
  table.for_each(topic, [&](member& m) { CHECK(names.insert(m.name).second); });
  return names;
}

}  // namespace

TEST_CASE("topic table: subscribing twice is once, and an empty topic is gone") {
  topic_table<member> table;
  member m{1, {}};
  table.subscribe(m, 5);
  table.subscribe(m, 5);
  CHECK(subscribers(table, 5) == std::set<int>{1});
  table.unsubscribe(m, 6);
  table.unsubscribe(m, 5);
  CHECK(subscribers(table, 5).empty());
  CHECK(table.topic_count() == 0);
}

TEST_CASE("topic table: agrees with a plain set of pairs on random subscriptions") {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    std::mt19937 chance(seed);
    topic_table<member> table;
    std::vector<member> members(12);
    for (int i = 0; i < 12; ++i)
      members[static_cast<std::size_t>(i)].name = i;
    std::map<topic_id, std::set<int>> plain;
    for (int step = 0; step < 500; ++step) {
      member& m = members[chance() % members.size()];
      const topic_id topic = chance() % 8;
      switch (chance() % 8) {
      case 0:
        table.unsubscribe_all(m);
        for (auto& [id, names] : plain)
          names.erase(m.name);
        break;
      case 1:
      case 2:
        table.unsubscribe(m, topic);
        plain[topic].erase(m.name);
        break;
      default:
        table.subscribe(m, topic);
        plain[topic].insert(m.name);
      }
      for (topic_id t = 0; t < 8; ++t)
        REQUIRE(subscribers(table, t) == plain[t]);
    }
  }
}

TEST_CASE("command queue: the thread is woken once for all that it takes at a time") {
  int wakes = 0;
  command_queue queue([&] { ++wakes; });
  std::vector<command> taken;
  for (int burst = 1; burst <= 2; ++burst) {
    for (connection_id who = 1; who <= 3; ++who)
      queue.push(subscribe_command{who, 7});
    CHECK(wakes == burst);
    queue.take(taken);
    CHECK(taken.size() == 3);
    taken.clear();
  }
}

TEST_CASE("command queue: what may wait wakes nobody by itself, and goes with a nudge or with the next that may not") {
  int wakes = 0;
  command_queue queue([&] { ++wakes; });
  std::vector<command> taken;
  queue.push(subscribe_command{1, 7}, true);
  queue.push(subscribe_command{2, 7}, true);
  CHECK(wakes == 0);
  queue.nudge();
  CHECK(wakes == 1);
  queue.nudge();
  CHECK(wakes == 1);
  queue.take(taken);
  CHECK(taken.size() == 2);
  taken.clear();

  queue.nudge();  // nothing waits
  CHECK(wakes == 1);
  queue.push(subscribe_command{3, 7}, true);
  queue.push(subscribe_command{4, 7});
  CHECK(wakes == 2);
  queue.take(taken);
  CHECK(taken.size() == 2);
}
