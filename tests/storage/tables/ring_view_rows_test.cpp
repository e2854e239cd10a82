// The ring view on the disk: a host that starts again goes on from the newest one that it had applied,
// however many changes of it were committed as deltas; each writes what it changes; and rows that do not
// belong together are no view.
#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <optional>
#include <set>

#include "runtime/base/random.hpp"
#include "runtime/ring/moves.hpp"
#include "runtime/ring/ring_delta.hpp"
#include "storage/journal_batch.hpp"
#include "storage/rows.hpp"
#include "storage/simulated_disk.hpp"
#include "storage/slot_range.hpp"

namespace carillon::storage {
namespace {

constexpr slot_id meta_slot = 4;

wire::ring_view view_of(std::uint64_t generation) {
  wire::ring_view view;
  view.set_generation(generation);
  for (std::uint64_t host = 1; host <= generation; ++host) {
    auto& member = *view.add_members();
    member.set_store_id(host);
    member.set_weight(100);
  }
  for (slot_id slot = 0; slot < meta_slot; ++slot) {
    auto& place = *view.add_slots();
    place.add_replicas(1 + slot % generation);
    place.set_preferred_leader(1 + slot % generation);
  }
  return view;
}

journal_write committed(raft::log_index index, const wire::meta_change& change) {
  auto command = std::make_shared<wire::slot_command>();
  *command->mutable_meta() = change;
  journal_write write;
  write.slot = meta_slot;
  write.commands.push_back(std::move(command));
  write.applied = index;
  write.applied_term = 1;
  return write;
}

wire::meta_change whole(std::uint64_t generation) {
  wire::meta_change change;
  *change.mutable_view() = view_of(generation);
  return change;
}

wire::meta_change delta_to(std::uint64_t generation) {
  wire::meta_change change;
  *change.mutable_delta() = delta_of(view_of(generation - 1), view_of(generation));
  return change;
}

wire::ring_view stored(const kv& store) {
  auto view = load_ring_view(store, meta_slot);
  REQUIRE(view.has_value());
  return std::move(*view);
}

using rows_by_key = std::map<std::string, std::string>;

rows_by_key view_rows(const kv& store) {
  rows_by_key out;
  auto at = store.scan(family::meta, ring_view_prefix);
  for (at->seek(""); at->valid(); at->next())
    out.emplace(at->key(), at->value());
  return out;
}

// What stands differently in `after`, rows that are gone included.
std::size_t rows_changed(const rows_by_key& before, const rows_by_key& after) {
  std::size_t out = 0;
  for (const auto& [key, value] : after)
    out += before.count(key) == 0 || before.at(key) != value;
  for (const auto& [key, value] : before)
    out += after.count(key) == 0;
  return out;
}

// A row by itself, past everybody who knows better.
void put_row(kv& store, const std::string& key, const std::optional<std::string>& value) {
  auto rows = store.make_batch();
  if (value)
    rows->put(family::meta, key, *value);
  else
    rows->erase(family::meta, key);
  REQUIRE(store.write(*rows, false).has_value());
}

void put_whole_in_one_row(kv& store, const wire::ring_view& view) {
  const std::string key = ring_view_key(meta_slot).text();
  std::string value = view.SerializeAsString();
  seal(family::meta, key, value);
  put_row(store, key, value);
}

wire::meta_change delta_between(const wire::ring_view& before, const wire::ring_view& after) {
  wire::meta_change change;
  *change.mutable_delta() = delta_of(before, after);
  return change;
}
wire::meta_change whole(const wire::ring_view& view) {
  wire::meta_change change;
  *change.mutable_view() = view;
  return change;
}

std::string damage_of(const kv& store) {
  auto view = load_ring_view(store, meta_slot);
  REQUIRE_FALSE(view.has_value());
  CHECK(view.code() == errc::corrupt_record);
  return view.error().detail;
}

void write(kv& store, journal_batch& batch) {
  REQUIRE(!batch.failure());
  REQUIRE(store.write(batch.rows(), false).has_value());
  batch.clear();
}

}  // namespace

TEST_CASE("ring view rows: deltas after a whole view, in one batch and in the next, make the newest view") {
  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(1)));
  batch.add(committed(2, delta_to(2)));
  write(disk, batch);
  CHECK(stored(disk).SerializeAsString() == view_of(2).SerializeAsString());
  batch.add(committed(3, delta_to(3)));
  write(disk, batch);
  CHECK(stored(disk).SerializeAsString() == view_of(3).SerializeAsString());
}

