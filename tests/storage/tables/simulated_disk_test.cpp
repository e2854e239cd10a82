// The simulator's disk goes wrong the way disks do, on demand and by chance: a lost tail of batches
// and never a hole, failures that last until the restart, rot that the seals find.
#include "tests/storage/tables/stores.hpp"

#include <chrono>
#include <set>

#include "storage/journal_batch.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"

namespace carillon::storage {
namespace {

// Batch number n puts row n, and replaces the row that all of them share.
status write(simulated_disk& disk, int n, bool sync) {
  auto batch = disk.make_batch();
  batch->put(family::meta, "row " + std::to_string(n), "x");
  batch->put(family::meta, "last", std::to_string(n));
  batch->erase(family::meta, "row " + std::to_string(n - 2));
  return disk.write(*batch, sync);
}

std::string last(const simulated_disk& disk) {
  return disk.get(family::meta, "last")->value_or("none");
}

TEST_CASE("simulated_disk: a crash keeps what was synced and a prefix of the rest, whole batches") {
  for (std::size_t surviving = 0; surviving <= 4; ++surviving) {
    simulated_disk disk;
    for (int n = 1; n <= 6; ++n)
      REQUIRE(write(disk, n, n == 3).has_value());
    CHECK(disk.unsynced_batches() == 3);
    disk.crash(surviving);
    const int end = 3 + static_cast<int>(std::min<std::size_t>(surviving, 3));
    CHECK(last(disk) == std::to_string(end));
    for (int n = 1; n <= 6; ++n)  // the two newest rows that survived
      CHECK(disk.get(family::meta, "row " + std::to_string(n))->has_value() ==
            (n == end || n == end - 1));
    CHECK(disk.unsynced_batches() == 0);
    REQUIRE(write(disk, 7, true).has_value());
  }
}

TEST_CASE("simulated_disk: chance leaves every prefix, none and all among them") {
  seeded_random random(7);
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    simulated_disk disk;
    write(disk, 1, true).has_value();
    write(disk, 2, false).has_value();
    write(disk, 3, false).has_value();
    disk.crash(random);
    seen.insert(last(disk));
  }
  CHECK(seen == std::set<std::string>{"1", "2", "3"});
}

TEST_CASE("simulated_disk: a range deletion is taken back with its batch") {
  simulated_disk disk;
  auto batch = disk.make_batch();
  for (raft::log_index index = 1; index <= 5; ++index)
    batch->put(family::log, make_log_key(1, index), "entry");
  REQUIRE(disk.write(*batch, true).has_value());
  const auto before = disk.fingerprint();
  batch->clear();
  batch->erase_range(family::log, make_log_key(1, 2), make_log_key(1, 5));
  batch->put(family::log, make_log_key(1, 3), "another");
  REQUIRE(disk.write(*batch, false).has_value());
  CHECK(disk.fingerprint() != before);
  CHECK_FALSE(disk.get(family::log, make_log_key(1, 4))->has_value());
  CHECK(disk.get(family::log, make_log_key(1, 5))->has_value());
  disk.crash(0);
  CHECK(disk.fingerprint() == before);
}

TEST_CASE("simulated_disk: a cursor and a crash do not disturb each other") {
  simulated_disk disk;
  write(disk, 1, true).has_value();
  write(disk, 2, false).has_value();
  auto at = disk.scan(family::meta, "last");
  disk.crash(0);
  at->seek("");
  REQUIRE(at->valid());
  CHECK(at->value() == "2");
  CHECK(last(disk) == "1");
}

TEST_CASE("simulated_disk: it fails after so many good writes and stays down until a restart") {
  simulated_disk disk;
  disk.fail_after(1);
  CHECK(write(disk, 1, true).has_value());
  CHECK(write(disk, 2, true).code() == errc::storage_unavailable);
  CHECK(write(disk, 3, true).code() == errc::storage_unavailable);
  CHECK(disk.is_down());
  CHECK(last(disk) == "1");  // reads go on, and nothing of the failed one is there
  disk.restart();
  CHECK_FALSE(disk.is_down());
  CHECK(write(disk, 4, true).has_value());
}

TEST_CASE("simulated_disk: a full disk is full after a restart too, until there is room") {
  simulated_disk disk;
  disk.set_full(true);
  CHECK(write(disk, 1, true).code() == errc::storage_unavailable);
  disk.restart();
  CHECK(write(disk, 1, true).code() == errc::storage_unavailable);
  disk.set_full(false);
  CHECK(write(disk, 1, true).code() == errc::storage_unavailable);  // down since the last failure
  disk.crash(0);
  CHECK(write(disk, 1, true).has_value());
}

TEST_CASE("simulated_disk: rot hits a row under the prefix, and its seal says so") {
  simulated_disk disk;
  seeded_random random(3);
  CHECK_FALSE(disk.rot(family::log, "", random).has_value());
  auto batch = disk.make_batch();
  for (slot_id slot = 1; slot <= 3; ++slot) {
    std::string value = "payload";
    seal(family::log, make_log_key(slot, 1), value);
    batch->put(family::log, make_log_key(slot, 1), value);
  }
  REQUIRE(disk.write(*batch, true).has_value());
  const auto hit = disk.rot(family::log, slot_prefix(2), random);
  REQUIRE(hit.has_value());
  CHECK(*hit == make_log_key(2, 1).text());
  for (slot_id slot = 1; slot <= 3; ++slot) {
    const auto value = **disk.get(family::log, make_log_key(slot, 1));
    CHECK(unseal(family::log, make_log_key(slot, 1), value).has_value() == (slot != 2));
  }
  CHECK_FALSE(disk.flip_bit(family::log, "no such key"));
  CHECK_FALSE(disk.flip_bit(family::log, *hit, 99));
}

// A host's simulated minute: 600 posts of 4 rows each through the journal's own code.
TEST_CASE("simulated_disk: a simulated minute of journal writes costs little") {
  simulated_disk disk;
  journal_batch batch(disk);
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 1; i <= 600; ++i) {
    auto command = std::make_shared<wire::slot_command>();
    auto& change = *command->mutable_channel();
    change.set_channel_id(channel_a.text());
    change.set_request_key("key " + std::to_string(i));
    auto& event = *change.add_events();
    event.set_seq(i);
    event.set_ts(i);
    event.set_kind(wire::EVENT_MESSAGE);
    event.mutable_message()->set_user(user_ann);
    event.mutable_message()->set_text("a message of usual length");
    journal_write what;
    what.slot = 1;
    what.entries.push_back({1, i, raft::entry_kind::command,
                            std::make_shared<const std::string>(command->SerializeAsString())});
    what.commands.push_back(command);
    what.applied = i;
    const bool sync = batch.add(what);
    REQUIRE(disk.write(batch.rows(), sync).has_value());
    batch.clear();
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  MESSAGE("600 posts: ", took.count(), " ms");
  CHECK(took.count() < 1'000);  // of any build on a busy machine; release: about 3
}

}  // namespace
}  // namespace carillon::storage
