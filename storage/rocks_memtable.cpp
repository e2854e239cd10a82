#include "storage/rocks_memtable.hpp"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace carillon::storage {
namespace {

constexpr std::size_t tag_size = 8;  // sequence and type behind a user key

[[gnu::always_inline]] inline std::string_view internal_key(const char* entry) {
  const auto first = static_cast<unsigned char>(*entry);
  if (first < 0x80)
    return {entry + 1, first};
  const rocksdb::Slice key = rocksdb::GetLengthPrefixedSlice(entry);
  return {key.data(), key.size()};
}

inline std::uint64_t load(const char* at) {
  std::uint64_t word;
  std::memcpy(&word, at, sizeof word);
  return word;
}
// Eight bytes of a key as a number that orders as they do.
std::uint64_t in_order(std::uint64_t word) {
  return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
}
// The sequence in a tag, whose lowest byte is the type.
std::uint64_t sequence_at(const char* at) {
  const std::uint64_t tag = load(at);
  return (std::endian::native == std::endian::little ? tag : __builtin_bswap64(tag)) >> 8;
}

// As memcmp, without a call: keys are a few words long, and this is the journal's innermost loop.
inline int compare_bytes(const char* left, const char* right, std::size_t size) {
  const auto differ = [](std::uint64_t a, std::uint64_t b) { return in_order(a) < in_order(b) ? -1 : 1; };
  std::size_t at = 0;
  for (; at + 8 <= size; at += 8)
    if (const std::uint64_t a = load(left + at), b = load(right + at); a != b)
      return differ(a, b);
  if (at == size)
    return 0;
  if (size >= 8) {  // the last word overlaps the one before, which was equal
    const std::uint64_t a = load(left + size - 8), b = load(right + size - 8);
    return a == b ? 0 : differ(a, b);
  }
  for (; at < size; ++at)
    if (left[at] != right[at])
      return static_cast<unsigned char>(left[at]) - static_cast<unsigned char>(right[at]);
  return 0;
}

// Inlined into both of RocksDB's questions: Debian's skip list, built with its assertions on, asks some
// thirty times for each row that it takes in, hint or not.
[[gnu::always_inline]] inline int compare(std::string_view left, std::string_view right) {
  const std::size_t left_size = left.size() - tag_size;
  const std::size_t right_size = right.size() - tag_size;
  const int bytes = compare_bytes(left.data(), right.data(), std::min(left_size, right_size));
  if (bytes != 0)
    return bytes;
  if (left_size != right_size)
    return left_size < right_size ? -1 : 1;
  const std::uint64_t left_sequence = sequence_at(left.data() + left_size);
  const std::uint64_t right_sequence = sequence_at(right.data() + right_size);
  if (left_sequence == right_sequence)
    return 0;
  return left_sequence > right_sequence ? -1 : 1;  // the newest first
}

class by_bytes final : public rocksdb::MemTableRep::KeyComparator {
public:
  int operator()(const char* left, const char* right) const override {
    return compare(internal_key(left), internal_key(right));
  }
  int operator()(const char* left, const rocksdb::Slice& right) const override {
    return compare(internal_key(left), {right.data(), right.size()});
  }
};

// To RocksDB's eyes its own, by name too.
template <class Factory>
class with_our_order final : public Factory {
public:
  using Factory::CreateMemTableRep;
  rocksdb::MemTableRep* CreateMemTableRep(const rocksdb::MemTableRep::KeyComparator&,
                                          rocksdb::Allocator* allocator,
                                          const rocksdb::SliceTransform* prefix,
                                          rocksdb::Logger* logger) override {
    static const by_bytes order;  // outlives every memtable
    return Factory::CreateMemTableRep(order, allocator, prefix, logger);
  }
};

}  // namespace

std::shared_ptr<rocksdb::MemTableRepFactory> make_row_list() {
  return std::make_shared<with_our_order<rocksdb::SkipListFactory>>();
}

int compare_memtable_entries(const char* left, const char* right) {
  return compare(internal_key(left), internal_key(right));
}

}  // namespace carillon::storage
