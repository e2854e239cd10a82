// Rows that one replica pulls from another: pulled chunk by chunk they are the sender's, whatever fits
// into one; with a flipped bit, out of order or out of another slot they are refused.
#include <map>
#include <string>

#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"
#include "storage/memory_kv.hpp"
#include "storage/record.hpp"
#include "storage/slot_range.hpp"
#include "tests/fuzz/input.hpp"

namespace carillon::storage {
namespace {

using rows = std::map<std::string, std::string>;

rows of(const wire::chunk& chunk) {
  rows out;
  for (const wire::chunk_row& row : chunk.rows())
    out[row.key()] = row.value();
  return out;
}

// On the way a bit may flip: what is accepted all the same means the same.
void check_flipped(const wire::fetch_chunk& asked, const wire::chunk& sent, std::uint64_t flip) {
  std::string bytes = sent.SerializeAsString();
  bytes[flip / 8 % bytes.size()] ^= static_cast<char>(1 << flip % 8);
  wire::chunk arrived;
  if (!arrived.ParseFromString(bytes) || !check_chunk(asked, arrived))
    return;
  ENSURE(of(arrived) == of(sent) && arrived.last() == sent.last(), "a flipped bit is seen");
}

void check_pull(const memory_kv& store, const wire::fetch_chunk& first, std::uint64_t flip) {
  const auto where = static_cast<family>(first.family());
  const std::string span = slot_span(static_cast<slot_id>(first.slot()), where);
  rows there = store.contents(where);
  std::erase_if(there, [&](const auto& row) { return !row.first.starts_with(span); });
  rows pulled;
  wire::fetch_chunk asked = first;
  for (std::size_t rounds = 0; rounds <= there.size() + 1; ++rounds) {
    const auto chunk = read_chunk(store, asked);
    const bool is_view = where == family::meta;
    if (is_view && !chunk)
      return;  // of rows by chance few are a ring view; it travels otherwise than it stands there
    ENSURE(chunk && check_chunk(asked, *chunk), "what is sent is taken");
    check_flipped(asked, *chunk, flip);
    if (is_view)
      return;
    pulled.merge(of(*chunk));
    if (chunk->last()) {
      ENSURE(pulled == there, "in the end every row is there");
      return;
    }
    asked.set_after_key(chunk->rows(chunk->rows_size() - 1).key());
  }
  ENSURE(false, "every chunk brings a row");
}

// A peer may send what it wants, with the right checksum.
void check_made_up(const wire::fetch_chunk& asked, std::string_view bytes, bool seal_rows) {
  wire::chunk made;
  if (!made.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())))
    return;
  const auto where = static_cast<family>(asked.family());
  if (seal_rows)
    for (wire::chunk_row& row : *made.mutable_rows())
      seal(where, row.key(), *row.mutable_value());
  made.set_crc32c(checksum_of(made));
  if (!check_chunk(asked, made))
    return;
  const std::string span = slot_span(static_cast<slot_id>(asked.slot()), where);
  std::string before = asked.after_key();
  for (const wire::chunk_row& row : made.rows()) {
    ENSURE(row.key() > before && row.key().starts_with(span), "keys rise, within the slot");
    ENSURE(unseal(where, row.key(), row.value()), "every row is sound");
    before = row.key();
  }
  ENSURE(made.last() || made.rows_size() > 0, "there is an end");
}

}  // namespace
}  // namespace carillon::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::storage;
  static const bool quiet = (start_logging(log_level::off, false), true);
  ENSURE(quiet, "every damaged row would have its line");
  fuzz::input in(data, size);
  const family where = pulled_families[in.byte() % pulled_families.size()];
  const auto slot = static_cast<slot_id>(in.byte() % 3);
  const std::uint64_t flip = in.number(2);
  wire::fetch_chunk asked;
  asked.set_slot(slot);
  asked.set_family(static_cast<std::uint32_t>(where));
  asked.set_bytes_max(in.byte());
  memory_kv store;
  auto batch = store.make_batch();
  for (int count = in.byte() % 16; count > 0; --count) {
    std::string key = slot_span(static_cast<slot_id>(in.byte() % 3), where);
    key += in.text(24);
    std::string value(in.text(40));
    seal(where, key, value);
    batch->put(where, key, value);
  }
  ENSURE(store.write(*batch, true), "a store in memory takes rows");
  check_pull(store, asked, flip);
  check_made_up(asked, in.rest(), flip % 2 == 0);
  wire::fetch_chunk strange;
  if (strange.ParseFromArray(in.rest().data(), static_cast<int>(in.rest().size())))
    if (const auto chunk = read_chunk(store, strange))
      ENSURE(check_chunk(strange, *chunk), "whatever is asked, an answer is one to it");
  return 0;
}
