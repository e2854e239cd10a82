// A slot's log as its raft core sees it: window and disk answer as one, before and after a restart,
// through replaced suffixes, trims, and damage. Written by the journal, over both stores.
#include "tests/storage/tables/stores.hpp"

#include <future>

#include "storage/journal.hpp"
#include "storage/keys.hpp"
#include "storage/log_store.hpp"

namespace carillon::storage {
namespace {

constexpr slot_id slot = 5;

raft::entry entry(raft::log_index index, raft::term_t term, const std::string& text = "x") {
  return {term, index, raft::entry_kind::command, std::make_shared<const std::string>(text)};
}

// A log and its journal, as a slot actor holds them; restart() is a new process on the same disk.
template <class Store>
struct slot_on_disk {
  Store at;
  std::unique_ptr<journal> writer;
  std::unique_ptr<log_store> log;

  slot_on_disk() { restart(); }

  void restart() {
    writer.reset();
    const auto start = load_slot_start(at.get(), slot);
    REQUIRE(start.has_value());
    auto opened = log_store::open(at.get(), slot, *start);
    REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().describe()));
    log = std::move(*opened);
    writer = std::make_unique<journal>(at.get(), journal::options{});
  }

  void write(journal_write what) {
    std::promise<status> done;
    what.slot = slot;
    what.done = [&](status written) { done.set_value(std::move(written)); };
    writer->submit(std::move(what));
    const auto written = done.get_future().get();
    REQUIRE(written.has_value());
  }
  void append(std::vector<raft::entry> entries) {
    log->append(entries);
    journal_write what;
    what.entries = std::move(entries);
    write(std::move(what));
    log->persisted(log->last_index());
  }
  void apply_up_to(raft::log_index index) {
    journal_write what;
    what.applied = index;
    what.applied_term = *log->term_of(index);
    what.projected = index;
    write(std::move(what));
  }
  void trim_before(raft::log_index index) {
    log->trim_before(index);
    journal_write what;
    what.trim_before = index;
    write(std::move(what));
  }
};

// "index:term" of everything kept.
std::string describe(const log_store& log) {
  std::string out;
  for (const auto& each : log.entries(log.first_index(), log.last_index(), ~std::size_t{0}))
    out += std::to_string(each.index) + ":" + std::to_string(each.term) + " ";
  return out;
}

