// What a hub's connections see: every event of their channels once, in order, whatever arrives
// early, late, twice or not at all.
#include "runtime/base/random.hpp"
#include "tests/actors/hub/table_case.hpp"

namespace carillon::test {
namespace {

TEST_CASE("hub: a session is ready when its last channel is confirmed, and at once without any") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {});
  CHECK(sink.ready == std::vector<connection_id>{1});
  table.open(2, bob, team, {general, other});
  CHECK(sink.wants.size() == 2);
  table.confirmed(general, 5, {});
  CHECK(sink.ready.size() == 1);
  table.confirmed(other, 0, {});
  CHECK(sink.ready == std::vector<connection_id>{1, 2});
}

TEST_CASE("hub: a session sees nothing before it is ready, so its greeting is its first frame") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general, other});
  table.confirmed(general, 2, {});
  table.delivered(batch(general, 3, 4));
  CHECK(sink.seen[1].empty());
  CHECK(table.team_topic(team) == 0);
  CHECK_FALSE(table.is_ready(1));
  table.confirmed(other, 0, {});
  CHECK(table.is_ready(1));
  CHECK(table.team_topic(team) != 0);
  table.delivered(batch(general, 5, 5));
  CHECK(sink.seen[1] == seqs{5});
}

TEST_CASE("hub: events that arrive before the confirmation are kept back, then delivered once") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.delivered(batch(general, 6, 8));
  CHECK(sink.seen[1].empty());
  table.confirmed(general, 6, {});  // the tables held 6 already: it was there before the session
  CHECK(sink.seen[1] == seqs{7, 8});
}

TEST_CASE("hub: an event that comes twice is seen once") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 0, {});
  table.delivered(batch(general, 1, 3));
  table.delivered(batch(general, 2, 4));
  CHECK(sink.seen[1] == seqs{1, 2, 3, 4});
}

TEST_CASE("hub: a gap is asked for from the last event delivered, and nobody sees anything twice") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 2, {});
  table.delivered(batch(general, 5, 6));
  REQUIRE(sink.wants.size() == 2);
  CHECK(sink.wants[1] == 2);
  table.delivered(batch(general, 7, 7));
  CHECK(sink.wants.size() == 2);  // one question at a time
  table.confirmed(general, 6, events(3, 6));
  CHECK(sink.seen[1] == seqs{3, 4, 5, 6, 7});
}

TEST_CASE("hub: who joins a live channel gets what the channel had since, then what comes") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 3, {});
  table.open(2, bob, team, {});
  table.delivered(batch(general, 4, 6));
  table.joined(bob, general, 5);
  CHECK(sink.wants.back() == 4);
  table.delivered(batch(general, 7, 7));
  table.confirmed(general, 6, events(5, 6));  // the answer is older than what was delivered since
  CHECK(sink.wants.back() == 6);
  table.confirmed(general, 7, events(7, 7));
  table.delivered(batch(general, 8, 8));
  CHECK(sink.seen[1] == seqs{4, 5, 6, 7, 8});
  CHECK(sink.seen[2] == seqs{5, 6, 7, 8});
}

TEST_CASE("hub: who joins while a first confirmation is on its way still gets everything since") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.open(2, bob, team, {});
  table.joined(bob, general, 2);
  table.confirmed(general, 4, {});  // answers alice's "from now on"
  CHECK(sink.wants.back() == 1);
  table.confirmed(general, 4, events(2, 4));
  table.delivered(batch(general, 5, 5));
  CHECK(sink.seen[1] == seqs{5});
  CHECK(sink.seen[2] == seqs{2, 3, 4, 5});
}

TEST_CASE("hub: who leaves sees the leaving and nothing after it, in the same batch too") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.open(2, bob, team, {general});
  table.confirmed(general, 0, {});
  auto leaving = batch(general, 1, 3);
  leaving.mutable_events(1)->mutable_message()->set_subtype("channel_leave");
  leaving.mutable_events(1)->mutable_message()->set_user(bob.text());
  table.delivered(leaving);
  CHECK(sink.seen[1] == seqs{1, 2, 3});
  CHECK(sink.seen[2] == seqs{1, 2});
  table.left(bob, general, 2);  // the projection comes later and changes nothing
  table.delivered(batch(general, 4, 4));
  CHECK(sink.seen[2] == seqs{1, 2});
}

