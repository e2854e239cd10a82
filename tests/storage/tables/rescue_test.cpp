// A store with bad blocks: what can be read is in the new one, what cannot is marked there, and
// nothing that was acknowledged is quietly missing. First over a store that refuses chosen keys, then
// over RocksDB with a byte changed in a table file.
#include "tests/storage/tables/stores.hpp"

#include <fstream>
#include <functional>
#include <set>

#include "storage/founding.hpp"
#include "storage/journal_batch.hpp"
#include "storage/keys.hpp"
#include "storage/log_store.hpp"
#include "storage/record.hpp"
#include "storage/rescue.hpp"
#include "storage/slot_start.hpp"

namespace carillon::storage {
namespace {

namespace fs = std::filesystem;

// Reading any of the bad keys fails, as a bad block does: also for a cursor that comes to it.
class bad_blocks final : public kv {
public:
  explicit bad_blocks(kv& store) : store_(store) {}
  std::set<std::pair<family, std::string>> bad;

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    if (is_bad(where, key))
      return make_error(errc::corrupt_record, "bad block");
    return store_.get(where, key);
  }
  std::unique_ptr<cursor> scan(family where, std::string_view prefix) const override {
    return std::make_unique<bad_cursor>(*this, where, store_.scan(where, prefix));
  }
  std::unique_ptr<write_batch> make_batch() const override { return store_.make_batch(); }
  status write(write_batch&, bool) override { return errc::storage_unavailable; }
  std::uint64_t memory_bytes() const override { return 0; }

private:
  class bad_cursor final : public cursor {
  public:
    bad_cursor(const bad_blocks& owner, family where, std::unique_ptr<cursor> at)
        : owner_(owner), where_(where), at_(std::move(at)) {}
    void seek(std::string_view key) override { at_->seek(key); }
    void seek_for_prev(std::string_view key) override { at_->seek_for_prev(key); }
    void next() override { at_->next(); }
    void prev() override { at_->prev(); }
    bool valid() const override { return at_->valid() && !owner_.is_bad(where_, at_->key()); }
    std::string_view key() const override { return at_->key(); }
    std::string_view value() const override { return at_->value(); }
    status failure() const override {
      if (at_->valid() && owner_.is_bad(where_, at_->key()))
        return make_error(errc::corrupt_record, "bad block");
      return at_->failure();
    }

  private:
    const bad_blocks& owner_;
    family where_;
    std::unique_ptr<cursor> at_;
  };
  bool is_bad(family where, std::string_view key) const {
    return bad.contains({where, std::string(key)});
  }

  kv& store_;
};

constexpr std::uint32_t slots = 4;
constexpr slot_id slot = 2;

void write(kv& store, const journal_write& what) {
  journal_batch batch(store);
  const bool sync = batch.add(what);
  REQUIRE(store.write(batch.rows(), sync).has_value());
}

// In every slot: entries 1 to 6, four applied, a post in the tables.
void fill(kv& store) {
  seeded_random random(1);
  must(found_or_check(store, slots, random));
  for (slot_id each = 0; each <= slots; ++each) {
    journal_write what;
    what.slot = each;
    what.hard = raft::hard_state{4, 11};
    for (raft::log_index index = 1; index <= 6; ++index)
      what.entries.push_back({3, index, raft::entry_kind::noop, nullptr});
    auto command = std::make_shared<wire::slot_command>();
    command->mutable_channel()->set_channel_id(channel_a.text());
    auto& event = *command->mutable_channel()->add_events();
    event.set_seq(1);
    event.set_ts(1);
    event.set_kind(wire::EVENT_MESSAGE);
    what.commands.push_back(command);
    what.config = raft::configuration{{11, 12, 13}, {}};
    what.applied = 4;
    what.applied_term = 3;
    write(store, what);
  }
}

std::string describe(kv& store, slot_id of) {
  const auto opened = must(open_damaged_slot(store, of));
  std::string out = "term " + std::to_string(opened.start.hard.term) + ", applied " +
                    std::to_string(opened.start.applied) + ", log " +
                    std::to_string(opened.log->first_index()) + ".." +
                    std::to_string(opened.log->last_index());
  if (opened.start.tables_mixed)
    out += ", mixed";
  if (opened.start.log_damaged)
    out += opened.start.acknowledged == never_whole
               ? std::string(", never whole")
               : ", damaged up to " + std::to_string(opened.start.acknowledged);
  return out;
}

constexpr auto sound = "term 4, applied 4, log 1..6";

// What is left of a filled store when these keys cannot be read.
std::string rescued(std::set<std::pair<family, std::string>> bad) {
  memory_kv store;
  fill(store);
  bad_blocks from(store);
  from.bad = std::move(bad);
  memory_kv to;
  must(rescue(from, to));
  to.crash();  // all of it was synced
  for (slot_id each = 0; each <= slots; ++each)
    if (each != slot)
      CHECK(describe(to, each) == sound);
  seeded_random random(2);
  CHECK(must(open_founding(to, slots, random)).cluster_id != 0);
  return describe(to, slot);
}

TEST_CASE("rescue: a sound store is copied row for row") {
  memory_kv from;
  fill(from);
  memory_kv to;
  const auto report = must(rescue(from, to));
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < family_count; ++i) {
    CHECK(from.contents(static_cast<family>(i)) == to.contents(static_cast<family>(i)));
    rows += from.contents(static_cast<family>(i)).size();
  }
  CHECK(report.rows_copied == rows);
  CHECK(report.slots_mixed + report.logs_damaged + report.hard_states_lost == 0);
}

