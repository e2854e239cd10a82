#include "storage/founding.hpp"

#include "runtime/base/logging.hpp"
#include "storage/keys.hpp"
#include "storage/record.hpp"

namespace carillon::storage {
namespace {

constexpr std::size_t facts_size = 3 * 8;  // format, store id, slots

result<founding> found(kv& store, std::uint32_t slots, random_source& random) {
  founding facts;
  facts.slots = slots;
  facts.is_new = true;
  while (facts.store_id == 0)
    facts.store_id = random.next();
  std::string value;
  append_u64(value, facts.format);
  append_u64(value, facts.store_id);
  append_u64(value, facts.slots);
  seal(family::meta, founding_key, value);
  auto batch = store.make_batch();
  batch->put(family::meta, founding_key, value);
  if (auto written = store.write(*batch, true); !written)
    return written.error();
  return facts;
}

result<bool> is_empty(const kv& store) {
  for (std::size_t i = 0; i < family_count; ++i) {
    auto at = store.scan(static_cast<family>(i), "");
    at->seek("");
    if (at->valid())
      return false;
    if (auto scanned = at->failure(); !scanned)
      return scanned.error();
  }
  return true;
}

}  // namespace

result<founding> found_or_check(kv& store, std::uint32_t slots, random_source& random) {
  auto value = store.get(family::meta, founding_key);
  if (!value)
    return value.error();
  if (!*value) {
    auto empty = is_empty(store);
    if (!empty)
      return empty.error();
    if (!*empty)
      return corrupt(family::meta, founding_key, "missing beside other data");
    return found(store, slots, random);
  }
  auto payload = unseal(family::meta, founding_key, **value);
  if (!payload)
    return payload.error();
  if (payload->size() != facts_size)
    return corrupt(family::meta, founding_key, "unexpected length");
  founding facts;
  facts.format = get_u64(payload->data());
  facts.store_id = get_u64(payload->data() + 8);
  facts.slots = static_cast<std::uint32_t>(get_u64(payload->data() + 16));
  if (facts.format > format_version)
    return make_error(errc::invalid_config,
                      fmt::format("the data folder has format {}, this program reads up to {}: "
                                  "use a newer carillond",
                                  facts.format, format_version));
  if (facts.slots != slots)
    return make_error(errc::invalid_config,
                      fmt::format("the data folder was founded with cluster.slots = {} and keeps "
                                  "it; the configuration says {}",
                                  facts.slots, slots));
  return facts;
}

}  // namespace carillon::storage
