// What a slot finds when its host starts: what was written before, and, in a group of several, what
// is left after damage and how far it may be trusted. Never does a replica with less than it
// acknowledged look like a sound one, however often the host restarts.
#include "tests/storage/tables/stores.hpp"

#include "storage/journal_batch.hpp"
#include "storage/keys.hpp"
#include "storage/log_store.hpp"
#include "storage/slot_start.hpp"

namespace carillon::storage {
namespace {

constexpr slot_id slot = 5;

raft::entry entry(raft::log_index index, raft::term_t term,
                  raft::entry_kind kind = raft::entry_kind::command) {
  return {term, index, kind,
          kind == raft::entry_kind::noop ? nullptr : std::make_shared<const std::string>("x")};
}

void write(kv& store, journal_write what) {
  what.slot = slot;
  journal_batch batch(store);
  const bool sync = batch.add(what);
  REQUIRE(store.write(batch.rows(), sync).has_value());
}

// Entries 1 to 6 of term 3; the tables hold the first four, the projections two.
void write_some(kv& store) {
  journal_write what;
  what.hard = raft::hard_state{4, 11};
  for (raft::log_index index = 1; index <= 6; ++index)
    what.entries.push_back(entry(index, 3));
  what.config = raft::configuration{{11, 12, 13}, {14}};
  what.applied = 4;
  what.applied_term = 3;
  what.projected = 2;
  write(store, what);
}

opened_slot open(kv& store) {
  return must(open_damaged_slot(store, slot));
}

std::string describe(const opened_slot& slot) {
  const auto& log = *slot.log;
  std::string out = "applied " + std::to_string(slot.start.applied) + ", log " +
                    std::to_string(log.first_index()) + ".." + std::to_string(log.last_index());
  if (slot.start.tables_mixed)
    out += ", mixed";
  if (slot.start.log_damaged)
    out += slot.start.acknowledged == never_whole
               ? std::string(", never whole")
               : ", damaged up to " + std::to_string(slot.start.acknowledged);
  return out;
}

TEST_CASE_TEMPLATE("slot_start: what was written is found, and nothing else is assumed", Store,
                   memory_store, rocks_store, simulated_store) {
  Store at;
  const auto empty = must(load_slot_start(at.get(), slot));
  CHECK(empty.hard == raft::hard_state{});
  CHECK(empty.applied == 0);
  CHECK_FALSE(empty.has_config);
  CHECK_FALSE(empty.tables_mixed);
  CHECK_FALSE(empty.log_damaged);

  write_some(at.get());
  const auto start = must(load_slot_start(at.get(), slot));
  CHECK(start.hard == raft::hard_state{4, 11});
  CHECK(start.applied == 4);
  CHECK(start.applied_term == 3);
  CHECK(start.projected == 2);
  CHECK(start.has_config);
  CHECK(start.config == raft::configuration{{11, 12, 13}, {14}});
  CHECK_FALSE(must(load_slot_start(at.get(), slot + 1)).has_config);
  CHECK(describe(open(at.get())) == "applied 4, log 1..6");
}

TEST_CASE("slot_start: the marks stand until they are taken away") {
  memory_kv store;
  write_some(store);
  journal_write mark;
  mark.mixed = true;
  mark.log_damage = 6;
  write(store, mark);
  store.crash();
  auto start = must(load_slot_start(store, slot));
  CHECK(start.tables_mixed);
  CHECK(start.log_damaged);
  CHECK(start.acknowledged == 6);
  journal_write pulled;
  pulled.mixed = false;
  write(store, pulled);
  store.crash();
  start = must(load_slot_start(store, slot));
  CHECK_FALSE(start.tables_mixed);
  CHECK(start.log_damaged);
  journal_write healed;
  healed.log_damage = 0;
  write(store, healed);
  store.crash();
  CHECK_FALSE(must(load_slot_start(store, slot)).log_damaged);
}

TEST_CASE("slot_start: an entry about members is read back as one") {
  memory_kv store;
  journal_write what;
  what.entries = {entry(1, 1, raft::entry_kind::noop), entry(2, 1, raft::entry_kind::config)};
  write(store, what);
  const auto log = must(log_store::open(store, slot, {}));
  const auto entries = log->entries(1, 2, 99);
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].kind == raft::entry_kind::noop);
  CHECK(entries[1].kind == raft::entry_kind::config);
  CHECK(*entries[1].payload == "x");
}

TEST_CASE("slot_start: a group of one refuses to start with any of it damaged") {
  for (const auto& key : {hard_state_key(slot), applied_key(slot), projected_key(slot),
                          group_config_key(slot)}) {
    memory_kv store;
    write_some(store);
    store.flip_bit(family::meta, key, 0);
    CHECK(load_slot_start(store, slot).code() == errc::corrupt_record);
  }
}

