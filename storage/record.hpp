// The form of every stored value: payload, then four bytes of CRC-32C (big-endian) over family, key
// and payload. The key is in the sum, so that a record found under another key is refused as
// well. What fails is reported with its key in the log and as corrupt_record, and never served.
// Pure, apart from that log line; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/result.hpp"
#include "runtime/raft/types.hpp"
#include "storage/kv.hpp"

namespace carillon::storage {

inline constexpr std::size_t seal_size = 4;

// `value` holds the payload; its checksum is appended.
void seal(family where, std::string_view key, std::string& value);

// The payload inside `value`; corrupt_record with the key's readable form.
result<std::string_view> unseal(family where, std::string_view key, std::string_view value);

// The checksum that stands behind the payload of a sealed value; 0: it is too short to have one.
std::uint32_t seal_of(std::string_view value);

// The error for a record whose bytes are sound but whose meaning is not; logged too.
error corrupt(family where, std::string_view key, std::string_view why);

// -- the small values that are not Protobuf --
// `count` numbers of eight bytes; anything else in the record is corrupt.
template <std::size_t Count>
struct numbers {
  std::uint64_t at[Count];
};
result<numbers<1>> unseal_number(family where, std::string_view key, std::string_view value);
result<numbers<2>> unseal_pair(family where, std::string_view key, std::string_view value);

// A raft entry as it is stored: term:8 kind:1 payload. The index is in the key.
void append_entry(std::string& to, const raft::entry& entry);
result<raft::entry> unseal_entry(std::string_view key, std::string_view value);

}  // namespace carillon::storage
