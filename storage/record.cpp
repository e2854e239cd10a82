#include "storage/record.hpp"

#include "runtime/base/logging.hpp"
#include "storage/crc32c.hpp"
#include "storage/keys.hpp"

namespace carillon::storage {
namespace {

constexpr std::size_t entry_header_size = 9;

std::uint32_t checksum(family where, std::string_view key, std::string_view payload) {
  const char first = static_cast<char>(where);
  return crc32c(payload, crc32c(key, crc32c({&first, 1})));
}

template <std::size_t Count>
result<numbers<Count>> unseal_numbers(family where, std::string_view key, std::string_view value) {
  auto payload = unseal(where, key, value);
  if (!payload)
    return payload.error();
  if (payload->size() != Count * 8)
    return corrupt(where, key, "unexpected length");
  numbers<Count> out;
  for (std::size_t i = 0; i < Count; ++i)
    out.at[i] = get_u64(payload->data() + i * 8);
  return out;
}

}  // namespace

void seal(family where, std::string_view key, std::string& value) {
  const std::uint32_t sum = checksum(where, key, value);
  const char bytes[seal_size] = {static_cast<char>(sum >> 24), static_cast<char>(sum >> 16),
                                 static_cast<char>(sum >> 8), static_cast<char>(sum)};
  value.append(bytes, seal_size);
}

result<std::string_view> unseal(family where, std::string_view key, std::string_view value) {
  if (value.size() < seal_size)
    return corrupt(where, key, "too short");
  const std::string_view payload = value.substr(0, value.size() - seal_size);
  if (seal_of(value) != checksum(where, key, payload))
    return corrupt(where, key, "checksum mismatch");
  return payload;
}

std::uint32_t seal_of(std::string_view value) {
  std::uint32_t stored = 0;
  if (value.size() >= seal_size)
    for (char c : value.substr(value.size() - seal_size))
      stored = stored << 8 | static_cast<unsigned char>(c);
  return stored;
}

error corrupt(family where, std::string_view key, std::string_view why) {
  const std::string name = describe_key(where, key);
  log_error("storage", "corrupt record, not served: {} ({})", name, why);
  return make_error(errc::corrupt_record, fmt::format("{}: {}", name, why));
}

result<numbers<1>> unseal_number(family where, std::string_view key, std::string_view value) {
  return unseal_numbers<1>(where, key, value);
}

result<numbers<2>> unseal_pair(family where, std::string_view key, std::string_view value) {
  return unseal_numbers<2>(where, key, value);
}

void append_entry(std::string& to, const raft::entry& entry) {
  append_u64(to, entry.term);
  to += static_cast<char>(entry.kind);
  if (entry.payload)
    to += *entry.payload;
}

result<raft::entry> unseal_entry(std::string_view key, std::string_view value) {
  auto payload = unseal(family::log, key, value);
  if (!payload)
    return payload.error();
  const auto place = read_log_key(key);
  if (!place || payload->size() < entry_header_size)
    return corrupt(family::log, key, "not a log entry");
  raft::entry entry;
  entry.index = place->index;
  entry.term = get_u64(payload->data());
  switch (static_cast<raft::entry_kind>((*payload)[8])) {
  case raft::entry_kind::command:
  case raft::entry_kind::config:
    entry.kind = static_cast<raft::entry_kind>((*payload)[8]);
    entry.payload = std::make_shared<const std::string>(payload->substr(entry_header_size));
    return entry;
  case raft::entry_kind::noop:
    entry.kind = raft::entry_kind::noop;
    return entry;
  }
  return corrupt(family::log, key, "unknown kind of entry");
}

}  // namespace carillon::storage
