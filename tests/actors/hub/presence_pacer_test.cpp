// What watchers are told and when: one event per window, the hard budget of a connection and of the
// host, growing windows, nothing by itself when it is too much, and at the end everybody's view is
// right, whatever happened on the way.
#include "actors/hub/presence_pacer.hpp"

#include <map>
#include <set>

#include <doctest/doctest.h>

#include "runtime/base/random.hpp"

namespace carillon::test {
namespace {

using ms = std::chrono::milliseconds;
using list = presence_pacer::list;
using level = presence_pacer::level;
using ids = std::vector<entity_id>;

constexpr auto away = wire::PRESENCE_AWAY;
constexpr auto active = wire::PRESENCE_ACTIVE;
constexpr std::size_t all = 1'000'000;

entity_id user(std::uint64_t number) {
  return {id_kind::user, number};
}

// Time, and clients that read at once unless told otherwise.
struct pacer_case {
  presence_pacer pacer;
  tick_time now{ms(1'000'000)};
  bool reads = true;
  std::map<edge::connection_id, std::map<entity_id, bool>> view;
  std::map<edge::connection_id, std::size_t> events_to;
  std::vector<std::pair<tick_time, presence_pacer::event>> sent;

  explicit pacer_case(presence_pacer::limits how = {}) : pacer(how) {}