TEST_CASE("hub: who is kicked before the join was told of sees nothing after the kick") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.confirmed(general, 4, {});
  table.open(2, bob, team, {});
  table.delivered(batch(general, 5, 8));  // bob came at 5 and went at 6; his own slot is slower
  table.joined(bob, general, 5);
  auto replay = events(5, 8);
  replay[0].mutable_message()->set_subtype("channel_join");
  replay[0].mutable_message()->set_user(bob.text());
  replay[1].mutable_message()->set_subtype("channel_leave");
  replay[1].mutable_message()->set_user(bob.text());
  SUBCASE("for good") {
    table.confirmed(general, 8, replay);
    table.delivered(batch(general, 9, 9));
    table.left(bob, general, 6);
    CHECK(sink.seen[2] == seqs{5, 6});
    table.joined(bob, general, 10);
    table.delivered(batch(general, 10, 10));
    CHECK(sink.seen[2] == seqs{5, 6, 10});
  }
  SUBCASE("and comes back meanwhile") {
    replay[3].mutable_message()->set_subtype("channel_join");
    replay[3].mutable_message()->set_user(bob.text());
    table.confirmed(general, 8, replay);
    table.delivered(batch(general, 9, 9));
    CHECK(sink.seen[2] == seqs{5, 6, 8, 9});
  }
  CHECK(sink.seen[1].back() >= 9);
}

TEST_CASE("hub: what a user joins or leaves while the list of channels is on its way is not lost") {
  recorder sink;
  table_case table(sink);
  table.expect(1, alice, team);
  table.joined(alice, other, 7);    // after the list was made
  table.left(alice, general, 4);    // the same: the list still names it
  table.confirmed(other, 6, {});
  CHECK(sink.ready.empty());        // the list is not there yet
  table.open(1, alice, team, {general});
  CHECK(sink.ready == std::vector<connection_id>{1});
  table.delivered(batch(general, 1, 3));
  table.delivered(batch(other, 7, 8));
  CHECK(sink.seen[1] == seqs{7, 8});

  table.expect(2, bob, team);
  table.left(bob, general, 4);
  table.joined(bob, general, 5);  // the last word counts
  table.open(2, bob, team, {general});
  table.confirmed(general, 5, {});
  CHECK(sink.ready == std::vector<connection_id>{1, 2});
  table.expect(3, bob, team);
  table.close(3);  // gone before the list
  table.close(1);
  table.close(2);
  CHECK(table.sessions() == 0);
  CHECK(table.channels() == 0);
}

TEST_CASE("hub: a channel that cannot be read keeps nobody from their other channels") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general, other});
  table.confirmed(other, 2, {});
  table.delivered(batch(general, 3, 4));
  table.unreadable(general);
  CHECK(sink.ready == std::vector<connection_id>{1});
  table.delivered(batch(other, 3, 3));
  CHECK(sink.seen[1] == seqs{3});
  sink.seen.clear();

  table.ask_again(general);
  CHECK(sink.wants.back() == std::nullopt);
  table.confirmed(general, 4, {});
  table.delivered(batch(general, 5, 5));
  CHECK(sink.seen[1] == seqs{5});

  // A hole that cannot be filled is passed by; who was to be caught up goes on with the others.
  table.delivered(batch(general, 7, 7));
  CHECK(sink.wants.back() == 5);
  table.open(2, bob, team, {});
  table.joined(bob, general, 6);
  table.unreadable(general);
  table.delivered(batch(general, 8, 8));
  CHECK(sink.seen[1] == seqs{5, 7, 8});
  CHECK(sink.seen[2] == seqs{7, 8});
  table.close(1);
  table.close(2);
  CHECK(table.channels() == 0);
}

