// Our order of a memtable's entries is RocksDB's: its own comparison, taken from a store that is open,
// answers the same for random pairs. Keys are close to one another, so that every byte decides
// somewhere; lengths lie on both sides of where the length before a key takes a second byte.
#include "storage/rocks_memtable.hpp"

#include <ctime>

#include <doctest/doctest.h>
#include <rocksdb/db.h>

#include "runtime/base/random.hpp"
#include "storage/keys.hpp"
#include "tests/storage/tables/stores.hpp"

namespace carillon::storage {
namespace {

class comparison_taker final : public rocksdb::SkipListFactory {
public:
  using rocksdb::SkipListFactory::CreateMemTableRep;
  rocksdb::MemTableRep* CreateMemTableRep(const rocksdb::MemTableRep::KeyComparator& order,
                                          rocksdb::Allocator* allocator,
                                          const rocksdb::SliceTransform* prefix,
                                          rocksdb::Logger* logger) override {
    taken = &order;
    return SkipListFactory::CreateMemTableRep(order, allocator, prefix, logger);
  }
  const rocksdb::MemTableRep::KeyComparator* taken = nullptr;
};

std::string random_entry(random_source& random) {
  const bool is_long = random.below(2) == 0;
  const std::size_t size = (is_long ? 116 : 0) + random.below(8);  // 124..131 with the tag
  std::string key = std::string(size, 'k');
  if (size > 0)
    key[random.below(size)] = "\x00\x7f\x80\xff"[random.below(4)];
  for (std::size_t i = 0; i < 8; ++i)  // sequences that differ low, high or not at all
    key += static_cast<char>(random.below(8) == 0 ? random.below(256) : 1);
  std::string entry;
  if (key.size() >= 128) {
    entry += static_cast<char>(key.size() | 0x80);
    entry += static_cast<char>(key.size() >> 7);
  } else {
    entry += static_cast<char>(key.size());
  }
  return entry + key + "value";
}

int sign(int of) {
  return (of > 0) - (of < 0);
}

TEST_CASE("memtable: entries stand in RocksDB's own order") {
  temporary_folder folder;
  rocksdb::Options how;
  how.create_if_missing = true;
  auto taker = std::make_shared<comparison_taker>();
  how.memtable_factory = taker;
  rocksdb::DB* opened = nullptr;
  REQUIRE(rocksdb::DB::Open(how, folder.path().string(), &opened).ok());
  const std::unique_ptr<rocksdb::DB> open(opened);
  REQUIRE(taker->taken != nullptr);

  seeded_random random(20);
  for (int i = 0; i < 20'000; ++i) {
    const std::string left = random_entry(random);
    const std::string right = random.below(16) == 0 ? left : random_entry(random);
    const int theirs = (*taker->taken)(left.data(), right.data());
    CHECK(sign(compare_memtable_entries(left.data(), right.data())) == sign(theirs));
  }
}

std::chrono::nanoseconds cpu_of_this_thread() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

// A memtable that sorts itself for each read takes seconds of CPU here, one in order a millisecond.
TEST_CASE("memtable: what was just written is read without touching what others wrote") {
  temporary_folder folder;
  auto store = must(rocks_kv::open(folder.path().string(), {.write_buffer_bytes = 64u << 20}));
  auto batch = store->make_batch();
  constexpr raft::log_index entries = 200'000;
  for (raft::log_index i = 0; i < entries; ++i) {
    const auto slot = static_cast<slot_id>(i % 64);
    batch->put(family::log, make_log_key(slot, i), "entry");
    batch->put(family::meta, applied_key(slot), "row");
  }
  REQUIRE(store->write(*batch, true));
  const auto began = cpu_of_this_thread();
  for (slot_id slot = 0; slot < 20; ++slot) {
    CHECK(must(store->get(family::log, make_log_key(slot, slot))) == "entry");
    CHECK(must(store->get(family::meta, applied_key(slot))) == "row");
    auto at = store->scan(family::log, slot_prefix(slot));
    at->seek({});
    CHECK(at->valid());
  }
  CHECK(cpu_of_this_thread() - began < std::chrono::milliseconds(250));
}

}  // namespace
}  // namespace carillon::storage