TEST_CASE("rescue: rows of the tables that cannot be read leave a slot to be pulled") {
  CHECK(rescued({{family::messages, make_message_key(slot, channel_a, 1).text()}}) ==
        "term 4, applied 4, log 1..6, mixed");
  CHECK(rescued({{family::index, make_ts_key(slot, channel_a, 1).text()}}) ==
        "term 4, applied 4, log 1..6, mixed");
}

TEST_CASE("rescue: log entries that the tables hold may be lost, those they lack are remembered") {
  const auto log = [](raft::log_index index) {
    return std::pair(family::log, make_log_key(slot, index).text());
  };
  CHECK(rescued({log(1)}) == "term 4, applied 4, log 5..6");
  CHECK(rescued({log(3)}) == "term 4, applied 4, log 5..6");
  CHECK(rescued({log(5)}) == "term 4, applied 4, log 5..4, damaged up to 6");
  // The end itself: nobody can say how far the log went.
  CHECK(rescued({log(6)}) == "term 4, applied 4, log 5..4, never whole");
}

TEST_CASE("rescue: a lost vote, lost members, a lost applied index each have their consequence") {
  const auto meta = [](std::string_view key) { return std::pair(family::meta, std::string(key)); };
  CHECK(rescued({meta(hard_state_key(slot))}) == "term 3, applied 4, log 1..6, never whole");
  CHECK(rescued({meta(group_config_key(slot))}) ==
        "term 4, applied 4, log 1..6, mixed, damaged up to 6");
  CHECK(rescued({meta(applied_key(slot))}) == "term 4, applied 0, log 1..6, mixed");
  CHECK(rescued({meta(applied_key(slot)), {family::log, make_log_key(slot, 2).text()}}) ==
        "term 4, applied 0, log 1..0, mixed, damaged up to 6");
}

TEST_CASE("rescue: an earlier damage of a log is not made smaller by a later one") {
  memory_kv store;
  fill(store);
  journal_write mark;
  mark.slot = slot;
  mark.log_damage = 50;
  write(store, mark);
  bad_blocks from(store);
  from.bad.insert({family::log, make_log_key(slot, 5).text()});
  memory_kv to;
  must(rescue(from, to));
  CHECK(describe(to, slot) == "term 4, applied 4, log 5..4, damaged up to 50");
}

TEST_CASE("rescue: starts are counted on, under the same names") {
  memory_kv store;
  fill(store);
  seeded_random random(2);
  auto facts = must(open_founding(store, slots, random));
  REQUIRE(count_start(store, facts, {.cluster = "trial", .host = "a"}));
  memory_kv to;
  must(rescue(store, to));
  const auto rescued = must(open_founding(to, slots, random));
  CHECK(rescued.starts == facts.starts);
  CHECK(rescued.host_name == "a");
  CHECK(rescued.cluster_name == "trial");
}

TEST_CASE("rescue: without its founding facts a store is not rescued") {
  for (auto key : {founding_key, cluster_key, starts_key}) {
    memory_kv store;
    fill(store);
    bad_blocks from(store);
    from.bad.insert({family::meta, std::string(key)});
    memory_kv to;
    CHECK(rescue(from, to).code() == errc::corrupt_record);
  }
}

// -- RocksDB ---------------------------------------------------------------------------------------

const rocks_kv::options small = {
    .block_cache_bytes = 8u << 20, .write_buffer_bytes = 1u << 20, .wal_max_bytes = 4u << 20};

// Posts that no compression makes small, in all slots of a store.
status post(kv& store, std::uint64_t seq, std::size_t bytes = 4'000) {
  seeded_random random(seq);
  auto batch = store.make_batch();
  for (slot_id each = 0; each < slots; ++each) {
    std::string value;
    while (value.size() < bytes)
      append_u64(value, random.next());
    const auto key = make_message_key(each, channel_a, seq);
    seal(family::messages, key, value);
    batch->put(family::messages, key, value);
  }
  return store.write(*batch, false);
}

