// Looking over a whole store: a sound one is described, and every kind of damage is found, named with
// its table, slot and entity, and nothing else is. First over a store in memory with a bit flipped,
// then over RocksDB with a byte changed in a file.
#include "tests/storage/tables/stores.hpp"

#include <fstream>
#include <map>

#include "runtime/base/logging.hpp"
#include "storage/founding.hpp"
#include "storage/journal_batch.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"
#include "storage/rocks_files.hpp"
#include "storage/store_check.hpp"

namespace carillon::storage {
namespace {

namespace fs = std::filesystem;

const entity_id general = *entity_id::parse("C000000000001");
const entity_id random_talk = *entity_id::parse("C000000000002");
const entity_id ann = *entity_id::parse("U000000000001");
const slot_id home = slot_of(general, test_slots);

void write(kv& store, const journal_write& what) {
  journal_batch batch(store);
  const bool sync = batch.add(what);
  REQUIRE(store.write(batch.rows(), sync).has_value());
}

std::shared_ptr<wire::slot_command> post(const entity_id& channel, std::uint64_t seq) {
  auto command = std::make_shared<wire::slot_command>();
  auto& change = *command->mutable_channel();
  change.set_channel_id(channel.text());
  auto& event = *change.add_events();
  event.set_seq(seq);
  event.set_ts(1'000'000 + seq);
  event.set_kind(wire::EVENT_MESSAGE);
  event.mutable_message()->set_seq(seq);
  event.mutable_message()->set_ts(1'000'000 + seq);
  event.mutable_message()->set_user(ann.text());
  event.mutable_message()->set_client_msg_id(fmt::format("id-{}", seq));
  if (seq == 1) {
    change.mutable_facts()->set_id(channel.text());
    change.mutable_facts()->set_name("general");
    change.add_members_added()->set_user_id(ann.text());
  }
  return command;
}

raft::entry entry_of(raft::log_index index, const wire::slot_command& command) {
  return {2, index, raft::entry_kind::command,
          std::make_shared<const std::string>(command.SerializeAsString())};
}

// A channel with `posts` messages, the last two of them not applied yet; a user; a founded store.
void fill(kv& store, const entity_id& channel, std::uint64_t posts) {
  seeded_random random(1);
  must(found_or_check(store, test_slots, random));
  journal_write what;
  what.slot = slot_of(channel, test_slots);
  what.hard = raft::hard_state{2, 11};
  what.config = raft::configuration{{11, 12, 13}, {}};
  for (std::uint64_t seq = 1; seq <= posts; ++seq) {
    auto command = post(channel, seq);
    what.entries.push_back(entry_of(seq, *command));
    if (seq + 2 <= posts)
      what.commands.push_back(command);
  }
  what.applied = posts - 2;
  what.applied_term = 2;
  what.trim_before = 3;
  write(store, what);
  wire::slot_command user;
  user.mutable_user()->set_user_id(ann.text());
  user.mutable_user()->mutable_settings()->set_away(true);
  user.mutable_user()->add_channels()->set_channel_id(channel.text());
  apply(store, slot_of(ann, test_slots), user);
}

std::string in_words(const finding& found) {
  const char* kinds[] = {"record", "unreadable", "contradiction"};
  return fmt::format("{} | {} | slot {} | {} | {}", kinds[static_cast<int>(found.what)],
                     to_string(found.where), found.slot ? std::to_string(*found.slot) : "-",
                     found.entity, found.words);
}

std::vector<std::string> findings_of(const kv& store) {
  std::vector<std::string> out;
  for (const finding& each : check_store(store, {}).findings)
    out.push_back(in_words(each));
  return out;
}

// What is found after one bit of this record was flipped.
std::vector<std::string> after_flip(family where, std::string_view key) {
  memory_kv store;
  fill(store, general, 8);
  store.flip_bit(where, key, 3);
  return findings_of(store);
}

}  // namespace

TEST_CASE("store check: a damaged row of the ring view is found once, and a missing one too") {
  memory_kv store;
  fill(store, general, 8);
  journal_write what;
  what.slot = test_slots;
  auto command = std::make_shared<wire::slot_command>();
  auto& view = *command->mutable_meta()->mutable_view();
  view.set_generation(3);
  view.add_members()->set_store_id(7);
  view.add_slots()->set_preferred_leader(7);
  what.commands.push_back(command);
  write(store, what);
  const auto sound = check_store(store, {});
  CHECK(sound.found == 0);
  REQUIRE(sound.view.has_value());
  CHECK(sound.view->SerializeAsString() == view.SerializeAsString());

  const auto key = make_view_row_key(test_slots, view_row::places, 0);
  store.flip_bit(family::meta, key, 0);
  CHECK(findings_of(store) == std::vector<std::string>{"record | meta | slot 64 |  | meta slot=64 ring_view "
                                                       "place=0: checksum mismatch"});
  CHECK_FALSE(check_store(store, {}).view.has_value());
  auto rows = store.make_batch();
  rows->erase(family::meta, key);
  must_write(store, *rows);
  CHECK(findings_of(store) == std::vector<std::string>{"record | meta | slot 64 |  | meta slot=64 ring_view: "
                                                       "it has 2 rows, and there are 1"});
}

TEST_CASE("store check: a sound store is described and nothing is found") {
  memory_kv store;
  fill(store, general, 8);
  std::vector<channel_summary> channels;
  const auto report = check_store(store, {.on_channel = [&](const auto& each) {
                                    channels.push_back(each);
                                  }});
  CHECK(report.found == 0);
  CHECK(report.findings.empty());
  REQUIRE(report.facts.has_value());
  CHECK(report.facts->slots == test_slots);
  REQUIRE(report.slots.size() == 2);
  const slot_summary& slot =
      report.slots[0].slot == home ? report.slots[0] : report.slots[1];
  CHECK(slot.slot == home);
  CHECK(slot.facts.hard == raft::hard_state{2, 11});
  CHECK(slot.facts.applied == 6);
  CHECK(slot.first_index == 3);
  CHECK(slot.last_index == 8);
  CHECK(slot.facts.config.voters.size() == 3);
  CHECK(slot.channels == 1);
  CHECK(slot.events == 6);
  REQUIRE(channels.size() == 1);
  CHECK(channels[0].id == general);
  CHECK(channels[0].facts->name() == "general");
  CHECK(channels[0].last_seq == 6);
  CHECK(channels[0].messages == 6);
  CHECK(channels[0].members == 1);
  std::uint64_t rows = 0;
  for (std::size_t i = 0; i < family_count; ++i) {
    rows += store.contents(static_cast<family>(i)).size();
    CHECK(report.records[i] == store.contents(static_cast<family>(i)).size());
  }
  CHECK(rows > 20);
}

TEST_CASE("store check: each record with a flipped bit is found, and nothing but it") {
  memory_kv store;
  fill(store, general, 8);
  for (std::size_t i = 0; i < family_count; ++i) {
    const auto where = static_cast<family>(i);
    for (const auto& [key, value] : store.contents(where)) {
      const auto found = after_flip(where, key);
      REQUIRE_MESSAGE(found.size() == 1, describe_key(where, key));
      CHECK(found[0].starts_with(fmt::format("record | {} |", to_string(where))));
      CHECK(found[0].find(describe_key(where, key)) != std::string::npos);
    }
  }
}

TEST_CASE("store check: what is found has its table, slot and entity") {
  CHECK(after_flip(family::messages, make_message_key(home, general, 4))[0] ==
        fmt::format("record | messages | slot {0} | channel/C000000000001 | messages slot={0} "
                    "channel=C000000000001 seq=4: checksum mismatch",
                    home));
  CHECK(after_flip(family::log, make_log_key(home, 5))[0] ==
        fmt::format("record | log | slot {0} |  | log slot={0} index=5: checksum mismatch", home));
  CHECK(after_flip(family::meta, founding_key)[0] ==
        "record | meta | slot - |  | meta founding: checksum mismatch");
}

TEST_CASE("store check: what is missing is found, too") {
  memory_kv store;
  fill(store, general, 8);
  auto batch = store.make_batch();
  batch->erase(family::messages, make_message_key(home, general, 4));
  batch->erase(family::log, make_log_key(home, 5));
  must_write(store, *batch);
  const auto found = findings_of(store);
  REQUIRE(found.size() == 3);
  CHECK(found[0] == fmt::format("contradiction | log | slot {} |  | entries 5 to 5 are missing", home));
  CHECK(found[1] == fmt::format("contradiction | messages | slot {} | channel/C000000000001 | seq 5 "
                                "follows 3", home));
  CHECK(found[2] == fmt::format("contradiction | index | slot {} | channel/C000000000001 | 5 messages, "
                                "and 6 of them can be found by their ts", home));
}

TEST_CASE("store check: tables that are being pulled are no contradiction") {
  memory_kv store;
  fill(store, general, 8);
  auto batch = store.make_batch();
  batch->erase(family::messages, make_message_key(home, general, 4));
  must_write(store, *batch);
  journal_write mark;
  mark.slot = home;
  mark.mixed = true;
  write(store, mark);
  CHECK(findings_of(store).empty());
}

TEST_CASE("store check: a log that ends before what the tables hold is found") {
  memory_kv store;
  fill(store, general, 8);
  auto batch = store.make_batch();
  batch->erase_range(family::log, make_log_key(home, 5), make_log_key(home, ~0ULL));
  must_write(store, *batch);
  CHECK(findings_of(store) ==
        std::vector{fmt::format("contradiction | log | slot {} |  | the log ends at 4, the tables "
                                "hold 6", home)});
}

TEST_CASE("store check: all findings are counted, the first of them are told") {
  memory_kv store;
  fill(store, general, 40);
  for (std::uint64_t seq = 1; seq <= 30; ++seq)
    store.flip_bit(family::messages, make_message_key(home, general, seq), 3);
  const auto report = check_store(store, {.findings_max = 7, .on_channel = {}});
  CHECK(report.findings.size() == 7);
  CHECK(report.found == 30);
}

// -- RocksDB ---------------------------------------------------------------------------------------

namespace {

const rocks_kv::options small = {
    .block_cache_bytes = 8u << 20, .write_buffer_bytes = 1u << 20, .wal_max_bytes = 4u << 20};

// Written, closed, and opened once more: what was in the write-ahead log is in table files now.
void fill_folder(const std::string& path, std::uint64_t posts) {
  {
    auto store = must(rocks_kv::open(path, small));
    fill(*store, general, posts);
  }
  must(rocks_kv::open(path, small));
}

std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> listing(const fs::path& folder) {
  std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> out;
  for (const auto& each : fs::directory_iterator(folder))
    out[each.path().filename().string()] = {each.file_size(), each.last_write_time()};
  return out;
}

void flip_byte(const fs::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(at));
  const char byte = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(at));
  file.put(static_cast<char>(byte ^ 1));
}

