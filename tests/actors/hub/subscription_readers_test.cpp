// What the hub gives to connections that are behind: pages of the log, each event once and in order,
// never at the cost of those who keep up, and nothing to those who have left.
#include <algorithm>
#include <random>

#include "runtime/edge/lag_state.hpp"
#include "tests/actors/hub/table_case.hpp"

namespace carillon::test {
namespace {

struct page {
  std::uint64_t reached;
  bool complete;
};

struct late_recorder : recorder {
  std::map<connection_id, seqs> late;
  std::map<connection_id, std::vector<page>> pages;
  std::map<connection_id, std::uint64_t> told;

  void tell_behind(connection_id who, const entity_id&, std::uint64_t from) override {
    told[who] = from;
  }
  void send_late(connection_id who, topic_id, const entity_id&,
                 const wire::channel_event& event) override {
    late[who].push_back(event.seq());
  }
  void end_page(connection_id who, topic_id, std::uint64_t reached, bool complete) override {
    pages[who].push_back({reached, complete});
  }
};

constexpr std::size_t plenty = 1u << 20;

// Alice's connection 1 is in the channel, which stands at `last`.
struct reading_case : table_case {
  explicit reading_case(late_recorder& sink, std::uint64_t last = 10) : table_case(sink) {
    open(1, alice, team, {general});
    confirmed(general, last, {});
    topic = channel_topic(general);
  }
  void behind(connection_id who, std::uint64_t from, std::size_t room = plenty, bool first = false) {
    catch_up({who, topic, from, room, first});
  }
  topic_id topic = 0;
};

TEST_CASE("hub: who is behind gets a page from the log, and is told when it was the last one") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 4, plenty, true);
  CHECK(sink.told[1] == 4);
  REQUIRE(sink.wants.size() == 2);
  CHECK(sink.wants[1] == 3);
  table.confirmed(general, 7, events(4, 7));
  CHECK(sink.late[1] == seqs{4, 5, 6, 7});
  REQUIRE(sink.pages[1].size() == 1);
  CHECK(sink.pages[1][0].reached == 7);
  CHECK_FALSE(sink.pages[1][0].complete);
  CHECK(sink.wants.size() == 2);  // the next page waits for the next question
  table.behind(1, 8);
  table.confirmed(general, 10, events(8, 10));
  CHECK(sink.late[1].back() == 10);
  CHECK(sink.pages[1].back().complete);
  CHECK(sink.seen[1].empty());
}

TEST_CASE("hub: a page ends when there is no more room, but has one event at least") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 1, 1);
  table.confirmed(general, 10, events(1, 10));
  CHECK(sink.late[1] == seqs{1});
  table.behind(1, 2, 1'000);
  table.confirmed(general, 10, events(2, 10));
  CHECK(sink.late[1].size() > 2);
  CHECK(sink.late[1].size() < 9);
}

TEST_CASE("hub: a question about what is the newest already is answered without asking anybody") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 11);
  CHECK(sink.wants.size() == 1);
  REQUIRE(sink.pages[1].size() == 1);
  CHECK(sink.pages[1][0].complete);
}

TEST_CASE("hub: what a busy channel says while a page is read is given to the reader with it") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 9);
  table.delivered(batch(general, 11, 14));
  table.confirmed(general, 11, events(9, 11));
  table.delivered(batch(general, 15, 15));
  CHECK(sink.late[1] == seqs{9, 10, 11, 12, 13, 14});
  CHECK(sink.pages[1].back().reached == 14);
  CHECK(sink.pages[1].back().complete);
}

TEST_CASE("hub: a gap in a live channel is asked for before anything for those who are behind") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 2);
  table.delivered(batch(general, 13, 13));  // 11 and 12 did not come
  table.confirmed(general, 5, events(2, 5));
  CHECK(sink.wants.back() == 10);
  CHECK(sink.late[1] == seqs{2, 3, 4, 5});
  table.confirmed(general, 13, events(11, 13));
  CHECK(sink.seen[1] == seqs{11, 12, 13});
}

