// Our order of a memtable's entries is RocksDB's: its own comparison, taken from a store that is open,
// answers the same for random pairs. Keys are close to one another, so that every byte decides
// somewhere; lengths lie on both sides of where the length before a key takes a second byte.
#include "storage/rocks_memtable.hpp"

#include <doctest/doctest.h>
#include <rocksdb/db.h>

#include "runtime/base/random.hpp"
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

}  // namespace
}  // namespace carillon::storage
