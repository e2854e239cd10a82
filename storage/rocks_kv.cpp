#include "storage/rocks_kv.hpp"

#include <array>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <rocksdb/compaction_filter.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/write_buffer_manager.h>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"
#include "storage/rocks_memtable.hpp"
#include "storage/sync_mark.hpp"

namespace carillon::storage {
namespace {

using column_family = rocksdb::ColumnFamilyHandle;

// RocksDB always has "default"; it is our meta. Names are on disk.
constexpr std::array<const char*, family_count> family_names = {"default", "log", "messages",
                                                                "index"};

rocksdb::Slice slice(std::string_view bytes) {
  return {bytes.data(), bytes.size()};
}
std::string_view view(const rocksdb::Slice& bytes) {
  return {bytes.data(), bytes.size()};
}

// Says once, durably, that a block of this store is not what was written. Without a path it does
// nothing: for a store that is only looked at.
class damage_mark {
public:
  explicit damage_mark(std::string path) : path_(std::move(path)) {}

  void set(const rocksdb::Status& found) {
    if (path_.empty() || set_.exchange(true))
      return;
    log_error("storage", "the disk gave back other bytes than were written ({}). A host among others "
              "repairs itself at its next start", found.ToString());
    const std::string words = found.ToString() + "\n";
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0 || ::write(file, words.data(), words.size()) < 0 || ::fsync(file) != 0)
      log_error("storage", "cannot write {}", path_);
    if (file >= 0)
      ::close(file);
  }

private:
  const std::string path_;
  std::atomic<bool> set_{false};
};

// A compaction that meets a bad block stops all writes; its words come here first.
class damage_listener final : public rocksdb::EventListener {
public:
  explicit damage_listener(std::shared_ptr<damage_mark> mark) : mark_(std::move(mark)) {}
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* failed) override {
    if (failed->IsCorruption())
      mark_->set(*failed);
  }

private:
  std::shared_ptr<damage_mark> mark_;
};