TEST_CASE("hub: readers at different places are all served, those furthest behind first") {
  late_recorder sink;
  reading_case table(sink);
  table.open(2, bob, team, {general});
  table.behind(1, 8);
  table.behind(2, 3);
  CHECK(sink.wants.back() == 7);
  table.confirmed(general, 10, events(8, 10));
  CHECK(sink.late[1] == seqs{8, 9, 10});
  CHECK(sink.wants.back() == 2);
  table.confirmed(general, 10, events(3, 10));
  CHECK(sink.late[2] == seqs{3, 4, 5, 6, 7, 8, 9, 10});
}

TEST_CASE("hub: who left is unsubscribed instead of read to, and an old question gets nothing from before") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 2);
  table.left(alice, general, 11);
  table.confirmed(general, 10, events(2, 10));
  CHECK(sink.late[1].empty());
  table.behind(1, 2);
  CHECK(sink.late[1].empty());
  table.open(2, bob, team, {general});
  table.confirmed(general, 20, {});
  table.joined(alice, general, 21);
  table.delivered(batch(general, 21, 22));
  table.topic = table.channel_topic(general);
  table.behind(1, 2);
  CHECK(sink.wants.back() == 20);
  table.confirmed(general, 22, events(21, 22));
  CHECK(sink.late[1] == seqs{21, 22});
}

