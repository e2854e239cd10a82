// What a connection that reads too slowly is given, and what it is asked for on its behalf: the core
// by itself, then in random interleavings of posts, pages, questions and departures, against the
// plainest model of what such a client has to see; and how full queues are shared out.
#include <deque>
#include <map>
#include <random>
#include <set>
#include <utility>
#include <variant>
#include <vector>

#include <doctest/doctest.h>

#include "runtime/edge/lag_state.hpp"
#include "runtime/edge/outbound_budget.hpp"

using namespace carillon::edge;

namespace {

using std::uint64_t;
constexpr topic_id lobby = 1;
constexpr topic_id attic = 2;

}  // namespace

TEST_CASE("lag: a topic is read back from the first event that found no room, one after the other") {
  lag_state lag;
  CHECK(lag.over());
  lag.miss({lobby, 7});
  lag.miss({lobby, 8});
  CHECK(lag.is_behind(lobby));
  CHECK_FALSE(lag.is_behind(attic));
  auto question = lag.ask();
  REQUIRE(question);
  CHECK(question->topic == lobby);
  CHECK(question->from == 7);
  CHECK(question->first);
  CHECK_FALSE(lag.ask());  // one page at a time
  CHECK_FALSE(lag.is_next({lobby, 8}));
  CHECK(lag.is_next({lobby, 7}));
  lag.take({lobby, 7});
  CHECK_FALSE(lag.is_next({lobby, 7}));
  lag.page_over({lobby, 7}, false);
  question = lag.ask();
  REQUIRE(question);
  CHECK(question->from == 8);
  CHECK_FALSE(question->first);
  lag.take({lobby, 8});
  lag.page_over({lobby, 8}, true);
  CHECK(lag.over());
}

TEST_CASE("lag: a page that says it was the last ends nothing when some of it found no room") {
  lag_state lag;
  lag.miss({lobby, 7});
  lag.ask();
  lag.take({lobby, 7});
  lag.page_over({lobby, 9}, true);
  CHECK_FALSE(lag.over());
  CHECK(lag.ask()->from == 8);
}

TEST_CASE("lag: a client's own posts, which it has its answers for, are passed over") {
  lag_state lag;
  lag.miss({lobby, 7});
  lag.has({lobby, 8});
  lag.has({lobby, 9});
  lag.has({attic, 1});  // it is not behind there
  lag.ask();
  lag.take({lobby, 7});
  CHECK_FALSE(lag.is_next({lobby, 8}));
  CHECK(lag.is_next({lobby, 10}));
  lag.page_over({lobby, 9}, true);
  CHECK(lag.over());
}

TEST_CASE("lag: who leaves a topic is asked for nothing there, and an old page changes nothing") {
  lag_state lag;
  lag.miss({lobby, 7});
  lag.miss({attic, 3});
  lag.ask();
  lag.forget(lobby);
  CHECK_FALSE(lag.is_next({lobby, 7}));
  lag.page_over({lobby, 9}, true);
  CHECK(lag.ask()->topic == attic);
  lag.forget(attic);
  CHECK(lag.over());
}

TEST_CASE("lag: topics are asked for in turn, few at a time, so none keeps the others") {
  lag_state lag;
  constexpr topic_id topics = 6;
  for (topic_id topic = 1; topic <= topics; ++topic)
    lag.miss({topic, 1});
  std::vector<topic_id> asked;
  while (auto question = lag.ask())
    asked.push_back(question->topic);
  CHECK(asked == std::vector<topic_id>{1, 2, 3, 4});
  lag.page_over({2, 0}, false);
  CHECK(lag.ask()->topic == 5);
  lag.page_over({3, 0}, false);
  CHECK(lag.ask()->topic == 6);
  lag.page_over({1, 0}, false);
  CHECK(lag.ask()->topic == 2);
}

namespace {

struct live {
  log_position at;
  bool own;
};
struct late {
  log_position at;
};
struct page_end {
  log_position reached;
  bool complete;
};
struct leaves {
  topic_id topic;
};
struct joins {
  topic_id topic;
};
using said = std::variant<live, late, page_end, leaves, joins>;

// A log that answers whenever chance lets it, a connection with a short queue, and its client.
struct site {
  explicit site(unsigned seed) : chance(seed) {}

  bool one_in(unsigned many) { return chance() % many == 0; }

  // -- the log's side: one thread, so one order --
  void post(topic_id topic) {
    const bool own = one_in(5);
    ++newest[topic];
    if (own)
      owned.insert({topic, newest[topic]});
    if (member[topic])
      to_edge.push_back(live{{topic, newest[topic]}, own});
  }
  void answer() {
    if (questions.empty())
      return;
    auto [topic, from] = questions.front();
    questions.pop_front();
    if (!member[topic])
      return to_edge.push_back(leaves{topic});
    uint64_t reached = std::max(from, joined[topic]) - 1;
    for (unsigned room = chance() % 8; room > 0 && reached < newest[topic]; --room)
      to_edge.push_back(late{{topic, ++reached}});
    to_edge.push_back(page_end{{topic, reached}, reached == newest[topic]});
  }
  void come_or_go(topic_id topic) {
    member[topic] = !member[topic];
    if (member[topic])
      joined[topic] = newest[topic] + 1;
    to_edge.push_back(member[topic] ? said(joins{topic}) : said(leaves{topic}));
  }

