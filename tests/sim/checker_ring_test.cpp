// What the checker says of a ring in motion: each invariant on facts that hold and on the nearest that do not.
#include <doctest/doctest.h>

#include "tools/sim/checker.hpp"

namespace carillon::sim {
namespace {

struct facts {
  checker truth{1};

  void sync(raft::member_id host, raft::log_index index) {
    truth.synced(host, 0, {{1, index, raft::entry_kind::command, nullptr}});
  }
  void commit(raft::log_index index) { truth.committed(1, 0, index, 1, nullptr, {1, 2, 3}); }
  std::string_view broken() const { return truth.found() ? truth.found()->invariant : ""; }
};

wire::ring_view view_of(std::uint64_t generation) {
  wire::ring_view view;
  view.set_generation(generation);
  auto& place = *view.add_slots();
  for (std::uint64_t host : {1, 2, 3})
    place.add_replicas(host);
  return view;
}

wire::replica_move move_of(std::uint64_t began) {
  wire::replica_move move;
  move.set_to(4);
  move.set_from(3);
  move.set_began(began);
  return move;
}

}  // namespace

TEST_CASE("checker: who has gone may erase what it had, who votes may not") {
  facts good;
  for (raft::member_id host : {1, 2, 3, 4})
    good.sync(host, 1);
  good.commit(1);
  good.truth.members_are(0, 2, {{1, 2, 4}, {}});
  good.truth.erased(3, 0);
  CHECK(good.broken() == "");
  good.truth.erased(4, 0);
  CHECK(good.broken() == invariant::durability);
}

TEST_CASE("checker: a group of others that do not hold what is committed has lost it") {
  facts of;
  of.sync(1, 1);
  of.sync(2, 1);
  of.commit(1);
  of.truth.members_are(0, 2, {{1, 2, 4}, {}});
  CHECK(of.broken() == "");
  of.truth.members_are(0, 3, {{1, 4, 5}, {}});
  of.truth.members_are(0, 4, {{4, 5, 6}, {}});
  of.truth.members_are(0, 5, {{4, 5, 7}, {}});
  CHECK(of.broken() == invariant::durability);
}

TEST_CASE("checker: a learner that has caught up may vote, one that is far behind may not") {
  facts of;
  for (raft::log_index index = 1; index <= 20; ++index)
    of.sync(4, index);
  of.truth.leads(1, 0, 7);
  of.truth.promoted(0, 7, 4, 21);
  of.truth.promoted(0, 6, 4, 200);  // by one that was deposed: nobody hears of it
  CHECK(of.broken() == "");
  of.truth.promoted(0, 7, 4, 200);
  CHECK(of.broken() == invariant::ready_voters);
}

TEST_CASE("checker: the newest leader counts on what is on a disk, and on no more") {
  facts of;
  of.truth.leads(1, 0, 7);
  for (raft::log_index index = 1; index <= 20; ++index)
    of.sync(2, index);
  of.truth.counts_on(0, 7, 2, 20);
  of.truth.counts_on(0, 6, 2, 30);
  CHECK(of.broken() == "");
  of.truth.erased(2, 0);
  of.truth.counts_on(0, 7, 2, 20);
  CHECK(of.broken() == invariant::counted_logs);
}

TEST_CASE("checker: who is well goes when enough others vote, who is lost may go before") {
  facts of;
  of.truth.let_go(0, 3, 3, 3, true);
  of.truth.let_go(0, 3, 2, 3, false);
  CHECK(of.broken() == "");
  of.truth.let_go(0, 3, 2, 3, true);
  CHECK(of.broken() == invariant::whole_groups);
}

TEST_CASE("checker: a generation is one view on all hosts, and no process goes back") {
  facts good;
  good.truth.view_is(1, 1, view_of(2));
  good.truth.view_is(2, 1, view_of(2));
  good.truth.view_is(1, 2, view_of(1));  // a new process, from an older row of its disk
  CHECK(good.broken() == "");
  facts back;
  back.truth.view_is(1, 1, view_of(3));
  back.truth.view_is(1, 1, view_of(2));
  CHECK(back.broken() == invariant::one_plan);
  facts two;
  two.truth.view_is(1, 1, view_of(2));
  wire::ring_view other = view_of(2);
  other.set_held(true);
  two.truth.view_is(2, 1, other);
  CHECK(two.broken() == invariant::one_plan);
}

TEST_CASE("checker: moves are counted as they end; a slot has one at a time") {
  facts of;
  wire::ring_view view = view_of(2);
  *view.add_moves() = move_of(2);
  of.truth.view_is(1, 1, view);
  wire::ring_view after = view_of(3);
  after.mutable_slots(0)->set_replicas(2, 4);
  of.truth.view_is(1, 1, after);
  CHECK(of.truth.moves().begun == 1);
  CHECK(of.truth.moves().done == 1);
  CHECK(of.broken() == "");
  after.set_generation(4);
  *after.add_moves() = move_of(4);
  *after.add_moves() = move_of(4);
  of.truth.view_is(1, 1, after);
  CHECK(of.broken() == invariant::one_plan);
}

TEST_CASE("checker: what an operator was told is so") {
  wire::ring_view view = view_of(2);
  auto& member = *view.add_members();
  member.set_store_id(1);
  member.set_name("a");
  member.set_weight(100);
  wire::ring_command hold;
  hold.set_hold(true);
  facts of;
  view.set_held(true);
  of.truth.obeyed(hold, view);
  CHECK(of.broken() == "");
  view.set_held(false);
  of.truth.obeyed(hold, view);
  CHECK(of.broken() == invariant::obedience);
}

}  // namespace carillon::sim
