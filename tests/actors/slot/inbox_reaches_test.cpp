// The users' end of deliveries to inboxes: each event is taken once, however often it is brought.
#include "actors/slot/inbox_reaches.hpp"

#include <map>

#include <doctest/doctest.h>

using namespace carillon;

namespace {

const entity_id lobby{id_kind::channel, 10};

struct reaches_script {
  inbox_reaches reaches{[this](const entity_id& channel) -> result<std::optional<wire::inbox_reach>> {
    auto found = stored.find(channel);
    return found == stored.end() ? std::nullopt : std::optional(found->second);
  }};
  std::map<entity_id, wire::inbox_reach> stored;

  raft::log_index applied = 0;
  raft::log_index next = 1;

  result<wire::inbox_change> take(const wire::inbox_delivery& delivery) {
    return reaches.take(delivery, {.applied = applied, .next = next++});
  }
  static wire::inbox_delivery run(std::uint64_t first, std::uint64_t last, bool at_sync = false) {
    wire::inbox_delivery out;
    auto& each = *out.add_runs();
    each.set_channel_id(lobby.text());
    each.set_first_seq(first);
    each.set_last_seq(last);
    each.set_read_at_sync(at_sync);
    each.add_users(2);
    return out;
  }
};

}  // namespace

TEST_CASE("reaches: what comes again is no news, and what overlaps is cut") {
  reaches_script s;
  CHECK(s.take(s.run(1, 5))->runs_size() == 1);
  CHECK(s.take(s.run(1, 5))->runs_size() == 0);
  CHECK(s.take(s.run(3, 4))->runs_size() == 0);
  auto next = s.take(s.run(4, 8));
  REQUIRE(next->runs_size() == 1);
  CHECK(next->runs(0).first_seq() == 6);
  CHECK(next->runs(0).last_seq() == 8);
  CHECK(next->runs(0).held() == 8);
}

TEST_CASE("reaches: what the tables hold counts, also after what was taken is forgotten") {
  reaches_script s;
  s.stored[lobby].set_last_seq(7);
  CHECK(s.take(s.run(7, 7))->runs_size() == 0);
  CHECK(s.take(s.run(8, 8))->runs_size() == 1);
  CHECK(s.take(s.run(8, 8))->runs_size() == 0);
  s.reaches.forget(0);  // it was never committed
  CHECK(s.take(s.run(8, 8))->runs_size() == 1);
}

TEST_CASE("reaches: once read at sync, always, and what inboxes hold stays where it was") {
  reaches_script s;
  CHECK_FALSE(s.take(s.run(1, 5))->runs(0).read_at_sync());
  auto last = s.take(s.run(6, 6, true));
  CHECK(last->runs(0).read_at_sync());
  CHECK(last->runs(0).held() == 6);
  auto mention = s.run(9, 9, true);
  mention.mutable_runs(0)->clear_users();
  auto later = s.take(mention);
  REQUIRE(later->runs_size() == 1);
  CHECK(later->runs(0).held() == 6);
}

TEST_CASE("reaches: a run that makes no sense refuses the whole delivery, and nothing counts") {
  reaches_script s;
  auto bad = s.run(1, 2);
  *bad.add_runs() = s.run(5, 4).runs(0);
  CHECK(s.take(bad).code() == errc::invalid_arguments);
  CHECK(s.take(s.run(1, 2))->runs_size() == 1);
}

TEST_CASE("reaches: tables that lack what is in the log are not read before they have it") {
  reaches_script s;
  s.reaches.forget(20);  // a new leader, whose log goes so far
  s.applied = 19;
  CHECK(s.take(s.run(1, 5)).code() == errc::overloaded);
  s.stored[lobby].set_last_seq(5);  // that was in entry 20
  s.applied = 20;
  CHECK(s.take(s.run(1, 5))->runs_size() == 0);
  CHECK(s.take(s.run(5, 6))->runs_size() == 1);
}

TEST_CASE("reaches: what the tables do not hold yet is not forgotten, what they hold is, the oldest first") {
  reaches_script s;
  inbox_reaches few([&](const entity_id& channel) -> result<std::optional<wire::inbox_reach>> {
    auto found = s.stored.find(channel);
    return found == s.stored.end() ? std::nullopt : std::optional(found->second);
  }, 0);
  CHECK(few.take(s.run(1, 5), {.applied = 6, .next = 8})->runs_size() == 1);
  few.trim(7);
  CHECK(few.take(s.run(1, 5), {.applied = 7, .next = 9})->runs_size() == 0);  // known, from memory
  few.trim(8);
  CHECK(few.take(s.run(1, 5), {.applied = 8, .next = 9})->runs_size() == 1);  // and now from the tables
}
