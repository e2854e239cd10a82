#include "storage/rocks_files.hpp"

#include <algorithm>
#include <filesystem>

#include <rocksdb/options.h>
#include <rocksdb/sst_file_reader.h>
#include <rocksdb/table.h>

namespace carillon::storage {
namespace {

namespace fs = std::filesystem;

table_file check_file(const fs::path& path) {
  table_file out;
  out.name = path.filename().string();
  std::error_code failed;
  out.bytes = fs::file_size(path, failed);
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache = true;
  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::SstFileReader reader(options);
  rocksdb::Status read = reader.Open(path.string());
  if (read.ok()) {
    if (const auto facts = reader.GetTableProperties()) {
      out.family = facts->column_family_name;
      out.rows = facts->num_entries;
    }
    std::unique_ptr<rocksdb::Iterator> at(reader.NewIterator({}));
    at->SeekToFirst();
    if (at->Valid())
      out.first_key = at->key().ToString();
    at->SeekToLast();
    if (at->Valid())
      out.last_key = at->key().ToString();
    read = reader.VerifyChecksum();
  }
  if (!read.ok())
    out.damage = read.ToString();
  return out;
}

}  // namespace

result<std::vector<table_file>> check_table_files(const std::string& folder) {
  std::error_code failed;
  std::vector<fs::path> paths;
  for (const auto& each : fs::directory_iterator(folder, failed))
    if (each.path().extension() == ".sst")
      paths.push_back(each.path());
  if (failed)
    return make_error(errc::io_error, folder + ": " + failed.message());
  std::sort(paths.begin(), paths.end());
  std::vector<table_file> out;
  for (const fs::path& path : paths)
    out.push_back(check_file(path));
  return out;
}

}  // namespace carillon::storage
