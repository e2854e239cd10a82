// How RocksDB is set up for the store (rocks_kv.hpp), each option with its reason. For files that know
// RocksDB; see the layout's fences.
#pragma once

#include <memory>

#include <rocksdb/cache.h>
#include <rocksdb/options.h>

#include "storage/rocks_kv.hpp"

namespace carillon::storage {

rocksdb::DBOptions database_options(const rocks_kv::options& how,
                                    const std::shared_ptr<rocksdb::Cache>& cache);
rocksdb::ColumnFamilyOptions family_options(family where, const rocks_kv::options& how,
                                            const std::shared_ptr<rocksdb::Cache>& cache);

}  // namespace carillon::storage
