// What is on disk: a sealed record opens under its own key only and with every bit as it was; keys are
// read as they are written; whatever a key is, words can be found for it.
#include <string>

#include "runtime/base/logging.hpp"
#include "runtime/wire/event.pb.h"
#include "storage/crc32c.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"
#include "storage/rows.hpp"
#include "tests/fuzz/input.hpp"

namespace carillon::storage {
namespace {

void check_seal(family where, std::string_view key, std::string_view payload, std::uint64_t flip) {
  std::string value(payload);
  seal(where, key, value);
  const auto opened = unseal(where, key, value);
  ENSURE(opened && *opened == payload, "a sealed record opens");
  std::string damaged = value;
  damaged[flip / 8 % damaged.size()] ^= static_cast<char>(1 << flip % 8);
  const auto refused = unseal(where, key, damaged);
  ENSURE(!refused && refused.code() == errc::corrupt_record, "one flipped bit is seen");
  ENSURE(!unseal(where, std::string(key) + 'x', value), "a record stays under its key");
  (void)parse_row<wire::channel_event>(where, key, value);
  (void)unseal_number(where, key, value);
  (void)unseal_pair(where, key, value);
}

void check_entry(std::string_view key, std::string_view payload) {
  std::string value(payload);
  seal(family::log, key, value);
  const auto entry = unseal_entry(key, value);
  if (!entry)
    return;
  ENSURE(key == std::string_view(make_log_key(read_log_key(key)->slot, entry->index)),
         "an entry's key says where it stands");
  std::string again;
  append_entry(again, *entry);
  // What an entry of nothing carried is not looked at.
  ENSURE(entry->kind == raft::entry_kind::noop ? payload.starts_with(again) : payload == again,
         "an entry is read as it is written");
}

void check_words(family where, std::string_view key) {
  const std::string words = describe_key(where, key);
  ENSURE(words.starts_with(to_string(where)), "a key is described with its family");
  ENSURE(words.size() <= 4 * key.size() + 80, "in few words");
}

void check_keys(std::string_view key) {
  if (auto place = read_log_key(key))
    ENSURE(key == std::string_view(make_log_key(place->slot, place->index)), "log keys");
  if (auto place = read_message_key(key))
    ENSURE(key == std::string_view(make_message_key(place->slot, place->channel, place->seq)),
           "message keys");
  for (std::size_t size = 0; size <= key.size(); ++size) {
    const std::string end = prefix_end(key.substr(0, size));
    ENSURE(end.empty() || key < end, "what starts with a prefix comes before its end");
    ENSURE(end.empty() || !end.starts_with(key.substr(0, size)), "the end does not start with it");
    ENSURE(!end.empty() || key.substr(0, size).find_first_not_of('\xff') == std::string_view::npos,
           "only bytes of ff have no end");
  }
}

void check_sum(std::string_view bytes, std::size_t cut) {
  cut %= bytes.size() + 1;
  const std::uint32_t whole = crc32c(bytes);
  ENSURE(crc32c(bytes.substr(cut), crc32c(bytes.substr(0, cut))) == whole, "in pieces");
  ENSURE(crc32c_by_table(bytes) == whole, "by table");
}

}  // namespace
}  // namespace carillon::storage

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::storage;
  static const bool quiet = (start_logging(log_level::off, false), true);
  ENSURE(quiet, "every damaged record would have its line");
  fuzz::input in(data, size);
  const auto where = static_cast<family>(in.byte() % family_count);
  const std::uint64_t number = in.number(2);
  const std::string_view key = in.text(80);
  check_keys(key);
  check_words(where, key);
  check_seal(where, key, in.rest(), number);
  check_entry(key, in.rest());
  (void)unseal(where, key, in.rest());
  check_sum(in.rest(), number);
  return 0;
}