TEST_CASE("ring view rows: after a restart the next delta follows what the disk holds") {
  simulated_disk disk;
  {
    journal_batch batch(disk);
    batch.add(committed(1, whole(1)));
    batch.add(committed(2, delta_to(2)));
    write(disk, batch);
  }
  journal_batch after_restart(disk);
  after_restart.add(committed(3, delta_to(3)));
  write(disk, after_restart);
  CHECK(stored(disk).generation() == 3);
}

TEST_CASE("ring view rows: a delta that does not follow changes nothing") {
  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(1)));
  batch.add(committed(2, delta_to(3)));
  write(disk, batch);
  CHECK(stored(disk).generation() == 1);
}

TEST_CASE("ring view rows: one that was pulled counts, not what this disk had before") {
  simulated_disk leader;
  journal_batch theirs(leader);
  theirs.add(committed(1, whole(5)));
  write(leader, theirs);
  wire::fetch_chunk wanted;
  wanted.set_slot(meta_slot);
  wanted.set_family(static_cast<std::uint32_t>(family::meta));
  wanted.set_bytes_max(1 << 20);
  auto chunk = read_chunk(leader, wanted);
  REQUIRE(chunk.has_value());

  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(1)));
  write(disk, batch);
  journal_write pulled;
  pulled.slot = meta_slot;
  pulled.chunks.push_back({family::meta, {}, std::move(*chunk)});
  batch.add(pulled);
  write(disk, batch);
  batch.add(committed(9, delta_to(6)));
  write(disk, batch);
  CHECK(stored(disk).generation() == 6);
}

TEST_CASE("ring view rows: a delta of one place among 16,384 slots writes that place and the head") {
  wire::ring_view view = view_of(3);
  for (slot_id slot = meta_slot; slot < 16'384; ++slot)
    *view.add_slots() = view.slots(slot % meta_slot);
  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(view)));
  write(disk, batch);
  const rows_by_key before = view_rows(disk);
  wire::ring_view after = view;
  after.set_generation(4);
  after.mutable_slots(9'999)->set_preferred_leader(7);
  batch.add(committed(2, delta_between(view, after)));
  CHECK(batch.bytes() < 400);
  write(disk, batch);
  CHECK(rows_changed(before, view_rows(disk)) == 2);
  CHECK(stored(disk).SerializeAsString() == after.SerializeAsString());
}

// A ring that loses hosts, gets others, and is told what to do: whatever its leader commits, a host that
// starts again has it.
TEST_CASE("ring view rows: after every delta of a ring in motion a restart finds the same view") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    seeded_random chance(seed);
    std::set<std::uint64_t> dead;
    ring_needs needs;
    needs.rules = {.slots = 16, .replicas = 3};
    needs.is_alive = [&](std::uint64_t host) { return dead.count(host) == 0; };
    wire::ring_view view;
    for (std::uint64_t host = 1; host <= 5; ++host) {
      auto& member = *view.add_members();
      member.set_store_id(host);
      member.set_weight(100);
    }
    view = planned_view(place_slots(view, needs.rules), needs);
    view.set_generation(1);
    simulated_disk disk;
    auto batch = std::make_unique<journal_batch>(disk);
    batch->add(committed(1, whole(view)));
    write(disk, *batch);
    for (raft::log_index index = 2; index < 60; ++index) {
      wire::ring_view next = view;
      if (chance.below(8) == 0) {
        auto& member = *next.add_members();
        member.set_store_id(index + 100);  // above all that are there
        member.set_weight(100);
      }
      if (chance.below(8) == 0)
        next.set_held(!next.held());
      if (next.members_size() - next.wishes_size() > 4 && chance.below(8) == 0) {
        auto& wish = *next.add_wishes();
        wish.set_store_id(next.members(next.wishes_size() - 1).store_id());
        wish.set_intent(chance.below(2) == 0 ? wire::HOST_LEAVES : wire::HOST_DRAINS);
      }
      if (chance.below(8) == 0) {
        auto& pin = *next.add_pins();
        pin.set_slot(static_cast<std::uint32_t>(chance.below(16)));
        pin.set_leader(next.members(next.members_size() - 1).store_id());
      }
      for (const auto& move : view.moves())
        if (move.began() != 0 && chance.below(3) == 0) {
          const auto& place = view.slots(static_cast<int>(move.slot()));
          group_fact& group = needs.groups[static_cast<slot_id>(move.slot())];
          group = {.generation = view.generation(),
                   .voters = {place.replicas().begin(), place.replicas().end()},
                   .learners = {}};
          group.voters.erase(move.from());
          if (move.to() != 0)
            group.voters.insert(move.to());
        }
      next = next_view(next, needs).value_or(next);
      next.set_generation(view.generation() + 1);
      batch->add(committed(index, delta_between(view, next)));
      write(disk, *batch);
      REQUIRE(stored(disk).SerializeAsString() == next.SerializeAsString());
      view = next;
      if (chance.below(4) == 0)
        batch = std::make_unique<journal_batch>(disk);
    }
  }
}

