// What the filters of table files may cost, and that they hide nothing: a host has millions of
// dormant channels, and what says where their rows are does not fit into its cache.
#include "tests/storage/tables/stores.hpp"

#include <fstream>

#include "storage/keys.hpp"

namespace carillon::storage {
namespace {

constexpr slot_id slot = 1;
constexpr timestamp end_of_time = ~0ULL;
constexpr std::uint64_t channels = 100'000;

// One follows the other without a gap: then RocksDB's key between two parts of a filter may lie inside
// what belongs to a channel.
entity_id channel_number(std::uint64_t number) {
  return {id_kind::channel, number};
}

// As many events as the channel's number says, 1 to 3, each with its row in the table of ts.
std::uint64_t events_of(std::uint64_t number) {
  return 1 + number % 3;
}

// In one table file per family.
void write_channels(const std::filesystem::path& folder) {
  const rocks_kv::options large = {
      .write_buffer_bytes = 256u << 20, .wal_max_bytes = 512u << 20, .bulk_in_key_order = true};
  auto store = must(rocks_kv::open(folder.string(), large));
  auto batch = store->make_batch();
  const std::string row(60, 'x');
  for (std::uint64_t number = 1; number <= channels; ++number) {
    const entity_id channel = channel_number(number);
    for (std::uint64_t seq = 1; seq <= events_of(number); ++seq) {
      batch->put(family::messages, make_message_key(slot, channel, seq), row);
      batch->put(family::index, make_ts_key(slot, channel, seq), row);
    }
    if (number % 1'000 == 0) {
      must_write(*store, *batch);
      batch->clear();
    }
  }
  batch.reset();
  store.reset();
  must(rocks_kv::open(folder.string(), large));  // recovery makes the table files
}

std::unique_ptr<kv> open_with_small_cache(const std::filesystem::path& folder) {
  return must(rocks_kv::open(folder.string(),
                             {.block_cache_bytes = 64u << 10, .write_buffer_bytes = 1u << 20}));
}

// What this process has asked files for since it began.
std::uint64_t bytes_read() {
  std::ifstream counts("/proc/self/io");
  std::string name;
  std::uint64_t value = 0;
  counts >> name >> value;
  REQUIRE(name == "rchar:");
  return value;
}

TEST_CASE("rocks_kv: a dormant channel's rows are found by reading little, however small the cache") {
  constexpr std::uint64_t asked = 200;
  constexpr std::uint64_t most = 64u << 10;  // a data block of 16 KB, and what leads to it
  temporary_folder folder;
  write_channels(folder.path());
  auto store = open_with_small_cache(folder.path());
  const auto mean_of = [&](auto&& ask) {
    const std::uint64_t before = bytes_read();
    for (std::uint64_t i = 1; i <= asked; ++i)
      ask(channel_number(1 + i * 7'919 % channels));
    return (bytes_read() - before) / asked;
  };
  CHECK(mean_of([&](const entity_id& channel) {
    REQUIRE(must(store->get(family::index, make_ts_key(slot, channel, 1))));
  }) <= most);
  CHECK(mean_of([&](const entity_id& channel) {
    REQUIRE_FALSE(must(store->get(family::index, make_ts_key(slot, channel, 9))));
  }) <= most);
  CHECK(mean_of([&](const entity_id& channel) {
    auto at = store->scan(family::messages, make_entity_prefix(slot, channel));
    at->seek_for_prev(make_message_key(slot, channel, ~0ULL));
    REQUIRE(at->valid());
  }) <= most);
}

// RocksDB 7.8 may lose rows to seek_for_prev where a filter in parts holds prefixes only: it holds whole keys.
TEST_CASE("rocks_kv: the last row of every channel is found, wherever a filter's parts are cut") {
  temporary_folder folder;
  write_channels(folder.path());
  auto store = open_with_small_cache(folder.path());
  for (std::uint64_t number = 1; number <= channels; ++number) {
    const entity_id channel = channel_number(number);
    const std::uint64_t last = events_of(number);
    CAPTURE(number);
    auto messages = store->scan(family::messages, make_entity_prefix(slot, channel));
    messages->seek_for_prev(make_message_key(slot, channel, ~0ULL));
    REQUIRE(messages->valid());
    REQUIRE(messages->key() == std::string_view(make_message_key(slot, channel, last)));
    auto index = store->scan(family::index, make_table_prefix(slot, channel, table::ts));
    index->seek_for_prev(make_ts_key(slot, channel, end_of_time));
    REQUIRE(index->valid());
    REQUIRE(index->key() == std::string_view(make_ts_key(slot, channel, last)));
  }
}

}  // namespace
}  // namespace carillon::storage
