#include "storage/rocks_options.hpp"

#include <cstdarg>
#include <cstdio>

#include <rocksdb/compaction_filter.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"
#include "storage/rocks_memtable.hpp"

namespace carillon::storage {
namespace {

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

// RocksDB's own words, from warnings up, in our log instead of a file of its own.
class rocks_log final : public rocksdb::Logger {
public:
  rocks_log() : rocksdb::Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char* format, va_list args) override {
    Logv(rocksdb::InfoLogLevel::WARN_LEVEL, format, args);
  }
  void Logv(const rocksdb::InfoLogLevel level, const char* format, va_list args) override {
    if (level < rocksdb::InfoLogLevel::WARN_LEVEL || level > rocksdb::InfoLogLevel::FATAL_LEVEL)
      return;
    char words[1024];
    std::vsnprintf(words, sizeof words, format, args);
    if (level == rocksdb::InfoLogLevel::WARN_LEVEL)
      log_warn("rocksdb", "{}", words);
    else
      log_error("rocksdb", "{}", words);
  }
};

class run_transform final : public rocksdb::SliceTransform {
public:
  const char* Name() const override { return "carillon.run"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
    return slice(run_prefix(view(key)));
  }
  bool InDomain(const rocksdb::Slice&) const override { return true; }
};

class over_filter final : public rocksdb::CompactionFilter {
public:
  explicit over_filter(const rocks_kv::options& how) : is_over_(how.is_over) {}
  const char* Name() const override { return "carillon.over"; }
  bool Filter(int, const rocksdb::Slice& key, const rocksdb::Slice& value, std::string*,
              bool*) const override {
    return is_over_(view(key), view(value));
  }

private:
  decltype(rocks_kv::options::is_over) is_over_;
};

class over_filters final : public rocksdb::CompactionFilterFactory {
public:
  explicit over_filters(const rocks_kv::options& how) : how_(how) {}
  const char* Name() const override { return "carillon.over"; }
  std::unique_ptr<rocksdb::CompactionFilter>
  CreateCompactionFilter(const rocksdb::CompactionFilter::Context&) override {
    return std::make_unique<over_filter>(how_);
  }

private:
  const rocks_kv::options how_;
};

// For a family with rows of every channel: filters and indexes in parts. A filter in one piece is a
// megabyte and more per file; those of millions of channels do not fit into the cache, and each
// look-up would read one.
void filter_in_parts(rocksdb::BlockBasedTableOptions& table) {
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 1u << 10;  // the index's; the filter's, cut with it, have some 10 KB
  // Prefixes alone will not do: RocksDB 7.8 then forgets the last one of each part, and
  // seek_for_prev may miss rows that are there.
  table.whole_key_filtering = true;
}

}  // namespace

rocksdb::DBOptions database_options(const rocks_kv::options& how,
                                    const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::DBOptions db;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.info_log = std::make_shared<rocks_log>();

  // Recovery up to the first torn record: an unsynced tail may be damaged in any way by a loss of
  // power, and nothing in it was acknowledged. WALs closed earlier are checked against the
  // manifest, so that a missing or shortened one is an error and no silent loss.
  //
  // No recycled WAL files: RocksDB 7.8 switches recycling off in every recovery mode but
  // kSkipAnyCorruptedRecords, which leaps over damage in the middle and would apply later writes
  // without earlier ones. Files are preallocated instead.
  db.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  db.track_and_verify_wals_in_manifest = true;
  db.max_total_wal_size = how.wal_max_bytes;

  // One writer: the insert hints exclude concurrent inserts.
  db.allow_concurrent_memtable_write = false;
  db.enable_write_thread_adaptive_yield = false;

  // After an error what is on disk is unknown: no quiet resumption.
  db.max_bgerror_resume_count = 0;

  // Memtables count against the block cache, so that one number bounds the memory. Families rarely
  // fill together; when they do, the oldest memtable goes first.
  db.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(how.write_buffer_bytes * 3, cache);

  db.max_background_jobs = 2;
  db.bytes_per_sync = 1u << 20;  // tables trickle to the disk and never crowd out the WAL's fsync
  db.max_open_files = 1'024;
  db.skip_stats_update_on_db_open = true;
  db.skip_checking_sst_file_sizes_on_db_open = true;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

rocksdb::ColumnFamilyOptions family_options(family where, const rocks_kv::options& how,
                                            const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.cache_index_and_filter_blocks = true;  // bounded with the cache, whatever the data
  table.cache_index_and_filter_blocks_with_high_priority = true;
  table.block_size = 16u << 10;
  table.format_version = 5;
  table.optimize_filters_for_memory = true;

  rocksdb::ColumnFamilyOptions cf;
  cf.write_buffer_size = how.write_buffer_bytes;
  cf.max_write_buffer_number = 3;
  cf.level_compaction_dynamic_level_bytes = true;
  cf.compression = rocksdb::kNoCompression;
  switch (where) {
  case family::meta:
  case family::log:
    // Read while it is written: for a follower that was away, for a replica that comes. A vector, which
    // takes rows in faster, is sorted whole for each of those reads, 20 to 100 ms on a busy host. No
    // hints: they abort on range deletions, and do not help keys that are overwritten.
    cf.memtable_factory = make_row_list();
    break;
  case family::messages:
    cf.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(entity_prefix_size));
    cf.memtable_factory = make_row_list();
    if (!how.bulk_in_key_order)
      cf.memtable_insert_with_hint_prefix_extractor = cf.prefix_extractor;
    filter_in_parts(table);
    // Who is asked for is there, and nearly always in the last level: no filter is asked there.
    cf.optimize_filters_for_hits = true;
    cf.bottommost_compression = rocksdb::kZSTD;
    cf.compression = how.bulk_in_key_order ? cf.bottommost_compression : rocksdb::kLZ4Compression;
    break;
  case family::index:
    cf.prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(entity_prefix_size));
    cf.memtable_factory = make_row_list();
    if (!how.bulk_in_key_order)
      cf.memtable_insert_with_hint_prefix_extractor = std::make_shared<run_transform>();
    // Of every level: each post asks for a client_msg_id that is usually not there.
    filter_in_parts(table);
    // The same question to a memtable is a search of a skip list, dearer than all else in a post.
    cf.memtable_whole_key_filtering = true;
    cf.memtable_prefix_bloom_size_ratio = 0.02;
    cf.compression = rocksdb::kLZ4Compression;
    if (how.is_over)
      cf.compaction_filter_factory = std::make_shared<over_filters>(how);
    break;
  }
  cf.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return cf;
}

}  // namespace carillon::storage