  // -- the connection's side --
  void carry_out() {
    if (to_edge.empty())
      return;
    said next = to_edge.front();
    to_edge.pop_front();
    std::visit([this](const auto& what) { take(what); }, next);
    ask();
  }
  void take(const live& what) {
    if (!subscribed[what.at.topic])
      return;
    if (what.own)
      lag.has(what.at);
    else if (lag.is_behind(what.at.topic) || queue.size() >= queue_max)
      lag.miss(what.at);
    else
      queue.push_back(what.at);
  }
  void take(const late& what) {
    if (!lag.is_next(what.at) || queue.size() >= queue_max)
      return;
    lag.take(what.at);
    queue.push_back(what.at);
  }
  void take(const page_end& what) { lag.page_over(what.reached, what.complete); }
  void take(const leaves& what) {
    subscribed[what.topic] = false;
    lag.forget(what.topic);
  }
  void take(const joins& what) {
    subscribed[what.topic] = true;
    queue.push_back({what.topic, 0});  // the client sees where it joined
  }
  void ask() {
    if (queue.empty())
      while (auto question = lag.ask())
        questions.emplace_back(question->topic, question->from);
  }
  void drain() {
    for (auto left = chance() % 4; left > 0 && !queue.empty(); --left) {
      client_sees(queue.front());
      queue.pop_front();
    }
    ask();
  }

  // -- the client's: in a membership, each number follows the one before, but for its own posts --
  void client_sees(log_position at) {
    uint64_t& seen = last_seen[at.topic];
    if (at.seq == 0) {
      seen = 0;
      return;
    }
    if (seen != 0) {
      REQUIRE(at.seq > seen);
      for (uint64_t between = seen + 1; between < at.seq; ++between)
        REQUIRE(owned.contains({at.topic, between}));
    }
    REQUIRE_FALSE(owned.contains({at.topic, at.seq}));
    seen = at.seq;
  }

  static constexpr std::size_t queue_max = 6;
  std::mt19937 chance;
  lag_state lag;
  std::map<topic_id, uint64_t> newest, joined, last_seen;
  std::map<topic_id, bool> member, subscribed;
  std::set<std::pair<topic_id, uint64_t>> owned;
  std::deque<said> to_edge;
  std::deque<std::pair<topic_id, uint64_t>> questions;
  std::deque<log_position> queue;
};

}  // namespace

TEST_CASE("lag: whatever crosses whatever, a client sees each event of its topics once and in order") {
  std::size_t spells = 0;
  for (unsigned seed = 1; seed <= 400; ++seed) {
    CAPTURE(seed);
    site s(seed);
    const topic_id topics = 1 + seed % 6;
    for (topic_id topic = 1; topic <= topics; ++topic) {
      s.member[topic] = s.subscribed[topic] = true;
      s.joined[topic] = 1;
    }
    for (int step = 0; step < 3'000; ++step) {
      const topic_id topic = 1 + s.chance() % topics;
      const bool was_over = s.lag.over();
      switch (s.chance() % 8) {
        case 0:
        case 1:
          s.post(topic);
          break;
        case 2:
          s.answer();
          break;
        case 3:
          if (s.one_in(40))
            s.come_or_go(topic);
          break;
        case 4:
          s.drain();
          break;
        default:
          s.carry_out();
      }
      spells += was_over && !s.lag.over();
    }
    // The client reads on: it gets all that there is.
    for (int step = 0; step < 100'000 && !(s.lag.over() && s.to_edge.empty() && s.queue.empty());
         ++step) {
      s.drain();
      s.answer();
      s.carry_out();
    }
    REQUIRE(s.lag.over());
    for (topic_id topic = 1; topic <= topics; ++topic)
      if (s.member[topic])
        for (uint64_t seq = std::max(s.last_seen[topic] + 1, s.joined[topic]); seq <= s.newest[topic];
             ++seq)
          REQUIRE(s.owned.contains({topic, seq}));
  }
  CHECK(spells > 1'000);
}

TEST_CASE("outbound budget: a connection has all of its limit while half of the whole is free, then less") {
  using budget = outbound_budget;
  constexpr std::size_t mib = 1u << 20;
  CHECK(budget::limit_at(0, 256 * mib, 4 * mib) == 4 * mib);
  CHECK(budget::limit_at(128 * mib, 256 * mib, 4 * mib) == 4 * mib);
  CHECK(budget::limit_at(192 * mib, 256 * mib, 4 * mib) == 2 * mib);
  CHECK(budget::limit_at(255 * mib, 256 * mib, 4 * mib) == budget::small_queue);
  CHECK(budget::limit_at(256 * mib, 256 * mib, 4 * mib) == 0);
  CHECK(budget::limit_at(255 * mib, 256 * mib, 1'000) == 1'000);
}

TEST_CASE("outbound budget: what threads add and take back is summed") {
  outbound_budget all(1'000);
  all.add(600);
  all.add(-100);
  CHECK(all.total() == 500);
  all.add(-600);
  CHECK(all.total() == 0);  // a thread may tell late
}