error read_error(family where, std::string_view key, const rocksdb::Status& failed) {
  const errc code = failed.IsCorruption() ? errc::corrupt_record : errc::io_error;
  error failure = make_error(code, describe_key(where, key) + ": " + failed.ToString());
  log_error("storage", "read failed: {}", failure.detail);
  return failure;
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

// -- options, each with its reason ----------------------------------------------------------------

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

// -- the seam -------------------------------------------------------------------------------------

class rocks_batch final : public write_batch {
public:
  explicit rocks_batch(const std::vector<column_family*>& families) : families_(families) {}

  void put(family where, std::string_view key, std::string_view value) override {
    check(batch.Put(of(where), slice(key), slice(value)));
  }
  void erase(family where, std::string_view key) override {
    check(batch.Delete(of(where), slice(key)));
  }
  void erase_range(family where, std::string_view from, std::string_view to) override {
    ENSURE(where == family::log, "range deletions are for the log family only");
    check(batch.DeleteRange(of(where), slice(from), slice(to)));
  }
  std::size_t bytes() const override { return batch.GetDataSize(); }
  void clear() override { batch.Clear(); }

  rocksdb::WriteBatch batch;

private:
  column_family* of(family where) const { return families_[static_cast<std::size_t>(where)]; }
  static void check(const rocksdb::Status& done) {
    ENSURE(done.ok(), "a batch without a size limit takes everything");
  }

  const std::vector<column_family*>& families_;
};

class rocks_cursor final : public cursor {
public:
  rocks_cursor(rocksdb::DB& db, column_family* where, std::string_view prefix, damage_mark& mark)
      : mark_(mark), prefix_(prefix), end_(prefix_end(prefix)), end_slice_(end_) {
    rocksdb::ReadOptions how;
    if (!end_.empty())
      how.iterate_upper_bound = &end_slice_;
    // Inside one entity the prefix blooms say which files to skip.
    how.total_order_seek = prefix.size() < entity_prefix_size;
    how.prefix_same_as_start = !how.total_order_seek;
    iterator_.reset(db.NewIterator(how, where));
  }

  void seek(std::string_view key) override {
    iterator_->Seek(slice(std::max(key, std::string_view(prefix_))));
  }
  void seek_for_prev(std::string_view key) override {
    if (key > prefix_ && !key.starts_with(prefix_))
      seek_last();
    else
      iterator_->SeekForPrev(slice(key));
  }
  void next() override { iterator_->Next(); }
  void prev() override { iterator_->Prev(); }
  bool valid() const override {
    return iterator_->Valid() && view(iterator_->key()).starts_with(prefix_);
  }
  std::string_view key() const override { return view(iterator_->key()); }
  std::string_view value() const override { return view(iterator_->value()); }
  status failure() const override {
    const rocksdb::Status failed = iterator_->status();
    if (failed.ok())
      return ok;
    if (failed.IsCorruption())
      mark_.set(failed);
    error failure = make_error(failed.IsCorruption() ? errc::corrupt_record : errc::io_error,
                               failed.ToString());
    log_error("storage", "scan failed: {}", failure.detail);
    return failure;
  }

private:
  void seek_last() {
    // Keys are far shorter than this, so it sorts after every one of the prefix.
    std::string last = prefix_;
    last.append(256, '\xff');
    iterator_->SeekForPrev(last);
  }

  damage_mark& mark_;
  std::string prefix_;
  std::string end_;
  rocksdb::Slice end_slice_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
};

class rocks_store final : public kv {
public:
  rocks_store(std::unique_ptr<rocksdb::DB> db, std::vector<column_family*> families,
              std::shared_ptr<rocksdb::Cache> cache, std::shared_ptr<damage_mark> mark)
      : db_(std::move(db)), families_(std::move(families)), cache_(std::move(cache)),
        mark_(std::move(mark)) {}

  // Is everything there that was ever synced? A store that is written to promises more from now on.
  status check_synced(const std::string& folder, bool read_only) {
    auto synced = sync_mark::open(folder);
    if (!synced)
      return synced.error();
    const auto promised = (*synced)->promised();
    const auto found = db_->GetLatestSequenceNumber();
    if (promised && *promised > found)
      return make_error(
          errc::storage_unavailable,
          fmt::format("{}: the write-ahead log is damaged: acknowledged writes are missing ({} of "
                      "{} are there). A host among others must be replaced by one with an empty data "
                      "folder. A single host starts without them once {}/{} is removed",
                      folder, found, *promised, folder, sync_mark::file_name));
    if (!read_only)
      synced_ = std::move(*synced);
    return ok;
  }

  std::uint64_t last_write() const { return db_->GetLatestSequenceNumber(); }
  std::vector<std::string> table_files() const {
    std::vector<rocksdb::LiveFileMetaData> live;
    db_->GetLiveFilesMetaData(&live);
    std::vector<std::string> names;
    for (const auto& each : live)
      names.push_back(each.name.substr(each.name.rfind('/') + 1));
    return names;
  }

  ~rocks_store() override {
    for (column_family* each : families_)
      db_->DestroyColumnFamilyHandle(each);
    if (auto closed = db_->Close(); !closed.ok())
      log_warn("storage", "close: {}", closed.ToString());
  }

  result<std::optional<std::string>> get(family where, std::string_view key) const override {
    std::string value;
    const auto found = db_->Get({}, of(where), slice(key), &value);
    if (found.IsNotFound())
      return std::optional<std::string>();
    if (found.IsCorruption())
      mark_->set(found);
    if (!found.ok())
      return read_error(where, key, found);
    return std::optional(std::move(value));
  }

  std::unique_ptr<cursor> scan(family where, std::string_view prefix) const override {
    return std::make_unique<rocks_cursor>(*db_, of(where), prefix, *mark_);
  }

  std::unique_ptr<write_batch> make_batch() const override {
    return std::make_unique<rocks_batch>(families_);
  }

  status write(write_batch& given, bool sync) override {
    if (failed_)
      return make_error(errc::storage_unavailable, first_failure_);
    rocksdb::WriteOptions how;
    how.sync = sync;
    const auto done = db_->Write(how, &static_cast<rocks_batch&>(given).batch);
    if (done.ok()) {
      if (sync && synced_)
        synced_->promise(db_->GetLatestSequenceNumber());
      return ok;
    }
    failed_ = true;
    first_failure_ = done.ToString();
    if (done.IsCorruption())
      mark_->set(done);
    log_error("storage", "write failed, nothing more is written until restart: {}", first_failure_);
    return make_error(errc::storage_unavailable, first_failure_);
  }

  std::uint64_t memory_bytes() const override {
    std::uint64_t bytes = cache_->GetUsage();  // memtables are counted in it
    for (column_family* each : families_) {
      std::uint64_t readers = 0;
      if (db_->GetIntProperty(each, rocksdb::DB::Properties::kEstimateTableReadersMem, &readers))
        bytes += readers;
    }
    return bytes;
  }

  void keep_cache(unsigned percent) override { cache_->SetCapacity(cache_bytes_ / 100 * percent); }

private:
  column_family* of(family where) const { return families_[static_cast<std::size_t>(where)]; }

  std::unique_ptr<rocksdb::DB> db_;
  std::vector<column_family*> families_;
  std::shared_ptr<rocksdb::Cache> cache_;
  const std::size_t cache_bytes_ = cache_->GetCapacity();
  std::shared_ptr<damage_mark> mark_;
  // The writing thread's own.
  std::unique_ptr<sync_mark> synced_;  // null: read only
  bool failed_ = false;
  std::string first_failure_;
};

enum class access { reads_and_writes, reads, looks_only };

result<std::unique_ptr<rocks_store>> open_database(const std::string& folder,
                                                   const rocks_kv::options& how, access what) {
  auto cache = rocksdb::NewLRUCache(how.block_cache_bytes);
  auto mark = std::make_shared<damage_mark>(
      what == access::looks_only ? std::string() : rocks_kv::damage_mark_of(folder));
  std::vector<rocksdb::ColumnFamilyDescriptor> wanted;
  for (std::size_t i = 0; i < family_count; ++i)
    wanted.emplace_back(family_names[i], family_options(static_cast<family>(i), how, cache));
  auto database = database_options(how, cache);
  database.listeners.push_back(std::make_shared<damage_listener>(mark));
  std::vector<column_family*> families;
  rocksdb::DB* db = nullptr;
  const auto opened =
      what == access::reads_and_writes
          ? rocksdb::DB::Open(database, folder, wanted, &families, &db)
          : rocksdb::DB::OpenForReadOnly(database, folder, wanted, &families, &db);
  if (!opened.ok())
    return make_error(opened.IsCorruption() ? errc::corrupt_record : errc::io_error,
                      folder + ": " + opened.ToString());
  return std::make_unique<rocks_store>(std::unique_ptr<rocksdb::DB>(db), std::move(families),
                                       std::move(cache), std::move(mark));
}

result<std::unique_ptr<kv>> open_store(const std::string& folder, const rocks_kv::options& how,
                                       access what) {
  auto store = open_database(folder, how, what);
  if (!store)
    return store.error();
  if (auto complete = (*store)->check_synced(folder, what == access::reads); !complete)
    return complete.error();
  return std::unique_ptr<kv>(std::move(*store));
}

}  // namespace

result<std::unique_ptr<kv>> rocks_kv::open(const std::string& folder, const options& how) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed)
    return make_error(errc::io_error, folder + ": " + failed.message());

  // Low, not idle: on idle priority a busy host starves its own flushes.
  auto* env = rocksdb::Env::Default();
  env->LowerThreadPoolCPUPriority(rocksdb::Env::LOW, rocksdb::CpuPriority::kLow);
  env->LowerThreadPoolCPUPriority(rocksdb::Env::HIGH, rocksdb::CpuPriority::kLow);
  return open_store(folder, how, access::reads_and_writes);
}

result<std::unique_ptr<kv>> rocks_kv::open_read_only(const std::string& folder,
                                                     const options& how) {
  return open_store(folder, how, access::reads);
}

result<rocks_kv::looked_into> rocks_kv::look_into(const std::string& folder, const options& how) {
  auto store = open_database(folder, how, access::looks_only);
  if (!store)
    return store.error();
  looked_into out;
  out.writes = (*store)->last_write();
  out.promised = sync_mark::read(folder);
  out.table_files = (*store)->table_files();
  out.store = std::move(*store);
  return out;
}

}  // namespace carillon::storage
