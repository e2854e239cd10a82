// The ring view on the disk: a host that starts again goes on from the newest one that it had applied,
// however many changes of it were committed as deltas.
#include <doctest/doctest.h>

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
  auto row = get_row<wire::ring_view>(store, family::meta, ring_view_key(meta_slot).text());
  REQUIRE(row.has_value());
  REQUIRE(row->has_value());
  return std::move(**row);
}

void write(kv& store, journal_batch& batch) {
  REQUIRE(!batch.failure());
  REQUIRE(store.write(batch.rows(), false).has_value());
  batch.clear();
}

}  // namespace

TEST_CASE("ring view row: deltas after a whole view, in one batch and in the next, make the newest view") {
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

TEST_CASE("ring view row: after a restart the next delta follows what the disk holds") {
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

TEST_CASE("ring view row: a delta that does not follow changes nothing") {
  simulated_disk disk;
  journal_batch batch(disk);
  batch.add(committed(1, whole(1)));
  batch.add(committed(2, delta_to(3)));
  write(disk, batch);
  CHECK(stored(disk).generation() == 1);
}

TEST_CASE("ring view row: one that was pulled counts, not what this disk had before") {
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

}  // namespace carillon::storage
