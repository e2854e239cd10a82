#include "storage/rocks_kv.hpp"

#include <array>
#include <atomic>
#include <filesystem>

#include <fcntl.h>
#include <unistd.h>

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"
#include "storage/rocks_options.hpp"
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
