#include "storage/slot_range.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/base/logging.hpp"
#include "storage/crc32c.hpp"
#include "storage/keys.hpp"
#include "storage/ring_view_rows.hpp"
#include "storage/rows.hpp"

namespace carillon::storage {
namespace {

std::optional<family> pulled_family(std::uint32_t number) {
  for (family each : pulled_families)
    if (static_cast<std::uint32_t>(each) == number)
      return each;
  return std::nullopt;
}

std::uint32_t add_sized(std::uint32_t sum, std::string_view bytes) {
  const auto size = static_cast<std::uint32_t>(bytes.size());
  const char front[4] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16),
                         static_cast<char>(size >> 8), static_cast<char>(size)};
  return crc32c(bytes, crc32c({front, sizeof front}, sum));
}

result<wire::chunk> read_view(const kv& store, slot_id slot) {
  auto view = load_ring_view(store, slot);
  if (!view)
    return view.error();
  wire::chunk out;
  if (view->generation() != 0) {
    const std::string key = ring_view_key(slot).text();
    std::string value = view->SerializeAsString();
    seal(family::meta, key, value);
    auto& row = *out.add_rows();
    row.set_key(key);
    row.set_value(std::move(value));
  }
  out.set_last(true);
  out.set_crc32c(checksum_of(out));
  return out;
}

error wrong(const wire::fetch_chunk& asked, std::string_view why) {
  return make_error(errc::corrupt_record,
                    fmt::format("pulled rows of slot {}: {}", asked.slot(), why));
}

}  // namespace

std::string slot_span(slot_id slot, family where) {
  switch (where) {
  case family::messages:
  case family::index:
    return slot_prefix(slot).text();
  case family::meta:
    return ring_view_key(slot).text();
  case family::log:
    break;
  }
  ENSURE(false, "a log is not pulled with the tables");
  return {};
}

std::uint32_t checksum_of(const wire::chunk& chunk) {
  std::uint32_t sum = 0;
  for (const wire::chunk_row& row : chunk.rows())
    sum = add_sized(add_sized(sum, row.key()), row.value());
  const char last = chunk.last() ? 1 : 0;
  return crc32c({&last, 1}, sum);
}

result<wire::chunk> read_chunk(const kv& store, const wire::fetch_chunk& asked) {
  const auto where = pulled_family(asked.family());
  if (!where)
    return make_error(errc::invalid_arguments, "not a family that is pulled");
  const std::string span = slot_span(static_cast<slot_id>(asked.slot()), *where);
  if (!asked.after_key().empty() && !asked.after_key().starts_with(span))
    return make_error(errc::invalid_arguments, "after_key is not in the slot");
  if (*where == family::meta && !asked.after_key().empty())
    return make_error(errc::invalid_arguments, "a ring view comes whole");
  if (*where == family::meta)
    return read_view(store, static_cast<slot_id>(asked.slot()));
  wire::chunk out;
  std::size_t bytes = 0;
  auto at = store.scan(*where, span);
  at->seek(asked.after_key());
  if (at->valid() && at->key() == asked.after_key())
    at->next();
  for (; at->valid(); at->next()) {
    const std::size_t size = at->key().size() + at->value().size();
    if (!out.rows().empty() && bytes + size > asked.bytes_max())
      break;
    if (auto sound = unseal(*where, at->key(), at->value()); !sound)
      return sound.error();
    bytes += size;
    auto& row = *out.add_rows();
    row.set_key(std::string(at->key()));
    row.set_value(std::string(at->value()));
  }
  if (auto scanned = at->failure(); !scanned)
    return scanned.error();
  out.set_last(!at->valid());
  out.set_crc32c(checksum_of(out));
  return out;
}

status check_chunk(const wire::fetch_chunk& asked, const wire::chunk& chunk) {
  const auto where = pulled_family(asked.family());
  if (!where)
    return wrong(asked, "not a family that is pulled");
  if (chunk.crc32c() != checksum_of(chunk))
    return wrong(asked, "checksum mismatch");
  if (chunk.rows().empty() && !chunk.last())
    return wrong(asked, "no rows, and not the end");
  if (*where == family::meta && (!chunk.last() || chunk.rows_size() > 1))
    return wrong(asked, "a ring view that is not whole");
  const std::string span = slot_span(static_cast<slot_id>(asked.slot()), *where);
  std::string_view before = asked.after_key();
  for (const wire::chunk_row& row : chunk.rows()) {
    if (!row.key().starts_with(span))
      return wrong(asked, "a key of another slot");
    if (row.key() <= before)
      return wrong(asked, "keys do not rise");
    before = row.key();
    if (auto sound = unseal(*where, row.key(), row.value()); !sound)
      return sound.error();
    if (*where == family::meta && row.key() != span)
      return wrong(asked, "a ring view that is not whole");
    if (*where == family::meta && !parse_row<wire::ring_view>(*where, row.key(), row.value()))
      return wrong(asked, "not a ring view");
  }
  return ok;
}

}  // namespace carillon::storage