table_file file_of(const std::string& folder, std::string_view family) {
  for (const auto& each : must(check_table_files(folder)))
    if (each.family == family)
      return each;
  FAIL("no such file");
  return {};
}

}  // namespace

TEST_CASE("store check: looking into a folder changes nothing in it") {
  temporary_folder folder;
  const std::string path = (folder.path() / "db").string();
  fill_folder(path, 2'000);
  const auto before = listing(path);
  {
    auto looked = must(rocks_kv::look_into(path, small));
    CHECK(check_store(*looked.store, {}).found == 0);
    REQUIRE(looked.promised.has_value());
    CHECK(*looked.promised <= looked.writes);
    for (const auto& each : must(check_table_files(path)))
      CHECK(each.damage.empty());
  }
  CHECK(listing(path) == before);
}

TEST_CASE("store check: a changed byte in a table file is found in the file and in its rows, by name") {
  temporary_folder folder;
  const std::string path = (folder.path() / "db").string();
  fill_folder(path, 2'000);
  const table_file file = file_of(path, "messages");
  flip_byte(fs::path(path) / file.name, file.bytes / 3);
  const auto before = listing(path);

  CHECK(file_of(path, "messages").damage.find("checksum mismatch") != std::string::npos);
  auto looked = must(rocks_kv::look_into(path, small));
  const auto report = check_store(*looked.store, {});
  REQUIRE(report.findings.size() == 1);
  const finding& found = report.findings[0];
  CHECK(found.what == finding::kind::unreadable);
  CHECK(found.where == family::messages);
  CHECK(found.slot == home);
  CHECK(found.entity == "channel/C000000000001");
  CHECK(found.words.find("the rows after messages slot=") == 0);
  CHECK(found.words.find(file.name) != std::string::npos);
  // One block is lost, not the rest behind it.
  const auto read = report.records[static_cast<std::size_t>(family::messages)];
  CHECK(read > 1'000);
  CHECK(read < 1'998);
  CHECK(listing(path) == before);
}

TEST_CASE("store check: a write-ahead log with a changed byte lacks what was acknowledged") {
  temporary_folder folder;
  const std::string path = (folder.path() / "db").string();
  {
    auto store = must(rocks_kv::open(path, small));
    for (std::uint64_t seq = 1; seq <= 50; ++seq) {
      auto batch = store->make_batch();
      apply_command(*batch, home, *post(general, seq));
      REQUIRE(store->write(*batch, true).has_value());
    }
  }
  for (const auto& each : fs::directory_iterator(path))
    if (each.path().extension() == ".log")
      flip_byte(each.path(), each.file_size() / 2);
  const auto looked = must(rocks_kv::look_into(path, small));
  REQUIRE(looked.promised.has_value());
  CHECK(looked.writes < *looked.promised);
}

}  // namespace carillon::storage