TEST_CASE("hub: a long answer serves many questions, until a message in it is edited or it is forgotten") {
  late_recorder sink;
  reading_case table(sink, 200);
  table.behind(1, 1, 1'000);
  table.confirmed(general, 100, events(1, 100));
  const auto asked = sink.wants.size();
  while (sink.late[1].size() < 50)
    table.behind(1, sink.late[1].back() + 1, 1'000);
  CHECK(sink.wants.size() == asked);
  auto edit = batch(general, 201, 201);
  edit.mutable_events(0)->set_kind(wire::EVENT_MESSAGE_CHANGED);
  table.delivered(edit);
  table.behind(1, sink.late[1].back() + 1, 1'000);
  CHECK(sink.wants.size() == asked + 1);
  const auto reached = sink.late[1].back();
  table.confirmed(general, reached + 100, events(reached + 1, reached + 100));
  table.forget_pages();
  table.behind(1, sink.late[1].back() + 1, 1'000);
  CHECK(sink.wants.size() == asked + 2);
  for (std::size_t i = 0; i < sink.late[1].size(); ++i)
    REQUIRE(sink.late[1][i] == i + 1);
}

TEST_CASE("hub: a log that lacks what it should have is not asked for it again and again") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 2);
  const auto asked = sink.wants.size();
  table.confirmed(general, 1, {});
  CHECK(sink.wants.size() == asked);
  CHECK(sink.pages[1].empty());
}

TEST_CASE("hub: another leader is asked for the pages that the one before did not give") {
  late_recorder sink;
  reading_case table(sink);
  table.behind(1, 2);
  table.ask_again(general);
  CHECK(sink.wants.back() == 10);
  table.confirmed(general, 10, {});
  CHECK(sink.wants.back() == 1);
  table.confirmed(general, 10, events(2, 10));
  CHECK(sink.late[1].size() == 9);
  CHECK(sink.pages[1].back().complete);
}

// The table and the connection's own half (lag_state) together, with a queue that is nearly always full.
struct slow_client final : late_recorder {
  edge::lag_state lag;
  std::vector<edge::log_position> queue;
  seqs got;
  std::size_t room = 8;

  void publish(topic_id topic, const entity_id& channel, const wire::channel_event& event,
               connection_id except) override {
    recorder::publish(topic, channel, event, except);
    for (connection_id who : topics[topic])
      if (who == 1 && except == 1)
        lag.has({topic, event.seq()});
      else if (who == 1 && (lag.is_behind(topic) || queue.size() >= room))
        lag.miss({topic, event.seq()});
      else if (who == 1)
        queue.push_back({topic, event.seq()});
  }
  void send_late(connection_id, topic_id topic, const entity_id&,
                 const wire::channel_event& event) override {
    if (!lag.is_next({topic, event.seq()}) || queue.size() >= room)
      return;
    lag.take({topic, event.seq()});
    queue.push_back({topic, event.seq()});
  }
  void end_page(connection_id, topic_id topic, std::uint64_t reached, bool complete) override {
    lag.page_over({topic, reached}, complete);
  }
};

TEST_CASE("hub: a newcomer that is behind before it has had its replay gets each event once") {
  late_recorder sink;
  reading_case table(sink, 200);
  table.behind(1, 100, 1);
  table.confirmed(general, 200, events(100, 200));  // kept for the next questions
  table.open(2, bob, team, {other});
  table.confirmed(other, 0, {});
  table.joined(bob, general, 51);
  table.confirmed(general, 120, events(51, 120));
  table.behind(2, 100);  // the client took no more than 99
  CHECK(sink.pages[2].empty());
  table.confirmed(general, 200, events(121, 200));
  table.confirmed(general, 200, {});
  CHECK(sink.seen[2].back() == 200);
  CHECK(sink.pages[2].empty());
  CHECK(sink.wants.back() == 99);
  table.confirmed(general, 200, events(100, 200));
  CHECK(sink.late[2].front() == 100);
  CHECK(sink.late[2].back() == 200);
  REQUIRE(sink.pages[2].size() == 1);
  CHECK(sink.pages[2].back().complete);
}

TEST_CASE("hub: however slow a client is, it gets each event once and in order, and others are not held up") {
  std::size_t read_back = 0;
  for (unsigned seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 chance(seed);
    slow_client sink;
    table_case table(sink);
    table.open(1, alice, team, {general});
    table.open(2, bob, team, {general});
    table.confirmed(general, 0, {});
    std::uint64_t newest = 0;
    seqs own;
    std::size_t answered = sink.wants.size();
    auto answer = [&] {
      if (answered == sink.wants.size())
        return;
      answered = sink.wants.size();
      const std::uint64_t after = sink.wants.back().value_or(newest);
      const std::uint64_t end = std::min(newest, after + 1 + chance() % 80);
      const auto replay = events(after + 1, std::max(after, end));
      table.confirmed(general, replay.empty() ? after : end, replay);
    };
    auto drain = [&] {
      for (auto left = chance() % 6; left > 0 && !sink.queue.empty(); --left) {
        sink.got.push_back(sink.queue.front().seq);
        sink.queue.erase(sink.queue.begin());
      }
      while (sink.queue.empty()) {
        auto question = sink.lag.ask();
        if (!question)
          break;
        ++read_back;
        table.catch_up({1, question->topic, question->from, 200 + chance() % 4'000, question->first});
      }
    };
    for (int step = 0; step < 1'500; ++step) {
      switch (chance() % 5) {
        case 0:
        case 1: {
          const auto many = 1 + chance() % 4;
          const bool mine = chance() % 6 == 0;
          if (chance() % 10 != 0)  // lost on the way
            table.delivered(batch(general, newest + 1, newest + many, mine ? 1 : 0));
          else
            table.ask_again(general);
          newest += many;
          break;
        }
        case 2:
          answer();
          break;
        default:
          drain();
      }
    }
    ++newest;
    table.delivered(batch(general, newest, newest));
    for (int step = 0; step < 20'000 && (sink.got.empty() || sink.got.back() != newest); ++step) {
      answer();
      drain();
    }
    CHECK(sink.lag.over());
    CHECK(sink.seen[2].size() == newest);
    REQUIRE(std::is_sorted(sink.got.begin(), sink.got.end()));
    REQUIRE(std::adjacent_find(sink.got.begin(), sink.got.end()) == sink.got.end());
    // What it did not get are its own posts, which went to the others only.
    for (std::uint64_t seq = 1; seq <= newest; ++seq)
      if (!std::binary_search(sink.got.begin(), sink.got.end(), seq))
        REQUIRE(std::count(sink.seen[1].begin(), sink.seen[1].end(), seq) == 0);
  }
  CHECK(read_back > 1'000);
}

}  // namespace
}  // namespace carillon::test