  std::size_t work(std::size_t portion = all, bool busy = false) {
    const auto events = pacer.work(now, portion, busy);
    for (const auto& event : events) {
      for (const entity_id& who : event.users)
        view[event.to][who] = event.active;
      ++events_to[event.to];
      sent.emplace_back(now, event);
      if (reads)
        pacer.written(event.to, true, now);
    }
    return events.size();
  }
  std::size_t pass(ms time, bool busy = false) {
    std::size_t events = 0;
    for (; time > ms(0); time -= ms(10)) {
      now += ms(10);
      events += work(all, busy);
    }
    return events;
  }
  void watch(edge::connection_id who, const ids& users, list which = list::asked_for) {
    pacer.watch(who, which, users, now);
  }
  void hear(std::uint64_t number, wire::presence_kind state) {
    pacer.heard(user(number), state, now);
  }
};

TEST_CASE("pacer: all who come in a window are one event, and it is sent when the window is over") {
  pacer_case it;
  it.watch(1, {user(1), user(2), user(3)});
  it.hear(1, active);
  CHECK(it.pass(ms(490)) == 0);
  it.hear(2, active);
  CHECK(it.pass(ms(10)) == 1);
  REQUIRE(it.sent.size() == 1);
  CHECK(it.sent[0].second.to == 1);
  CHECK(it.sent[0].second.active);
  CHECK(it.sent[0].second.users == ids{user(1), user(2)});
  CHECK(it.pass(ms(2'000)) == 0);
}

TEST_CASE("pacer: who goes and is back within the window is no event") {
  pacer_case it;
  it.watch(1, {user(1)});
  it.hear(1, active);
  it.pass(ms(1'000));
  it.sent.clear();
  it.hear(1, away);
  it.pass(ms(100));
  it.hear(1, active);
  it.pass(ms(2'000));
  CHECK(it.sent.empty());
}

TEST_CASE("pacer: those who came and those who went are two events, the more of them first") {
  pacer_case it({.per_connection = 2, .per_host = 100, .window = ms(100)});
  it.watch(1, {user(1), user(2), user(3)});
  it.hear(1, active);
  it.hear(2, away);
  it.hear(3, away);
  it.pass(ms(100));
  REQUIRE(it.sent.size() == 1);
  CHECK_FALSE(it.sent[0].second.active);
  CHECK(it.pass(ms(490)) == 0);  // its budget: 2 a second
  CHECK(it.pass(ms(10)) == 1);
  CHECK(it.sent[1].second.users == ids{user(1)});
}

TEST_CASE("pacer: no connection gets more events in any second than its budget, and the last state counts") {
  pacer_case it({.per_connection = 3, .per_host = 1'000, .window = ms(10)});
  it.watch(1, {user(1)});
  for (int i = 0; i < 1'001; ++i) {
    it.hear(1, i % 7 < 3 ? active : away);
    it.pass(ms(10));
  }
  CHECK(it.sent.size() > 20);
  for (std::size_t i = 3; i < it.sent.size(); ++i)
    CHECK(it.sent[i].first - it.sent[i - 3].first >= std::chrono::seconds(1));
  it.pass(ms(1'000));
  CHECK_FALSE(it.view[1][user(1)]);
}

TEST_CASE("pacer: the host's budget holds in every second; windows grow for all alike, and all are told") {
  constexpr std::size_t rate = 100;
  pacer_case it({.per_connection = 10, .per_host = rate, .window = ms(100)});
  for (edge::connection_id who = 1; who <= 300; ++who)
    it.watch(who, {user(1)});
  it.hear(1, active);
  it.pass(ms(200));
  CHECK(it.pacer.now_at() == level::normal);
  it.pass(ms(300));
  CHECK(it.pacer.now_at() == level::longer_windows);
  it.pass(ms(4'000));
  CHECK(it.pacer.now_at() == level::normal);
  CHECK(it.view.size() == 300);
  CHECK(it.sent.size() == 300);
  CHECK(it.pacer.counted().delayed > 250);
  for (std::size_t i = rate; i < it.sent.size(); ++i)
    CHECK(it.sent[i].first - it.sent[i - rate].first >= ms(990));
}

TEST_CASE("pacer: a budget of ten a second, the least there is, is held too") {
  pacer_case it({.per_connection = 10, .per_host = 10, .window = ms(10)});
  for (edge::connection_id who = 1; who <= 40; ++who)
    it.watch(who, {user(1)});
  it.hear(1, active);
  it.pass(ms(6'000));
  CHECK(it.sent.size() == 40);
  for (std::size_t i = 10; i < it.sent.size(); ++i)
    CHECK(it.sent[i].first - it.sent[i - 10].first >= ms(990));
}

TEST_CASE("pacer: a new list replaces the old one, and says how everyone in it is") {
  pacer_case it;
  it.watch(1, {user(1), user(2)});
  it.hear(1, active);
  it.hear(2, active);
  it.pass(ms(1'000));
  it.sent.clear();
  auto change = it.pacer.watch(1, list::asked_for, {user(2), user(3), user(3)}, it.now);
  CHECK(change.begun == ids{user(3)});
  CHECK(change.ended == ids{user(1)});
  it.hear(1, away);
  it.hear(3, active);
  it.pass(ms(1'000));
  REQUIRE(it.sent.size() == 1);
  CHECK(it.sent[0].second.users == ids{user(2), user(3)});
}

TEST_CASE("pacer: friends are watched beside the list, whatever that becomes, and are not told anew") {
  pacer_case it;
  it.watch(1, {user(1), user(2)}, list::friends);
  it.hear(1, active);
  it.hear(2, active);
  it.pass(ms(1'000));
  it.sent.clear();
  it.watch(1, {user(3)});
  it.watch(1, {});
  CHECK(it.pacer.users() == 2);
  CHECK(it.pass(ms(1'000)) == 0);
  it.watch(1, {user(1)}, list::friends);
  CHECK(it.pass(ms(1'000)) == 0);
  CHECK_FALSE(it.pacer.watches(user(2)));
  it.hear(1, away);
  CHECK(it.pass(ms(1'000)) == 1);
}

TEST_CASE("pacer: what begins and ends to be watched is said once, by the first and the last who do") {
  pacer_case it;
  CHECK(it.pacer.watch(1, list::asked_for, {user(1)}, it.now).begun == ids{user(1)});
  CHECK(it.pacer.watch(2, list::asked_for, {user(1)}, it.now).begun.empty());
  CHECK(it.pacer.subscriptions() == 2);
  CHECK(it.pacer.forget(1).ended.empty());
  CHECK(it.pacer.forget(2).ended == ids{user(1)});
  CHECK(it.pacer.forget(2).ended.empty());
  CHECK(it.pacer.subscriptions() == 0);
  CHECK(it.pacer.users() == 0);
  CHECK(it.pacer.connections() == 0);
}

TEST_CASE("pacer: nothing is known of a user until the slot speaks, and what it does not know is no news") {
  pacer_case it;
  it.watch(1, {user(1)});
  CHECK(it.pass(ms(1'000)) == 0);
  it.hear(1, wire::PRESENCE_UNKNOWN);
  CHECK(it.pass(ms(1'000)) == 0);
  it.hear(1, away);
  CHECK(it.pass(ms(1'000)) == 1);
  it.hear(1, wire::PRESENCE_UNKNOWN);
  it.watch(2, {user(1)});  // known already: told without anybody's word
  CHECK(it.pass(ms(1'000)) == 1);
  CHECK_FALSE(it.view[2].at(user(1)));
}

TEST_CASE("pacer: while an event is on its way to a slow client no other one is, and then one says it all") {
  pacer_case it;
  it.reads = false;
  it.watch(1, {user(1), user(2), user(3)});
  it.hear(1, active);
  it.pass(ms(1'000));
  CHECK(it.sent.size() == 1);
  it.hear(2, active);
  it.hear(3, active);
  it.hear(1, away);
  it.hear(1, active);
  CHECK(it.pass(ms(10'000)) == 0);
  it.pacer.written(1, true, it.now);
  it.reads = true;
  CHECK(it.pass(ms(1'000)) == 1);
  CHECK(it.sent.back().second.users == ids{user(2), user(3)});
}

TEST_CASE("pacer: what an event said that was dropped on its way is said again, as it is then") {
  pacer_case it;
  it.reads = false;
  it.watch(1, {user(1), user(2)});
  it.hear(1, active);
  it.hear(2, active);
  it.pass(ms(1'000));
  it.view.clear();  // it never arrived
  it.hear(2, away);
  it.reads = true;
  it.pacer.written(1, false, it.now);
  CHECK(it.pass(ms(990)) == 0);
  it.pass(ms(2'000));
  CHECK(it.view[1].at(user(1)));
  CHECK_FALSE(it.view[1].at(user(2)));
  CHECK(it.pacer.counted().made_up == 1);
}

TEST_CASE("pacer: a user watched by thousands is gone through in portions") {
  pacer_case it;
  for (edge::connection_id who = 1; who <= 1'000; ++who)
    it.watch(who, {user(1)});
  it.hear(1, active);
  it.work(300);
  CHECK(it.pacer.waiting() == 300);
  CHECK(it.pacer.next_work(it.now) == it.now);
  it.pacer.forget(7);  // one of those who have heard
  it.work(300);
  it.work(300);
  it.work(300);
  CHECK(it.pacer.waiting() == 999);
  CHECK(*it.pacer.next_work(it.now) > it.now);
  it.pass(ms(2'000));
  CHECK(it.view.size() == 999);
}

TEST_CASE("pacer: too much for too long, and nothing is told by itself; when it is quieter all is made good") {
  pacer_case it({.per_connection = 10, .per_host = 100, .window = ms(100), .window_max = ms(1'000)});
  for (edge::connection_id who = 1; who <= 500; ++who)
    it.watch(who, {user(1), user(2)});
  for (int i = 0; i < 40; ++i) {
    it.hear(1 + static_cast<std::uint64_t>(i % 2), i % 4 < 2 ? active : away);
    it.pass(ms(100));
  }
  CHECK(it.pacer.now_at() == level::on_demand);
  const std::size_t before = it.sent.size();
  for (int i = 0; i < 40; ++i) {
    it.hear(1 + static_cast<std::uint64_t>(i % 2), i % 4 < 2 ? active : away);
    it.pass(ms(100));
  }
  CHECK(it.sent.size() == before);
  it.hear(1, active);
  it.hear(2, away);
  it.pass(ms(2'500));
  CHECK(it.pacer.now_at() != level::on_demand);
  it.pass(ms(20'000));
  CHECK(it.pacer.now_at() == level::normal);
  for (edge::connection_id who = 1; who <= 500; ++who) {
    CHECK(it.view[who].at(user(1)));
    CHECK_FALSE(it.view[who].at(user(2)));
  }
}

TEST_CASE("pacer: a busy host tells nothing by itself, and everything afterwards") {
  pacer_case it;
  it.watch(1, {user(1)});
  it.hear(1, active);
  CHECK(it.pass(ms(5'000), true) == 0);
  CHECK(it.pacer.now_at() == level::on_demand);
  CHECK(it.pacer.next_work(it.now));
  CHECK(it.pass(ms(100)) == 1);
  CHECK(it.pacer.now_at() == level::normal);
}

// The slow, obvious second answer: what each connection asked for, and how everyone is.
TEST_CASE("pacer: on random schedules each watcher's view is right in the end, and no budget is broken") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    pacer_case it({.per_connection = 5, .per_host = 50, .window = ms(50), .window_max = ms(500)});
    std::map<edge::connection_id, std::pair<std::set<entity_id>, std::set<entity_id>>> wanted;
    std::map<entity_id, wire::presence_kind> state;
    std::set<entity_id> watched;
    auto follow = [&](const presence_pacer::difference& change) {
      for (const entity_id& each : change.ended)
        CHECK(watched.erase(each) == 1);
      for (const entity_id& each : change.begun) {
        CHECK(watched.insert(each).second);
        if (state.contains(each))
          it.pacer.heard(each, state[each], it.now);  // the slot's answer
      }
    };
    for (int step = 0; step < 400; ++step) {
      const edge::connection_id who = 1 + random.below(20);
      switch (random.below(6)) {
        case 0: {
          ids users;
          for (std::uint64_t i = random.below(10); i > 0; --i)
            users.push_back(user(1 + random.below(15)));
          const bool friends = random.below(3) == 0;
          auto& lists = wanted[who];
          std::set<entity_id>& changed = friends ? lists.second : lists.first;
          changed = std::set<entity_id>(users.begin(), users.end());
          if (!friends)
            for (const entity_id& each : users)
              it.view[who].erase(each);
          follow(it.pacer.watch(who, friends ? list::friends : list::asked_for, users, it.now));
          break;
        }
        case 1:
          if (random.below(4) == 0) {
            wanted.erase(who);
            it.view.erase(who);
            follow(it.pacer.forget(who));
          }
          break;
        case 2:
        case 3: {
          const std::uint64_t whom = 1 + random.below(15);
          state[user(whom)] = random.below(2) == 0 ? active : away;
          it.hear(whom, state[user(whom)]);
          break;
        }
        case 4:
          it.work(1 + random.below(30));
          break;
        default:
          it.pass(ms(10 * random.below(30)));
      }
    }
    it.pass(ms(30'000));
    CHECK(it.pacer.waiting() == 0);
    CHECK(it.pacer.connections() == wanted.size());
    CHECK(it.pacer.users() == watched.size());
    for (const auto& [who, lists] : wanted) {
      CAPTURE(who);
      std::set<entity_id> both = lists.first;
      both.insert(lists.second.begin(), lists.second.end());
      for (const entity_id& each : both) {
        CHECK(watched.contains(each));
        if (state.contains(each)) {
          REQUIRE(it.view[who].contains(each));
          CHECK(it.view[who].at(each) == (state[each] == active));
        }
      }
    }
    for (std::size_t i = 50; i < it.sent.size(); ++i)
      CHECK(it.sent[i].first - it.sent[i - 50].first >= ms(990));
  }
}

}  // namespace
}  // namespace carillon::test
