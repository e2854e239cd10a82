// Which slots a host opens and lets go, and what is left of one that has gone.
#include <doctest/doctest.h>

#include "actors/held_slots.hpp"
#include "runtime/base/random.hpp"
#include "storage/journal_batch.hpp"
#include "storage/log_store.hpp"
#include "storage/simulated_disk.hpp"

namespace carillon {
namespace {

void write(storage::kv& store, const storage::journal_write& what) {
  storage::journal_batch batch(store);
  batch.add(what);
  REQUIRE(store.write(batch.rows(), true).has_value());
}

wire::ring_view view_of(const std::vector<std::vector<std::uint64_t>>& slots) {
  wire::ring_view view;
  for (const auto& replicas : slots)
    view.add_slots()->mutable_replicas()->Assign(replicas.begin(), replicas.end());
  return view;
}

}  // namespace

TEST_CASE("held slots: one that has left and comes again knows of no entry, and of no term of one") {
  storage::simulated_disk disk;
  storage::journal_write had;
  had.slot = 2;
  had.hard = raft::hard_state{3, 1};
  had.config = raft::configuration{{1, 2, 3}, {}};
  for (raft::log_index index = 1; index <= 5; ++index)
    had.entries.push_back({2, index, raft::entry_kind::noop, nullptr});  // of a term before the newest
  had.applied = 5;
  had.applied_term = 2;
  write(disk, had);
  write(disk, erasure_of(2, 5));

  auto found = storage::load_slot_start(disk, 2);
  REQUIRE(found.has_value());
  auto log = storage::log_store::open(disk, 2, *found);
  REQUIRE(log.has_value());
  CHECK(!was_held(*found, (*log)->last_index()));
  CHECK(found->hard == raft::hard_state{3, 1});  // what it promised
  CHECK(found->log_damaged);                     // so it neither votes nor campaigns before it has
  CHECK(found->acknowledged == 5);               // again what it may have helped to commit
  CHECK(found->tables_mixed);                    // so it pulls before it serves or campaigns
  CHECK(found->applied == 0);
  CHECK((*log)->last_index() == 0);
  CHECK(!(*log)->term_of(5).has_value());
}

TEST_CASE("held slots: who comes opens when its move began, who goes stays until the move is done") {
  wire::ring_view view = view_of({{1, 2, 3}});
  auto* move = view.add_moves();
  move->set_to(4);
  move->set_from(1);
  CHECK(is_held_by(view, 0, 1));
  CHECK(!is_held_by(view, 0, 4));  // planned only
  move->set_began(7);
  CHECK(is_held_by(view, 0, 1));
  CHECK(is_held_by(view, 0, 4));
  CHECK(!is_held_by(view, 1, 1));
  CHECK(!is_held_by(view_of({{2, 3, 4}}), 0, 1));
}

TEST_CASE("held slots: of many slots and moves at once the same is said as of each by itself") {
  seeded_random chance(7);
  for (int round = 0; round < 50; ++round) {
    CAPTURE(round);
    const auto anyone = [&] { return 1 + chance.below(5); };
    wire::ring_view view;
    for (int slot = 0; slot < 80; ++slot)
      view.add_slots()->add_replicas(anyone());
    for (int i = 0; i < 30; ++i) {
      auto* move = view.add_moves();
      move->set_slot(static_cast<std::uint32_t>(chance.below(90)));  // some beyond the table
      move->set_to(anyone());
      move->set_from(anyone());
      move->set_began(chance.below(2));
    }
    const auto nowhere = [](slot_id) { return false; };
    const auto changes = slot_changes_for(view, 3, 100, nowhere, nowhere);
    std::vector<slot_id> expected;
    for (slot_id slot = 0; slot < 100; ++slot)
      if (is_held_by(view, slot, 3))
        expected.push_back(slot);
    CHECK(changes.come == expected);
  }
}

TEST_CASE("held slots: one that still erases itself does not come again before that is done") {
  const wire::ring_view view = view_of({{1, 2, 3}, {2, 3, 4}, {1, 3, 4}});
  auto changes = [&](slot_id here, slot_id leaving) {
    return slot_changes_for(
        view, 1, 3, [&](slot_id slot) { return slot == here; },
        [&](slot_id slot) { return slot == leaving; });
  };
  CHECK(changes(1, 9).come == std::vector<slot_id>{0, 2});
  CHECK(changes(1, 9).go == std::vector<slot_id>{1});
  CHECK(changes(1, 2).come == std::vector<slot_id>{0});
}

TEST_CASE("held slots: a group has let go who neither votes in it nor learns") {
  wire::slot_members said;
  for (std::uint64_t voter : {1, 2, 3})
    said.mutable_members()->add_voters(voter);
  said.mutable_members()->add_learners(4);
  CHECK(!has_let_go(said, 3));
  CHECK(!has_let_go(said, 4));
  CHECK(has_let_go(said, 5));
}

}  // namespace carillon
