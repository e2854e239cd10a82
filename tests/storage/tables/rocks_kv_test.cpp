// What is special to the real disk: crashes (an image of the folder taken while it is open), torn
// ends of the write-ahead log, damage, and folders that cannot be had.
#include "tests/storage/tables/stores.hpp"

#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "storage/keys.hpp"
#include "storage/sync_mark.hpp"

namespace carillon::storage {
namespace {

namespace fs = std::filesystem;

void put(kv& store, int number, bool sync) {
  auto batch = store.make_batch();
  batch->put(family::messages, make_message_key(1, channel_a, static_cast<std::uint64_t>(number)),
             "value " + std::to_string(number));
  const auto written = store.write(*batch, sync);
  REQUIRE(written.has_value());
}

std::string numbers_in(const kv& store) {
  std::string out;
  auto at = store.scan(family::messages, "");
  for (at->seek(""); at->valid(); at->next())
    out += std::to_string(read_message_key(at->key())->seq) + " ";
  return out;
}

// The folder as a killed process leaves it.
void copy_as_killed(const fs::path& from, const fs::path& to) {
  fs::create_directories(to);
  for (const auto& each : fs::directory_iterator(from))
    if (each.path().filename() != "LOCK")
      fs::copy(each.path(), to / each.path().filename());
}

fs::path newest(const fs::path& folder, const std::string& extension) {
  fs::path found;
  for (const auto& each : fs::directory_iterator(folder))
    if (each.path().extension() == extension && each.path() > found)
      found = each.path();
  REQUIRE_FALSE(found.empty());
  return found;
}

TEST_CASE("rocks_kv: a killed process leaves everything that was written") {
  temporary_folder folder;
  const auto killed = folder.path() / "killed";
  auto store = open_rocks(folder.path() / "live");
  for (int i = 1; i <= 3; ++i)
    put(*store, i, i == 3);
  copy_as_killed(folder.path() / "live", killed);
  CHECK(numbers_in(*open_rocks(killed)) == "1 2 3 ");
}

TEST_CASE(
    "rocks_kv: a torn end of the write-ahead log costs the torn write and nothing before it") {
  temporary_folder folder;
  auto store = open_rocks(folder.path() / "live");
  for (int i = 1; i <= 3; ++i)
    put(*store, i, i < 3);  // the power fails during the last one
  const auto image = [&](const std::string& name) {
    copy_as_killed(folder.path() / "live", folder.path() / name);
    return folder.path() / name;
  };

  SUBCASE("cut short") {
    const auto torn = image("cut");
    const auto wal = newest(torn, ".log");
    fs::resize_file(wal, fs::file_size(wal) - 5);
    CHECK(numbers_in(*open_rocks(torn)) == "1 2 ");
  }
  SUBCASE("filled up with zeros") {
    const auto torn = image("zeros");
    const auto wal = newest(torn, ".log");
    fs::resize_file(wal, fs::file_size(wal) + 10'000);
    CHECK(numbers_in(*open_rocks(torn)) == "1 2 3 ");
  }
  SUBCASE("the last record overwritten in part") {
    const auto torn = image("overwritten");
    const auto wal = newest(torn, ".log");
    std::fstream file(wal, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-5, std::ios::end);
    file.write("?????", 5);
    file.close();
    CHECK(numbers_in(*open_rocks(torn)) == "1 2 ");
  }
  SUBCASE("followed by garbage") {
    const auto torn = image("garbage");
    std::ofstream(newest(torn, ".log"), std::ios::app | std::ios::binary)
        << std::string(5'000, 'g');
    CHECK(numbers_in(*open_rocks(torn)) == "1 2 3 ");
  }
}

TEST_CASE("rocks_kv: after a torn end what is written next is there after the next crash") {
  temporary_folder folder;
  auto store = open_rocks(folder.path() / "live");
  put(*store, 1, true);
  put(*store, 2, false);
  const auto torn = folder.path() / "torn";
  copy_as_killed(folder.path() / "live", torn);
  const auto wal = newest(torn, ".log");
  fs::resize_file(wal, fs::file_size(wal) - 1);
  auto again = open_rocks(torn);
  CHECK(numbers_in(*again) == "1 ");
  put(*again, 7, true);
  copy_as_killed(torn, folder.path() / "killed again");
  CHECK(numbers_in(*open_rocks(folder.path() / "killed again")) == "1 7 ");
}

TEST_CASE("rocks_kv: data larger than every buffer is there after a restart") {
  temporary_folder folder;
  {
    auto store = open_rocks(folder.path());
    auto batch = store->make_batch();
    for (std::uint64_t i = 1; i <= 20'000; ++i) {
      batch->clear();
      batch->put(family::messages, make_message_key(1, channel_a, i), std::string(500, 'x'));
      batch->put(family::log, make_log_key(1, i), std::string(500, 'x'));
      if (i % 100 == 0 && i > 200)
        batch->erase_range(family::log, make_log_key(1, 0), make_log_key(1, i - 100));
      must_write(*store, *batch);
    }
    CHECK(store->memory_bytes() > 0);
    CHECK(store->memory_bytes() < 64u << 20);
  }
  auto store = open_rocks(folder.path());
  std::uint64_t expected = 1;
  auto at = store->scan(family::messages, make_entity_prefix(1, channel_a));
  for (at->seek(make_message_key(1, channel_a, 0)); at->valid(); at->next())
    REQUIRE(read_message_key(at->key())->seq == expected++);
  CHECK(expected == 20'001);
  auto log = store->scan(family::log, slot_prefix(1));
  log->seek(make_log_key(1, 0));
  REQUIRE(log->valid());
  CHECK(read_log_key(log->key())->index == 19'900);
}

TEST_CASE("rocks_kv: a table file with a flipped byte is reported and not served") {
  temporary_folder folder;
  {
    auto store = open_rocks(folder.path());
    for (int i = 1; i <= 3; ++i)
      put(*store, i, true);
  }
  open_rocks(folder.path());  // recovery flushes what the write-ahead log held
  for (const auto& each : fs::directory_iterator(folder.path())) {
    if (each.path().extension() != ".sst")
      continue;
    std::fstream file(each.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(20);
    file.write("?", 1);
  }
  auto store = open_rocks(folder.path());
  const auto got = store->get(family::messages, make_message_key(1, channel_a, 1));
  REQUIRE_FALSE(got.has_value());
  CHECK(got.code() == errc::corrupt_record);
  auto at = store->scan(family::messages, make_entity_prefix(1, channel_a));
  at->seek(make_message_key(1, channel_a, 0));
  CHECK_FALSE(at->valid());
  CHECK(at->failure().code() == errc::corrupt_record);
}

// Flips a byte of the newest write-ahead log, so far from its end.
void damage_log(const fs::path& folder, std::uintmax_t from_end) {
  const fs::path log = newest(folder, ".log");
  const auto at = static_cast<std::streamoff>(fs::file_size(log) - from_end);
  std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(at);
  const char byte = static_cast<char>(file.get());
  file.seekp(at);
  file.put(static_cast<char>(byte ^ 1));
}

TEST_CASE("rocks_kv: a write-ahead log damaged before what was synced is no end, but an error") {
  temporary_folder folder;
  {
    auto store = open_rocks(folder.path());
    for (int i = 1; i <= 10; ++i)
      put(*store, i, true);
  }
  damage_log(folder.path(), 200);
  for (int start = 0; start < 2; ++start) {
    const auto opened = rocks_kv::open(folder.path().string(), {});
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.code() == errc::storage_unavailable);
    CHECK(opened.error().detail.find("acknowledged writes are missing") != std::string::npos);
    CHECK(rocks_kv::open_read_only(folder.path().string(), {}).code() ==
          errc::storage_unavailable);  // nor is it rescued
  }
  // Who has only this store may go on with what is left.
  fs::remove(folder.path() / sync_mark::file_name);
  auto store = open_rocks(folder.path());
  CHECK(store->get(family::messages, make_message_key(1, channel_a, 1))->has_value());
  CHECK_FALSE(store->get(family::messages, make_message_key(1, channel_a, 10))->has_value());
}

TEST_CASE("rocks_kv: the same damage behind what was synced is a torn tail") {
  temporary_folder folder;
  {
    auto store = open_rocks(folder.path());
    for (int i = 1; i <= 5; ++i)
      put(*store, i, true);
    for (int i = 6; i <= 10; ++i)
      put(*store, i, false);
  }
  damage_log(folder.path(), 20);  // in the last record
  auto store = open_rocks(folder.path());
  for (int i = 1; i <= 10; ++i)
    CHECK(store->get(family::messages,
                     make_message_key(1, channel_a, static_cast<std::uint64_t>(i)))
              ->has_value() == (i < 10));
  put(*store, 11, true);
  store.reset();
  open_rocks(folder.path());
}

TEST_CASE("rocks_kv: a mark that was written half promises nothing") {
  temporary_folder folder;
  {
    auto mark = must(sync_mark::open(folder.path().string()));
    CHECK_FALSE(mark->promised().has_value());
    mark->promise(7);
    CHECK(*mark->promised() == 7);
  }
  CHECK(*must(sync_mark::open(folder.path().string()))->promised() == 7);
  {
    std::fstream file(folder.path() / sync_mark::file_name,
                      std::ios::in | std::ios::out | std::ios::binary);
    file.put(9);
  }
  CHECK_FALSE(must(sync_mark::open(folder.path().string()))->promised().has_value());
  CHECK(sync_mark::open((folder.path() / "nowhere").string()).code() == errc::io_error);
}

// While it lives no file grows beyond `bytes`: a disk that refuses.
class small_disk {
public:
  explicit small_disk(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~small_disk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  small_disk(const small_disk&) = delete;
  small_disk& operator=(const small_disk&) = delete;

private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_CASE(
    "rocks_kv: once the disk refused a write none is taken, and a restart has all the others") {
  temporary_folder folder;
  std::uint64_t written = 0;
  {
    auto store = open_rocks(folder.path());
    auto batch = store->make_batch();
    const auto write = [&](std::uint64_t seq) {
      batch->clear();
      batch->put(family::messages, make_message_key(1, channel_a, seq), std::string(10'000, 'x'));
      return store->write(*batch, true);
    };
    {
      const small_disk full(300'000);
      while (written < 1'000 && write(written + 1))
        ++written;
    }
    REQUIRE(written > 0);
    REQUIRE(written < 1'000);
    const auto later = write(written + 2);  // there is room again
    REQUIRE_FALSE(later.has_value());
    CHECK(later.code() == errc::storage_unavailable);
    CHECK_FALSE(later.error().detail.empty());
  }
  auto store = open_rocks(folder.path());
  for (std::uint64_t seq = 1; seq <= written; ++seq)
    CHECK(store->get(family::messages, make_message_key(1, channel_a, seq))->has_value());
  CHECK_FALSE(
      store->get(family::messages, make_message_key(1, channel_a, written + 2))->has_value());
}

TEST_CASE("rocks_kv: a folder in use, and one that cannot be made, are refused in words") {
  temporary_folder folder;
  auto store = open_rocks(folder.path());
  const auto second = rocks_kv::open(folder.path().string(), {});
  REQUIRE_FALSE(second.has_value());
  CHECK(second.code() == errc::io_error);
  CHECK(second.error().detail.find(folder.path().string()) != std::string::npos);

  const auto file = folder.path() / "a file";
  std::ofstream(file) << "x";
  CHECK(rocks_kv::open((file / "below").string(), {}).code() == errc::io_error);
}

}  // namespace
}  // namespace carillon::storage