TEST_CASE("ring view rows: the loss of power leaves the view of before or the one of after, never a mixture") {
  wire::ring_view views[] = {view_of(1), view_of(2), view_of(3)};
  for (auto& place : *views[2].mutable_slots())
    place.set_preferred_leader(3);
  for (std::size_t survive = 0; survive <= 2; ++survive) {
    CAPTURE(survive);
    simulated_disk disk;
    journal_batch batch(disk);
    batch.add(committed(1, whole(views[0])));
    REQUIRE(disk.write(batch.rows(), true).has_value());
    batch.clear();
    for (std::size_t i : {1, 2}) {
      batch.add(committed(i + 1, delta_between(views[i - 1], views[i])));
      write(disk, batch);
    }
    disk.crash(survive);
    CHECK(stored(disk).SerializeAsString() == views[survive].SerializeAsString());
  }
}

TEST_CASE("ring view rows: a whole view that replaces another writes what differs, and nothing of the other stays") {
  wire::ring_view large = view_of(4);
  for (std::uint32_t slot : {3, 1, 2}) {
    auto& move = *large.add_moves();
    move.set_slot(slot);
    move.set_to(4);
  }
  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(large)));
  write(disk, batch);
  CHECK(stored(disk).SerializeAsString() == large.SerializeAsString());
  const rows_by_key before = view_rows(disk);
  CHECK(before.size() == 1 + 4 + meta_slot + 3);

  wire::ring_view small = large;
  small.set_generation(9);
  small.mutable_members()->RemoveLast();
  small.mutable_slots()->RemoveLast();
  small.mutable_moves()->DeleteSubrange(1, 1);
  batch.add(committed(2, whole(small)));
  write(disk, batch);
  CHECK(stored(disk).SerializeAsString() == small.SerializeAsString());
  CHECK(rows_changed(before, view_rows(disk)) == 4);  // the head, and what is gone

  journal_batch after_restart(disk);
  after_restart.add(committed(3, whole(view_of(1))));
  write(disk, after_restart);
  CHECK(stored(disk).SerializeAsString() == view_of(1).SerializeAsString());
  CHECK(view_rows(disk).size() == 1 + 1 + meta_slot);
}

TEST_CASE("ring view rows: a folder of a program that kept the view in one row is read, and goes on in rows") {
  for (bool by_delta : {false, true}) {
    CAPTURE(by_delta);
    simulated_disk disk;
    put_whole_in_one_row(disk, view_of(2));
    CHECK(stored(disk).SerializeAsString() == view_of(2).SerializeAsString());
    journal_batch batch(disk);
    batch.add(committed(3, by_delta ? delta_to(3) : whole(3)));
    write(disk, batch);
    CHECK(stored(disk).SerializeAsString() == view_of(3).SerializeAsString());
    CHECK(view_rows(disk).size() == 1 + 3 + meta_slot);
    batch.add(committed(4, delta_to(4)));
    write(disk, batch);
    CHECK(stored(disk).SerializeAsString() == view_of(4).SerializeAsString());
  }
}