// Changes a byte in the middle of every table file over `size` bytes: blocks of the messages.
int damage_files(const fs::path& folder, std::uintmax_t size) {
  int damaged = 0;
  for (const auto& each : fs::directory_iterator(folder)) {
    if (each.path().extension() != ".sst" || each.file_size() < size)
      continue;
    std::fstream file(each.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(each.file_size() / 8));
    const char byte = static_cast<char>(file.get());
    file.seekp(static_cast<std::streamoff>(each.file_size() / 8));
    file.put(static_cast<char>(byte ^ 1));
    ++damaged;
  }
  return damaged;
}

TEST_CASE("rescue: a bad block that stops a compaction is gone after the next start, the rest stays") {
  temporary_folder folder;
  const std::string path = (folder.path() / "db").string();
  std::uint64_t seq = 1;
  {
    auto store = must(rocks_kv::open(path, small));
    fill(*store);
    for (; seq <= 60; ++seq)
      REQUIRE(post(*store, seq).has_value());
  }
  must(rocks_kv::open(path, small));  // recovery writes what the write-ahead log held to tables
  REQUIRE(damage_files(path, 500'000) > 0);
  {
    auto store = must(open_or_rescue(path, small));
    CHECK_FALSE(fs::exists(rocks_kv::damage_mark_of(path)));
    // Compactions meet the block sooner or later, and then nothing is written any more.
    status written = ok;
    while (seq < 10'000 && written)
      written = post(*store, seq++);
    REQUIRE_FALSE(written.has_value());
    CHECK(written.code() == errc::storage_unavailable);
    CHECK(fs::exists(rocks_kv::damage_mark_of(path)));
  }
  const auto unmarked = [&](kv& store) {
    int whole = 0;
    for (slot_id each = 0; each <= slots; ++each)
      whole += describe(store, each) == sound;
    return whole;
  };
  for (int start = 0; start < 2; ++start) {
    auto store = must(open_or_rescue(path, small));
    CHECK_FALSE(fs::exists(rocks_kv::damage_mark_of(path)));
    CHECK_FALSE(fs::exists(path + ".old"));
    CHECK_FALSE(fs::exists(path + ".rescued"));
    CHECK(unmarked(*store) >= 3);             // one block: one slot, or two at its border
    CHECK(unmarked(*store) <= slots);
    for (int i = 0; i < 200; ++i)             // more than what stopped it before
      REQUIRE(post(*store, seq++).has_value());
  }
}

TEST_CASE("rescue: a block that a reader found bad is marked, and a group of one is told in words") {
  temporary_folder folder;
  const std::string path = (folder.path() / "db").string();
  {
    auto store = must(rocks_kv::open(path, small));
    fill(*store);
    for (std::uint64_t seq = 2; seq <= 60; ++seq)
      REQUIRE(post(*store, seq).has_value());
  }
  must(rocks_kv::open(path, small));
  REQUIRE(damage_files(path, 500'000) > 0);
  {
    auto store = must(rocks_kv::open(path, small));
    bool found = false;
    for (slot_id each = 0; each < slots; ++each) {
      auto at = store->scan(family::messages, slot_prefix(each));
      for (at->seek(""); at->valid();)
        at->next();
      found = found || !at->failure();
    }
    CHECK(found);
  }
  CHECK(fs::exists(rocks_kv::damage_mark_of(path)));
  auto again = must(open_or_rescue(path, small));
  CHECK_FALSE(fs::exists(rocks_kv::damage_mark_of(path)));
}

TEST_CASE("rescue: a crash at any point of the swap is made good by the next start") {
  const auto found = [](const std::string& path) {
    seeded_random random(9);
    auto store = must(open_or_rescue(path, small));
    CHECK_FALSE(fs::exists(path + ".old"));
    CHECK_FALSE(fs::exists(path + ".rescued"));
    return must(open_founding(*store, slots, random)).store_id;
  };
  const auto make = [](const std::string& path, std::uint64_t seed) {
    seeded_random random(seed);
    auto store = must(rocks_kv::open(path, small));
    return must(found_or_check(*store, slots, random)).store_id;
  };
  {
    temporary_folder folder;  // the copy was not finished
    const std::string path = (folder.path() / "db").string();
    const auto id = make(path, 1);
    make(path + ".rescued", 2);
    CHECK(found(path) == id);
  }
  {
    temporary_folder folder;  // between the two renames
    const std::string path = (folder.path() / "db").string();
    make(path + ".old", 1);
    const auto id = make(path + ".rescued", 2);
    CHECK(found(path) == id);
  }
  {
    temporary_folder folder;  // the old one was not removed yet
    const std::string path = (folder.path() / "db").string();
    const auto id = make(path, 1);
    make(path + ".old", 2);
    CHECK(found(path) == id);
  }
}

}  // namespace
}  // namespace carillon::storage