TEST_CASE("damage: an entry that the tables hold is cut off, and the rest is trusted") {
  for (raft::log_index bad : {3, 4}) {
    memory_kv store;
    write_some(store);
    store.flip_bit(family::log, make_log_key(slot, bad), 0);
    for (int start = 0; start < 2; ++start) {
      auto opened = open(store);
      CHECK(describe(opened) == "applied 4, log 5..6");
      CHECK(*opened.log->term_of(4) == 3);
      CHECK(opened.log->entries(5, 6, 99).size() == 2);
      CHECK(opened.start.hard == raft::hard_state{4, 11});
      store.crash();  // what was repaired is on disk
    }
  }
}

TEST_CASE("damage: an entry that the tables lack leaves a log that is remembered as damaged") {
  for (raft::log_index bad : {5, 6}) {
    memory_kv store;
    write_some(store);
    store.flip_bit(family::log, make_log_key(slot, bad), 0);
    CHECK(describe(open(store)) == "applied 4, log 5..4, damaged up to 6");
    store.crash();
    CHECK(describe(open(store)) == "applied 4, log 5..4, damaged up to 6");
    // It follows a leader again, and that alone heals nothing.
    journal_write appended;
    appended.entries = {entry(5, 9)};
    write(store, appended);
    CHECK(describe(open(store)) == "applied 4, log 5..5, damaged up to 6");
    // Restarted by a snapshot at the end of what it acknowledged, it is whole.
    journal_write healed;
    healed.restart = log_restart{6, 9};
    healed.log_damage = 0;
    write(store, healed);
    CHECK(describe(open(store)) == "applied 6, log 7..6");
  }
}

TEST_CASE("damage: a second one never makes less of what was acknowledged") {
  memory_kv store;
  write_some(store);
  store.flip_bit(family::log, make_log_key(slot, 6), 0);
  open(store);
  journal_write appended;
  appended.entries = {entry(5, 9)};
  write(store, appended);
  store.flip_bit(family::log, make_log_key(slot, 5), 0);
  CHECK(describe(open(store)) == "applied 4, log 5..4, damaged up to 6");
}

TEST_CASE("damage: without its vote a replica never counts as whole under this identity") {
  memory_kv store;
  write_some(store);
  store.flip_bit(family::meta, hard_state_key(slot), 0);
  auto opened = open(store);
  CHECK(describe(opened) == "applied 4, log 1..6, never whole");
  CHECK(opened.start.hard.term == 3);  // at least what its log says
  // Its next term is on disk, and still.
  journal_write later;
  later.hard = raft::hard_state{8, 0};
  write(store, later);
  CHECK(describe(open(store)) == "applied 4, log 1..6, never whole");
}

TEST_CASE("damage: without its members a replica pulls the tables that name them") {
  memory_kv store;
  write_some(store);
  store.flip_bit(family::meta, group_config_key(slot), 0);
  auto opened = open(store);
  CHECK(describe(opened) == "applied 4, log 1..6, mixed, damaged up to 6");
  CHECK_FALSE(opened.start.has_config);
}

TEST_CASE("damage: without the applied index the tables are to be pulled; the log still counts") {
  memory_kv store;
  write_some(store);
  journal_write trim;
  trim.trim_before = 3;
  write(store, trim);
  store.flip_bit(family::meta, applied_key(slot), 0);
  CHECK(describe(open(store)) == "applied 2, log 3..6, mixed");
  store.crash();
  CHECK(describe(open(store)) == "applied 2, log 3..6, mixed");
}

TEST_CASE("damage: the place of the first entry is found again from the entries") {
  memory_kv store;
  write_some(store);
  journal_write trim;
  trim.trim_before = 3;
  write(store, trim);
  store.flip_bit(family::meta, first_index_key(slot), 0);
  CHECK(describe(open(store)) == "applied 4, log 5..6");
}

TEST_CASE("damage: every single row may rot, and nothing is ever forgotten quietly") {
  // The acknowledged end is 6; whoever holds less must say so, or hold the tables' part of it.
  memory_kv whole;
  write_some(whole);
  for (std::size_t i = 0; i < family_count; ++i) {
    const auto where = static_cast<family>(i);
    for (const auto& [key, value] : whole.contents(where)) {
      CAPTURE(describe_key(where, key));
      memory_kv store;
      write_some(store);
      store.flip_bit(where, key, value.size() - 1);
      const auto opened = open(store);
      const bool complete = opened.log->last_index() == 6;
      CHECK((complete || opened.start.log_damaged));
      CHECK((opened.start.hard == raft::hard_state{4, 11} || opened.start.log_damaged));
      CHECK((opened.start.applied == 4 || opened.start.tables_mixed));
    }
  }
}

}  // namespace
}  // namespace carillon::storage