TEST_CASE("ring view rows: that program reads of ours that it needs a newer one, and what it wrote over them counts") {
  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(3)));
  write(disk, batch);
  const std::string key = ring_view_key(meta_slot).text();
  const auto theirs = get_row<wire::ring_view>(disk, family::meta, key);
  REQUIRE(theirs.has_value());
  CHECK((*theirs)->schema_minor() == 2);
  CHECK((*theirs)->generation() == 3);
  CHECK((*theirs)->slots_size() == 0);
  CHECK(stored(disk).schema_minor() == 0);
  wire::ring_view alone = **theirs;  // one that asks nobody makes a table of its own
  *alone.mutable_slots() = view_of(2).slots();
  put_whole_in_one_row(disk, alone);
  CHECK(stored(disk).schema_minor() == 0);
  CHECK(stored(disk).slots_size() == meta_slot);
  CHECK(stored(disk).ByteSizeLong() == alone.ByteSizeLong() - 30 - 2);
  put_whole_in_one_row(disk, view_of(2));
  CHECK(stored(disk).SerializeAsString() == view_of(2).SerializeAsString());
  journal_batch after_restart(disk);
  after_restart.add(committed(3, delta_to(3)));
  write(disk, after_restart);
  CHECK(stored(disk).SerializeAsString() == view_of(3).SerializeAsString());
}

TEST_CASE("ring view rows: one that is damaged, missing, too many or of another time is found, and no delta follows") {
  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(2)));
  write(disk, batch);
  const rows_by_key before = view_rows(disk);
  batch.add(committed(2, delta_to(3)));
  write(disk, batch);
  const rows_by_key now = view_rows(disk);
  const std::string head = ring_view_key(meta_slot).text();
  const std::string place = make_view_row_key(meta_slot, view_row::places, 1).text();
  REQUIRE(before.at(place) == now.at(place));
  const std::string changed = make_view_row_key(meta_slot, view_row::places, 2).text();
  REQUIRE(before.at(changed) != now.at(changed));

  disk.flip_bit(family::meta, place, 0);
  CHECK(damage_of(disk) == "meta slot=4 ring_view place=1: checksum mismatch");
  put_row(disk, place, std::nullopt);
  CHECK(damage_of(disk) == "meta slot=4 ring_view: it has 7 rows, and there are 6");
  journal_batch after_restart(disk);
  after_restart.add(committed(3, delta_to(4)));
  REQUIRE(after_restart.failure().has_value());
  CHECK(after_restart.failure()->code == errc::corrupt_record);
  put_row(disk, place, now.at(place));
  put_row(disk, changed, before.at(changed));
  CHECK(damage_of(disk) == "meta slot=4 ring_view: its rows are not all of one time");
  put_row(disk, changed, now.at(changed));
  put_row(disk, make_view_row_key(meta_slot, view_row::places, 4).text(), now.at(changed));
  CHECK(damage_of(disk) == "meta slot=4 ring_view place=4: checksum mismatch");
  put_row(disk, make_view_row_key(meta_slot, view_row::places, 4).text(), std::nullopt);
  put_row(disk, head, std::nullopt);
  CHECK(damage_of(disk) == "meta slot=4 ring_view: missing, and there are 7 rows of it");
  put_row(disk, head, now.at(head));
  CHECK(stored(disk).SerializeAsString() == view_of(3).SerializeAsString());
}

TEST_CASE("ring view rows: a pulled view puts damaged ones in order, and an empty one leaves none") {
  simulated_disk disk;
  {
    journal_batch batch(disk);
    batch.add(committed(1, whole(3)));
    write(disk, batch);
  }
  put_row(disk, make_view_row_key(meta_slot, view_row::places, 1).text(), std::nullopt);
  put_row(disk, make_view_row_key(meta_slot, view_row::moves, 5).text(), "stale");
  simulated_disk leader;
  put_whole_in_one_row(leader, view_of(2));
  wire::fetch_chunk wanted;
  wanted.set_slot(meta_slot);
  wanted.set_family(static_cast<std::uint32_t>(family::meta));
  wanted.set_bytes_max(1);
  auto chunk = read_chunk(leader, wanted);
  REQUIRE(chunk.has_value());
  REQUIRE(check_chunk(wanted, *chunk).has_value());
  journal_write pulled;
  pulled.slot = meta_slot;
  pulled.chunks.push_back({family::meta, {}, std::move(*chunk)});
  journal_batch batch(disk);
  batch.add(pulled);
  write(disk, batch);
  CHECK(stored(disk).SerializeAsString() == view_of(2).SerializeAsString());
  CHECK(view_rows(disk).size() == 1 + 2 + meta_slot);

  pulled.chunks.front().chunk.Clear();
  pulled.chunks.front().chunk.set_last(true);
  batch.add(pulled);
  write(disk, batch);
  CHECK(view_rows(disk).empty());
  CHECK(stored(disk).generation() == 0);
}

}  // namespace carillon::storage