TEST_CASE("hub: the last connection takes the channel's interest with it") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.open(2, bob, team, {general});
  table.confirmed(general, 0, {});
  table.close(1);
  CHECK(sink.withdrawn == 0);
  table.close(2);
  CHECK(sink.withdrawn == 1);
  CHECK(table.channels() == 0);
  CHECK(table.sessions() == 0);
  CHECK(table.team_topic(team) == 0);
  table.confirmed(general, 3, {});  // a late answer finds nobody
  table.delivered(batch(general, 4, 4));
  CHECK(sink.seen.empty());
}

TEST_CASE("hub: a session that closes or leaves while opening leaves nothing waiting") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general, other});
  table.left(alice, general, 4);
  table.confirmed(other, 0, {});
  CHECK(sink.ready == std::vector<connection_id>{1});
  table.open(2, bob, team, {general});
  table.close(2);
  table.confirmed(general, 0, {});
  CHECK(sink.ready.size() == 1);
}

TEST_CASE("hub: the posting connection is left out, the user's other one is not") {
  recorder sink;
  table_case table(sink);
  table.open(1, alice, team, {general});
  table.open(2, alice, team, {general});
  table.confirmed(general, 0, {});
  table.delivered(batch(general, 1, 1, 1));
  CHECK(sink.seen[1].empty());
  CHECK(sink.seen[2] == seqs{1});
}

TEST_CASE("hub: on random schedules every subscriber sees a gapless run, each event once") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    recorder sink;
    table_case table(sink);
    std::uint64_t committed = random.below(5);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> flying;  // batches not delivered yet
    std::vector<std::optional<std::uint64_t>> asked;
    std::map<connection_id, std::uint64_t> first;  // lower bound of what must be seen
    connection_id next = 1;
    auto answer = [&] {
      if (sink.wants.empty())
        return;
      auto after = sink.wants.front();
      sink.wants.erase(sink.wants.begin());
      // The tables may already hold what has not been delivered live; replays come in parts.
      if (!after) {
        table.confirmed(general, committed, {});
        return;
      }
      auto last = std::min(committed, *after + 1 + random.below(4));
      table.confirmed(general, last, events(*after + 1, last));
    };
    // Another leader: what flies is lost with the old one, and so is its answer.
    auto leader_dies = [&] {
      flying.clear();
      sink.wants.clear();
      table.ask_again(general);
    };
    for (int step = 0; step < 60; ++step) {
      if (random.below(20) == 0)
        leader_dies();
      switch (random.below(5)) {
        case 0: {
          auto more = 1 + random.below(3);
          flying.emplace_back(committed + 1, committed + more);
          committed += more;
          break;
        }
        case 1:
          if (!flying.empty()) {
            if (random.below(10) != 0)  // one in ten is lost
              table.delivered(batch(general, flying.front().first, flying.front().second));
            flying.erase(flying.begin());
          }
          break;
        case 2: {
          connection_id who = next++;
          entity_id user{id_kind::user, who};
          if (random.below(2) == 0) {
            table.open(who, user, team, {general});
            first[who] = 0;
          } else {
            table.open(who, user, team, {});
            auto seq = 1 + random.below(committed + 1);
            table.joined(user, general, seq);
            first[who] = seq;
          }
          break;
        }
        default:
          answer();
      }
    }
    flying.emplace_back(committed + 1, committed + 1);
    ++committed;
    if (random.below(2) == 0)
      leader_dies();  // with the last event told to nobody
    for (auto& [from, to] : flying)
      table.delivered(batch(general, from, to));
    for (int i = 0; i < 1'000 && !sink.wants.empty(); ++i)
      answer();
    for (auto [who, from] : first) {
      CAPTURE(who);
      const auto& seen = sink.seen[who];
      REQUIRE_FALSE(seen.empty());
      // Never later than its join. Earlier is possible while the channel itself is catching up, and
      // harmless: who is in a channel may read its history.
      if (from != 0)
        CHECK(seen.front() <= from);
      for (std::size_t i = 1; i < seen.size(); ++i)
        CHECK(seen[i] == seen[i - 1] + 1);
      CHECK(seen.back() == committed);
    }
  }
}

}  // namespace
}  // namespace carillon::test
