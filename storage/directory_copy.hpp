// A whole copy of a host's directory on its way to another host, whose meta log starts too late to
// build the directory from it. Both sides use the chunks of a slot's tables (peer.proto) under a
// family number of its own: the rows are pieces of an SQLite file, their keys say of which copy and
// where in it.
//
//   key: 8 bytes big-endian, the index as of which the copy is; 8 bytes big-endian, the offset
//
// The giving side makes one copy at a time beside the directory's file (VACUUM INTO: no free pages)
// and gives it to all who ask; it is made anew when somebody needs a newer one, and a key of the
// former one is refused with not_found: the puller starts again with an empty after_key. The taking
// side gathers the pieces in a file, checks it, and replaces its tables in one transaction, so that
// readers see the old directory or the new one, whole.
#pragma once

#include <cstdint>

#include "runtime/base/result.hpp"
#include "runtime/wire/peer.pb.h"

namespace carillon::storage {

// In fetch_chunk.family, where storage::family numbers the tables of RocksDB.
inline constexpr std::uint32_t directory_copy_family = 255;

class directory_copy {
public:
  virtual ~directory_copy() = default;

  // Blocking (a thread for copies), may take seconds for the first piece. Errors: not_found (start
  // again), timed_out (this host's own directory is not as far as asked.index yet: ask again),
  // storage_unavailable, corrupt_record.
  virtual result<wire::chunk> read_chunk(const wire::fetch_chunk& asked) = 0;

  // Blocking; the pieces of one copy in their order. With the last one the directory is replaced,
  // unless it is newer already. Errors: corrupt_record (a checksum; pull anew),
  // storage_unavailable.
  virtual status take_chunk(const wire::chunk& piece) = 0;
};

}  // namespace carillon::storage