TEST_CASE_TEMPLATE("log_store: an empty log is empty, also after a restart", Store, memory_store,
                   rocks_store) {
  slot_on_disk<Store> here;
  for (int i = 0; i < 2; ++i) {
    CHECK(here.log->first_index() == 1);
    CHECK(here.log->last_index() == 0);
    CHECK(*here.log->term_of(0) == 0);
    CHECK_FALSE(here.log->term_of(1).has_value());
    CHECK(here.log->entries(1, 10, 1'000).empty());
    here.restart();
  }
}

TEST_CASE_TEMPLATE("log_store: entries are found again after a restart, wherever applying stands",
                   Store, memory_store, rocks_store) {
  slot_on_disk<Store> here;
  here.append({entry(1, 1), entry(2, 1)});
  here.append({entry(3, 2, "three")});
  const auto check = [&] {
    CHECK(describe(*here.log) == "1:1 2:1 3:2 ");
    CHECK(*here.log->term_of(2) == 1);
    CHECK(*here.log->term_of(3) == 2);
    CHECK_FALSE(here.log->term_of(4).has_value());
    CHECK(*here.log->entries(3, 3, 1)[0].payload == "three");
  };
  check();
  here.restart();
  check();
  here.apply_up_to(2);
  here.restart();
  check();
  here.apply_up_to(3);
  here.restart();
  check();
}

TEST_CASE_TEMPLATE("log_store: a page of entries is bounded in bytes but never empty", Store,
                   memory_store, rocks_store) {
  slot_on_disk<Store> here;
  here.append({entry(1, 1, "12345"), entry(2, 1, "12345"), entry(3, 1, "12345")});
  const auto check = [&] {
    CHECK(here.log->entries(1, 3, 0).size() == 1);
    CHECK(here.log->entries(1, 3, 9).size() == 1);
    CHECK(here.log->entries(1, 3, 10).size() == 2);
    CHECK(here.log->entries(1, 3, 14).size() == 2);
    CHECK(here.log->entries(1, 3, 15).size() == 3);
    CHECK(here.log->entries(2, 2, 15).size() == 1);
    CHECK(here.log->entries(2, 99, 99).size() == 2);
    CHECK(here.log->entries(4, 9, 99).empty());
  };
  check();
  here.apply_up_to(3);
  here.restart();  // 1 and 2 are read from the disk now
  check();
}

TEST_CASE_TEMPLATE("log_store: a conflicting suffix is replaced, in memory and on disk", Store,
                   memory_store, rocks_store) {
  slot_on_disk<Store> here;
  here.append({entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)});
  here.append({entry(2, 2)});
  CHECK(describe(*here.log) == "1:1 2:2 ");
  here.restart();
  CHECK(describe(*here.log) == "1:1 2:2 ");
  here.append({entry(3, 2), entry(4, 2)});
  here.restart();
  // The first write after a restart may replace as well.
  here.append({entry(3, 3)});
  here.restart();
  CHECK(describe(*here.log) == "1:1 2:2 3:3 ");
}

TEST_CASE_TEMPLATE("log_store: a trim keeps the term before the first index, across restarts",
                   Store, memory_store, rocks_store) {
  slot_on_disk<Store> here;
  here.append({entry(1, 1), entry(2, 2), entry(3, 3), entry(4, 4)});
  here.apply_up_to(4);
  here.trim_before(3);
  const auto check = [&] {
    CHECK(here.log->first_index() == 3);
    CHECK(here.log->last_index() == 4);
    CHECK(*here.log->term_of(2) == 2);
    CHECK_FALSE(here.log->term_of(1).has_value());
    CHECK(here.log->entries(2, 4, 99).empty());
    CHECK(describe(*here.log) == "3:3 4:4 ");
  };
  check();
  here.restart();
  check();
  here.trim_before(2);  // an older one changes nothing
  check();
  here.trim_before(4);
  here.restart();
  CHECK(here.log->first_index() == 4);
  CHECK(*here.log->term_of(3) == 3);
  CHECK_FALSE(here.at.get().get(family::log, make_log_key(slot, 2))->has_value());
}

TEST_CASE_TEMPLATE("log_store: trimmed to its end, a log is empty and goes on", Store, memory_store,
                   rocks_store) {
  slot_on_disk<Store> here;
  here.append({entry(1, 1), entry(2, 2)});
  here.apply_up_to(2);
  here.trim_before(3);
  here.restart();
  CHECK(here.log->first_index() == 3);
  CHECK(here.log->last_index() == 2);
  CHECK(*here.log->term_of(2) == 2);
  CHECK(describe(*here.log) == "");
  here.append({entry(3, 5)});
  here.restart();
  CHECK(describe(*here.log) == "3:5 ");
}

TEST_CASE_TEMPLATE("log_store: over its bound the window lets go of what is on disk, and of that "
                   "only",
                   Store, memory_store, rocks_store) {
  slot_on_disk<Store> here;
  const std::string text(log_store::window_max_bytes / 4, 'x');
  std::vector<raft::entry> entries;
  for (raft::log_index index = 1; index <= 10; ++index)
    entries.push_back(entry(index, index, text));
  here.log->append(entries);
  // Nothing is on disk yet, everything is there.
  CHECK(here.log->entries(1, 10, ~std::size_t{0}).size() == 10);
  journal_write what;
  what.entries = entries;
  here.write(std::move(what));
  here.log->persisted(10);
  CHECK(here.log->entries(1, 10, ~std::size_t{0}).size() == 10);  // from the disk in part
  for (raft::log_index index = 1; index <= 10; ++index)
    CHECK(*here.log->term_of(index) == index);
  here.log->append({entry(5, 20, text)});
  CHECK(here.log->last_index() == 5);
  CHECK(*here.log->term_of(5) == 20);
}

TEST_CASE_TEMPLATE("log_store: restarted after pulled tables, the log goes on behind them, and "
                   "nothing before is there",
                   Store, memory_store, rocks_store) {
  // Behind its own end, and inside of what it held.
  for (raft::log_index index : {9, 2}) {
    CAPTURE(index);
    slot_on_disk<Store> here;
    here.append({entry(1, 1), entry(2, 1), entry(3, 1), entry(4, 1)});
    here.log->restart(index, 7);
    const auto check = [&] {
      CHECK(here.log->first_index() == index + 1);
      CHECK(here.log->last_index() == index);
      CHECK(*here.log->term_of(index) == 7);
      CHECK_FALSE(here.log->term_of(index - 1).has_value());
      CHECK_FALSE(here.log->term_of(index + 1).has_value());
      CHECK(here.log->entries(1, 99, 99).empty());
    };
    check();
    journal_write what;
    what.restart = log_restart{index, 7};
    here.write(std::move(what));
    here.restart();
    check();
    CHECK(must(load_slot_start(here.at.get(), slot)).applied == index);
    here.append({entry(index + 1, 8)});
    here.trim_before(index + 2);
    here.restart();
    CHECK(here.log->last_index() == index + 1);
    CHECK(*here.log->term_of(index + 1) == 8);
  }
}

TEST_CASE("log_store: a restart overtakes writes that are still under way") {
  slot_on_disk<memory_store> here;
  std::vector<raft::entry> old = {entry(1, 1), entry(2, 1), entry(3, 1)};
  here.log->append(old);
  here.log->restart(2, 5);
  std::vector<raft::entry> fresh = {entry(3, 5, "fresh")};
  here.log->append(fresh);
  // The disk gets them one after the other, as they were submitted.
  journal_write first;
  first.entries = old;
  here.write(std::move(first));
  here.log->persisted(0);  // of what is in the log, nothing
  journal_write second;
  second.restart = log_restart{2, 5};
  second.entries = fresh;
  here.write(std::move(second));
  here.log->persisted(3);
  for (int i = 0; i < 2; ++i) {
    CHECK(describe(*here.log) == "3:5 ");
    CHECK(*here.log->term_of(2) == 5);
    here.restart();
  }
}

TEST_CASE("log_store: an old entry that rots while the log is open is reported, the rest is read") {
  slot_on_disk<memory_store> here;
  here.append({entry(1, 1), entry(2, 1), entry(3, 1)});
  here.apply_up_to(3);
  here.restart();  // 1 and 2 are on the disk only
  CHECK_FALSE(here.log->damage().has_value());
  here.at.store.flip_bit(family::log, make_log_key(slot, 2), 0);
  CHECK(here.log->entries(1, 3, 99).size() == 1);
  REQUIRE(here.log->damage().has_value());
  CHECK(here.log->damage()->code == errc::corrupt_record);
  CHECK_FALSE(here.log->term_of(2).has_value());
  CHECK(*here.log->term_of(3) == 1);
}

TEST_CASE("log_store: a damaged or missing entry is named when the log is opened") {
  slot_on_disk<memory_store> here;
  here.append({entry(1, 1), entry(2, 1), entry(3, 1)});
  here.writer.reset();
  auto& store = here.at.store;
  store.flip_bit(family::log, make_log_key(slot, 2), 0);
  auto opened = log_store::open(store, slot, {});
  REQUIRE_FALSE(opened.has_value());
  CHECK(opened.code() == errc::corrupt_record);
  CHECK(opened.error().detail == "log slot=5 index=2: checksum mismatch");

  auto batch = store.make_batch();
  batch->erase(family::log, make_log_key(slot, 2));
  must_write(store, *batch);
  CHECK(log_store::open(store, slot, {}).error().detail == "log slot=5 index=2: missing");
}

TEST_CASE("log_store: tables that are ahead of the log are refused") {
  slot_on_disk<memory_store> here;
  here.append({entry(1, 1)});
  slot_start start;
  start.applied = 2;
  CHECK(log_store::open(here.at.store, slot, start).code() == errc::corrupt_record);
  start.applied = 1;
  CHECK(log_store::open(here.at.store, slot, start).has_value());
}

}  // namespace
}  // namespace carillon::storage
