// Who of a slot's users is there, and which hosts are told.
#include "actors/slot/presence_board.hpp"

#include <algorithm>

#include <doctest/doctest.h>

namespace carillon::test {
namespace {

const entity_id ann{id_kind::user, 1};
const entity_id ben{id_kind::user, 2};
constexpr raft::member_id here = presence_board::this_host;
constexpr raft::member_id there = 7;

std::vector<presence_board::news> sorted(presence_board& board) {
  auto out = board.take();
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.host < b.host; });
  return out;
}

TEST_CASE("board: a change goes to the hosts that watch, once to each, and to nobody else") {
  presence_board board;
  board.watch(ann, here);
  board.watch(ann, there);
  board.watch(ann, there);
  CHECK_FALSE(board.changed(ben, true));
  CHECK(board.changed(ann, true));
  const auto news = sorted(board);
  REQUIRE(news.size() == 2);
  CHECK(news[0].host == here);
  CHECK(news[1].host == there);
  for (const auto& each : news) {
    CHECK(each.active == std::vector{ann});
    CHECK(each.away.empty());
  }
  CHECK(board.take().empty());
}

TEST_CASE("board: of several changes between two tellings the last one is told") {
  presence_board board;
  board.watch(ann, here);
  board.watch(ben, here);
  board.changed(ann, true);
  board.changed(ann, false);
  board.changed(ben, false);
  board.changed(ben, true);
  const auto news = board.take();
  REQUIRE(news.size() == 1);
  CHECK(news[0].away == std::vector{ann});
  CHECK(news[0].active == std::vector{ben});
}

TEST_CASE("board: who is active by a grace period is so for those who watch, and reached by nothing") {
  presence_board board;
  board.watch(ann, here);
  CHECK_FALSE(board.is_reached(ann));
  board.changed(ann, true);
  CHECK(board.is_reached(ann));
  (void)board.take();
  CHECK_FALSE(board.changed(ann, true, true));
  CHECK_FALSE(board.is_reached(ann));
  CHECK(board.state_of(ann) == wire::PRESENCE_ACTIVE);
  CHECK(board.take().empty());
  CHECK_FALSE(board.changed(ann, true));  // back in time
  CHECK(board.is_reached(ann));
  board.changed(ann, true, true);
  CHECK(board.changed(ann, false));
  CHECK_FALSE(board.is_reached(ann));
  CHECK(board.changed(ann, true));
  CHECK(board.is_reached(ann));
}

TEST_CASE("board: who was not named is unknown at first, and away once all have had the time") {
  presence_board board;
  board.watch(ann, here);
  board.watch(ben, there);
  board.changed(ben, true);
  CHECK(board.state_of(ann) == wire::PRESENCE_UNKNOWN);
  CHECK(board.state_of(ben) == wire::PRESENCE_ACTIVE);
  board.take();
  CHECK(board.settle());
  CHECK(board.state_of(ann) == wire::PRESENCE_AWAY);
  const auto news = board.take();
  REQUIRE(news.size() == 1);  // who watches ben knows already
  CHECK(news[0].host == here);
  CHECK(news[0].away == std::vector{ann});
}

TEST_CASE("board: a host that is gone, or watches no more, is told nothing") {
  presence_board board;
  board.watch(ann, here);
  board.watch(ann, there);
  board.unwatch(ann, here);
  CHECK(board.changed(ann, true));
  board.forget_host(there);
  CHECK(board.take().empty());
  CHECK(board.watched() == 0);
  CHECK_FALSE(board.changed(ann, false));
}

TEST_CASE("board: a leader that leads no more knows nothing when it leads again") {
  presence_board board;
  board.watch(ann, here);
  board.changed(ann, true);
  board.settle();
  board.clear();
  CHECK(board.take().empty());
  CHECK(board.state_of(ann) == wire::PRESENCE_UNKNOWN);
  CHECK_FALSE(board.changed(ann, false));
}

}  // namespace
}  // namespace carillon::test
